import type { FileFault } from '@gamegraph/rules';
import { Refusal } from '@gamegraph/subgraph-kit';
import { Field, Int, ObjectType } from 'type-graphql';

const FAULTS_SHOWN_MAX = 100;

@ObjectType({ description: "What is wrong with an item, by the definitions of the game's data." })
export class ItemFault {
  @Field(() => String)
  itemKey!: string;

  @Field(() => String, { nullable: true, description: 'Null when it is about no attribute.' })
  attributeKey!: string | null;

  @Field(() => String)
  message!: string;
}

@ObjectType({ implements: Refusal, description: 'Items are not as the definitions say.' })
export class GameDataFaulty extends Refusal {
  @Field(() => [ItemFault], { description: `The first ${FAULTS_SHOWN_MAX}.` })
  faults: ItemFault[];

  @Field(() => Int, { description: 'How many there are, shown or not.' })
  faultsCount: number;

  constructor(faults: ItemFault[]) {
    super(
      `The data has ${faults.length} faults, such as: ${faults[0]!.itemKey}: ${faults[0]!.message}`,
    );
    this.faults = faults.slice(0, FAULTS_SHOWN_MAX);
    this.faultsCount = faults.length;
  }
}

@ObjectType({
  implements: Refusal,
  description: 'The draft is as the released version: there is nothing to release.',
})
export class GameDataUnchanged extends Refusal {
  constructor() {
    super('The draft is as the released version: there is nothing to release.');
  }
}

@ObjectType({ description: 'What is wrong with a file of rules, and where.' })
export class RuleFileFault {
  @Field(() => String, { description: '`stats.damage.formula`, `items.sword.attributes.weight`.' })
  path!: string;

  @Field(() => String)
  message!: string;

  @Field(() => Int, { nullable: true, description: 'From 1; null where that cannot be said.' })
  line!: number | null;

  @Field(() => Int, { nullable: true, description: 'From 1; null where that cannot be said.' })
  column!: number | null;
}

@ObjectType({
  implements: Refusal,
  description: 'The file has faults. The draft is as it was.',
})
export class RuleFileFaulty extends Refusal {
  @Field(() => [RuleFileFault], { description: `The first ${FAULTS_SHOWN_MAX}.` })
  faults: RuleFileFault[];

  @Field(() => Int, { description: 'How many there are, shown or not.' })
  faultsCount: number;

  constructor(faults: FileFault[], faultsCount: number) {
    super(`The file has ${faultsCount} faults, such as: ${faults[0]!.path}: ${faults[0]!.message}`);
    this.faults = faults.slice(0, FAULTS_SHOWN_MAX);
    this.faultsCount = faultsCount;
  }
}
