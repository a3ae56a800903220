import {
  gameDataProposal,
  proposedItems,
  type ProposedItemsState,
} from '@gamegraph/event-contracts';
import { type RuleSet, rulesOf } from '@gamegraph/rules';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** What a studio means to release. */
@Entity({ tableName: 'proposal_copy' })
export class ProposalCopy extends Copy {
  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'uuid' })
  studioId!: string;

  /** How many `ProposedItemsCopy` belong to it. */
  @Property({ type: 'integer' })
  partsCount!: number;

  @Property({ type: 'jsonb' })
  definition!: RuleSet;
}

export const proposalCopy = defineCopy({
  name: 'builds.proposal',
  of: gameDataProposal,
  into: ProposalCopy,
  columns: state => ({
    ...{ gameId: state.gameId, studioId: state.studioId, partsCount: state.partsCount },
    definition: rulesOf(state),
  }),
});

/** Some of the items that it changes or takes away. */
@Entity({ tableName: 'proposed_items_copy' })
export class ProposedItemsCopy extends Copy {
  @Property({ type: 'uuid' })
  proposalId!: string;

  @Property({ type: 'jsonb' })
  items!: ProposedItemsState['items'];
}

export const proposedItemsCopy = defineCopy({
  name: 'builds.proposed-items',
  of: proposedItems,
  into: ProposedItemsCopy,
  columns: ({ proposalId, items }) => ({ proposalId, items }),
});
