import { Refusal } from '@gamegraph/subgraph-kit';
import { ObjectType } from 'type-graphql';

@ObjectType({
  implements: Refusal,
  description: 'The payment provider declined the charge: no money moved.',
})
export class TopUpDeclined extends Refusal {
  constructor(reason: string) {
    super(`The payment was declined: ${reason}`);
  }
}
