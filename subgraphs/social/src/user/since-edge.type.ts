import { Field, ObjectType } from 'type-graphql';

/** What the edges of friends and of blocked users say. */
@ObjectType()
export class SinceEdge {
  @Field(() => Date)
  since!: Date;
}
