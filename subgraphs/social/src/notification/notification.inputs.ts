import { ArrayMaxSize, IsOptional } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'Which notifications: those that fulfil all that is given.' })
export class NotificationFilter {
  @Field(() => Boolean, { nullable: true })
  isRead?: boolean | null;
}

@InputType({
  description: 'Which notifications to mark: these, or all until a moment. One of the two.',
})
export class MarkNotificationsInput {
  @Field(() => [ID], { nullable: true, description: 'At most 100.' })
  @IsOptional()
  @ArrayMaxSize(100)
  ids?: string[] | null;

  @Field(() => Date, { nullable: true, description: 'All that were created until then.' })
  upTo?: Date | null;
}
