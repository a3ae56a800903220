import { Refusal } from '@gamegraph/subgraph-kit';
import { ObjectType } from 'type-graphql';

@ObjectType({ implements: Refusal, description: 'The player has no licence for the game.' })
export class GameNotOwned extends Refusal {
  constructor(message = 'There is no licence for this game. Get it first.') {
    super(message);
  }
}
