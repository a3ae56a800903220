import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';

@InputType({ description: 'A time of playing, as a device kept it that was without a network.' })
export class PlaySessionReport {
  @Field(() => ID)
  gameId!: string;

  @Field(() => Date)
  startedAt!: Date;

  @Field(() => Date)
  endedAt!: Date;
}

@ObjectType({ description: 'A report that cannot be right.' })
export class RejectedPlaySession {
  @Field(() => Int, { description: 'Its place among those that were sent; the first is 0.' })
  index!: number;

  @Field(() => String, { description: 'What is wrong with it.' })
  message!: string;
}

@ObjectType({ description: 'What became of the reports.' })
export class ReportedPlaySessions {
  @Field(() => Int, { description: 'How many were taken; those that were known count too.' })
  acceptedCount!: number;

  @Field(() => [RejectedPlaySession])
  rejected!: RejectedPlaySession[];
}
