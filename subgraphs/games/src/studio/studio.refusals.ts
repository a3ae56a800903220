import { Refusal } from '@gamegraph/subgraph-kit';
import { ObjectType } from 'type-graphql';

@ObjectType({ implements: Refusal, description: 'Another studio has this handle.' })
export class StudioHandleTaken extends Refusal {
  constructor() {
    super('This handle is taken. Choose another.');
  }
}

@ObjectType({
  implements: Refusal,
  description: 'Nobody would be left who may manage the members of the studio.',
})
export class StudioWithoutManager extends Refusal {
  constructor() {
    super('Somebody must be able to manage the members. Give that permission to another first.');
  }
}
