import { Stub } from '@gamegraph/subgraph-kit';
import { Field, ID, ObjectType } from 'type-graphql';
import type { SocialContext } from '../context.js';

@ObjectType()
@Stub<SocialContext, Game>('Game', id => new Game(id))
export class Game {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}
