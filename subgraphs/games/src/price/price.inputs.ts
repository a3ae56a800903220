import { Max, Min } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';

@InputType({ description: "A discount on all of a game's prices, for 1 to 14 days." })
export class ScheduleDiscountInput {
  @Field(() => ID)
  gameId!: string;

  @Field(() => Int, { description: '10 to 90.' })
  @Min(10)
  @Max(90)
  percent!: number;

  @Field(() => Date, { nullable: true, description: 'Not in the past. If not given: at once.' })
  startsAt?: Date | null;

  @Field(() => Date)
  endsAt!: Date;
}
