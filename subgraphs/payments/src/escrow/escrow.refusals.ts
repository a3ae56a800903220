import { Refusal } from '@gamegraph/subgraph-kit';
import { ObjectType } from 'type-graphql';

@ObjectType({ implements: Refusal, description: 'The escrow ended before, in whichever way.' })
export class EscrowEnded extends Refusal {
  constructor(state: string) {
    super(`This escrow ended before: it is ${state}.`);
  }
}
