import { IsPlainText } from '@gamegraph/subgraph-kit';
import { IsUUID } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

export const MESSAGE_TEXT_MAX = 4_000;

@InputType({ description: 'What the viewer says, and where.' })
export class SendMessageInput {
  @Field(() => ID)
  chatId!: string;

  @Field(() => ID, {
    description:
      'A UUID that the client makes for this message. Sent again with it, the message is not said twice.',
  })
  @IsUUID()
  clientId!: string;

  @Field(() => String, { description: `1 to ${MESSAGE_TEXT_MAX} characters.` })
  @IsPlainText({ max: MESSAGE_TEXT_MAX, multiline: true })
  text!: string;

  @Field(() => ID, { nullable: true, description: 'The message of this chat that it answers.' })
  replyToId?: string | null;
}
