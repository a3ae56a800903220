import { Refusal } from '@gamegraph/subgraph-kit';
import { ObjectType } from 'type-graphql';

@ObjectType({
  implements: Refusal,
  description: 'The play session has ended: by its player, by silence, or with the licence.',
})
export class PlaySessionOver extends Refusal {
  constructor() {
    super('This play session has ended. Start a new one.');
  }
}
