import { Stub } from '@gamegraph/subgraph-kit';
import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType()
@Stub('Game')
export class Game {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}
