import { Refusal } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A change that cannot be made.' })
export class InventoryFault {
  @Field(() => String, { description: 'Where: `changes[3].itemId`, `changes[0].by`, `changes`.' })
  path!: string;

  @Field(() => String)
  message!: string;

  @Field(() => String, { description: 'How to mend it.' })
  cure!: string;
}

@ObjectType({
  implements: Refusal,
  description: 'Some of the changes cannot be made, so none was.',
})
export class InventoryFaulty extends Refusal {
  @Field(() => [InventoryFault], { description: 'All of them.' })
  faults: InventoryFault[];

  constructor(faults: InventoryFault[]) {
    super(faults.map(({ path, message }) => `${path}: ${message}`).join(' '));
    this.faults = faults;
  }
}
