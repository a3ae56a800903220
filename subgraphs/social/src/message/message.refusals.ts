import { Refusal } from '@gamegraph/subgraph-kit';
import { ObjectType } from 'type-graphql';

@ObjectType({ implements: Refusal, description: 'The message was deleted, and stays so.' })
export class MessageDeleted extends Refusal {
  constructor() {
    super('This message was deleted. It cannot be edited any more.');
  }
}
