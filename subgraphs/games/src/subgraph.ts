import {
  game,
  gameData,
  gameDataProposal,
  item,
  proposedItems,
  studio,
} from '@gamegraph/event-contracts';
import { buildSubgraph, defineSource, type SubgraphDefinition } from '@gamegraph/subgraph-kit';
import { buildsCount } from './build/builds-count.projection.js';
import { DraftItem } from './game-data/draft-item.entity.js';
import { GameDataDraft } from './game-data/game-data-draft.entity.js';
import { GameDataProposal, ProposedItems } from './game-data/game-data-proposal.entity.js';
import { GameDataProposalResolver } from './game-data/game-data-proposal.resolver.js';
import { GameData } from './game-data/game-data.entity.js';
import {
  DraftItemResolver,
  GameDataDraftResolver,
  GameDataResolver,
  GameGameDataResolver,
} from './game-data/game-data.resolver.js';
import { RuleFileResolver } from './game-data/rule-file.resolver.js';
import { CompositionResolver } from './game/composition.resolver.js';
import { Game } from './game/game.entity.js';
import { GameResolver, StudioGamesResolver } from './game/game.resolver.js';
import { ItemRevision } from './item/item-revision.entity.js';
import { Item } from './item/item.entity.js';
import { GameItemsResolver, ItemResolver } from './item/item.resolver.js';
import { ownersCount } from './library-entry/owners-count.projection.js';
import { CreateTables } from './migrations/20261121T0900-create-tables.js';
import { DeadLettersAndRebuilds } from './migrations/20261121T1340-dead-letters-and-rebuilds.js';
import { AddComposition } from './migrations/20261121T1430-add-composition.js';
import { ArchivePositions } from './migrations/20261121T1430-archive-positions.js';
import { AddTablesAndModifiers } from './migrations/20261122T1100-tables-and-modifiers.js';
import { AddFights } from './migrations/20261122T1121-fights.js';
import { AddCost } from './migrations/20261122T1130-add-cost.js';
import { AddProposals } from './migrations/20261122T1134-proposals.js';
import { DiscountResolver } from './price/discount.type.js';
import { PriceChange } from './price/price-change.entity.js';
import { GamePriceResolver, PriceChangeResolver } from './price/price.resolver.js';
import { Studio, StudioMember } from './studio/studio.entity.js';
import {
  StudioMemberResolver,
  StudioResolver,
  UserStudiosResolver,
} from './studio/studio.resolver.js';
import { Tag } from './tag/tag.entity.js';
import { TagResolver } from './tag/tag.resolver.js';

/** What there is to play: studios, games, what they cost, and what their items and builds are made of. */
export const games: SubgraphDefinition = {
  name: 'games',
  schema: () =>
    buildSubgraph([
      StudioResolver,
      ...[StudioMemberResolver, UserStudiosResolver, StudioGamesResolver],
      ...[
        GameResolver,
        CompositionResolver,
        TagResolver,
        GamePriceResolver,
        DiscountResolver,
        PriceChangeResolver,
      ],
      ...[GameGameDataResolver, GameDataResolver, GameDataDraftResolver, DraftItemResolver],
      RuleFileResolver,
      GameDataProposalResolver,
      ...[GameItemsResolver, ItemResolver],
    ]),
  entities: [
    ...[Studio, StudioMember, Game, Tag, PriceChange],
    ...[GameData, GameDataDraft, DraftItem, Item, ItemRevision],
    ...[GameDataProposal, ProposedItems],
  ],
  migrations: [
    { name: '20261121T0900-create-tables', class: CreateTables },
    { name: '20261121T1340-dead-letters-and-rebuilds', class: DeadLettersAndRebuilds },
    { name: '20261121T1430-archive-positions', class: ArchivePositions },
    { name: '20261121T1430-add-composition', class: AddComposition },
    { name: '20261122T1100-tables-and-modifiers', class: AddTablesAndModifiers },
    { name: '20261122T1121-fights', class: AddFights },
    { name: '20261122T1130-add-cost', class: AddCost },
    { name: '20261122T1134-proposals', class: AddProposals },
  ],
  sources: [
    defineSource(studio, Studio, { stateOf: one => one.state(), populate: ['members'] }),
    defineSource(game, Game, { stateOf: one => one.announced() }),
    defineSource(gameData, GameData, { stateOf: one => one.state() }),
    defineSource(item, Item, { stateOf: one => one.state() }),
    defineSource(gameDataProposal, GameDataProposal, { stateOf: one => one.state() }),
    defineSource(proposedItems, ProposedItems, { stateOf: one => one.state() }),
  ],
  projections: [ownersCount, buildsCount],
  consumers: [],
  announcers: [],
};
