import { type GraphContext, Stub } from '@gamegraph/subgraph-kit';
import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType()
@Stub<GraphContext, Game>('Game', id => new Game(id))
export class Game {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}
