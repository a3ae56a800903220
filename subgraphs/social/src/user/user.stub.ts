import { Stub } from '@gamegraph/subgraph-kit';
import { Field, ID, ObjectType } from 'type-graphql';
import type { SocialContext } from '../context.js';

@ObjectType()
@Stub<SocialContext, User>('User', id => new User(id))
export class User {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}
