import { IsPlainText } from '@gamegraph/subgraph-kit';
import { ArrayMaxSize } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { MEMBERS_MAX } from './chat.refusals.js';

export const CHAT_NAME_MAX = 64;

@InputType({ description: 'A new group.' })
export class CreateGroupChatInput {
  @Field(() => String, { description: `1 to ${CHAT_NAME_MAX} characters.` })
  @IsPlainText({ max: CHAT_NAME_MAX })
  name!: string;

  @Field(() => [ID], { description: 'Friends of the viewer, who becomes the owner.' })
  @ArrayMaxSize(MEMBERS_MAX)
  memberIds!: string[];
}
