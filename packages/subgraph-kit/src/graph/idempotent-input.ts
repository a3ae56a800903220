import { Length } from 'class-validator';
import { Field, InputType } from 'type-graphql';

/** What every mutation is sent that `once` carries out. */
@InputType()
export abstract class IdempotentInput {
  @Field(() => String, {
    description:
      '16 to 255 characters that the client makes up for this wish, such as a UUID, and sends again whenever it does ' +
      'not know whether it was heard: it is carried out once, and every answer is about that one time, a refusal too. ' +
      'Another wish needs another key. Kept for 30 days.',
  })
  @Length(16, 255)
  idempotencyKey!: string;
}
