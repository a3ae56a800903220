import { IsUUID } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { PresenceStatus } from './presence.type.js';

@InputType({ description: 'What a device says of its user, every 30 seconds.' })
export class ReportPresenceInput {
  @Field(() => ID, { description: 'A UUID that the device makes when it connects.' })
  @IsUUID()
  connectionId!: string;

  @Field(() => PresenceStatus, { description: 'Not OFFLINE: end the connection for that.' })
  status!: PresenceStatus;

  @Field(() => ID, { nullable: true, description: 'What is played on this device.' })
  gameId?: string | null;
}
