import { type GraphContext, Stub } from '@gamegraph/subgraph-kit';
import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType()
@Stub<GraphContext, User>('User', id => new User(id))
export class User {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}
