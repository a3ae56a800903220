import {
  type GameDataProposalState,
  gameDataProposed,
  gameDataProposalForgotten,
  type ProposedItemsState,
  proposedItemsForgotten,
  proposedItemsTold,
} from '@gamegraph/event-contracts';
import { type RuleSet, rulesOf, RuleSet as Rules } from '@gamegraph/rules';
import { type GraphContext, load, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { Game } from '../game/game.entity.js';
import { isInsider } from '../studio/studio-access.js';
import type { GameDataDraft } from './game-data-draft.entity.js';

/** The draft of a game's data as it was at a moment, for others to say what it would do. It never changes. */
@Entity({ tableName: 'game_data_proposal' })
@ObjectType({
  description:
    'The draft of a game’s data as it was at a moment, to see what releasing it would do. For members of the studio.',
})
@Node<GraphContext, GameDataProposal>('GameDataProposal', async (id, context) => {
  const proposal = await load(context.em, GameDataProposal, id);
  return proposal && (await isInsider(context, proposal.studioId)) ? proposal : null;
})
export class GameDataProposal {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'uuid' })
  studioId!: string;

  @Field(() => Int, { description: 'The revision that the draft was at.' })
  @Property({ type: 'integer' })
  draftRevision!: number;

  @Field(() => Int, { description: 'The version of the data that was released then.' })
  @Property({ type: 'integer' })
  dataVersion!: number;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  proposedAt!: Date;

  /** How many `ProposedItems` belong to it. */
  @Property({ type: 'integer' })
  partsCount!: number;

  @Property({ type: 'jsonb' })
  definition!: RuleSet;

  static of(game: Game, draft: GameDataDraft, partsCount: number, at: Date): GameDataProposal {
    return Object.assign(new GameDataProposal(), {
      ...{ gameId: game.id, studioId: game.studioId, dataVersion: game.dataVersion },
      ...{ draftRevision: draft.revision, proposedAt: at, partsCount },
      definition: Rules.parse(rulesOf(draft)),
    });
  }

  propose() {
    return gameDataProposed(this.state());
  }

  forget() {
    return gameDataProposalForgotten({ id: this.id });
  }

  state(): GameDataProposalState {
    const { id, gameId, studioId, partsCount, definition } = this;
    return { id, gameId, studioId, partsCount, ...Rules.parse(definition) };
  }
}

/** Some of the released items that a proposal would change or take away. */
@Entity({ tableName: 'proposed_items' })
export class ProposedItems {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  proposalId!: string;

  @Property({ type: 'jsonb' })
  items!: ProposedItemsState['items'];

  static of(proposalId: string, items: ProposedItemsState['items']): ProposedItems {
    return Object.assign(new ProposedItems(), { proposalId, items });
  }

  tell() {
    return proposedItemsTold(this.state());
  }

  forget() {
    return proposedItemsForgotten({ id: this.id });
  }

  state(): ProposedItemsState {
    const { id, proposalId, items } = this;
    return { id, proposalId, items };
  }
}
