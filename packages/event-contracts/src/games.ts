import { defineAggregate, defineEnding, defineEvent } from '@gamegraph/event-bus';
import { RuleSet } from '@gamegraph/rules';
import { z } from 'zod';

export const StudioState = z.object({
  id: z.uuid(),
  name: z.string(),
  handle: z.string(),
  /** Who may act for it, and in what. */
  members: z.array(
    z.object({
      userId: z.uuid(),
      permissions: z.array(
        z.enum(['MANAGE_MEMBERS', 'EDIT_GAMES', 'EDIT_PRICES', 'PUBLISH', 'OPERATE']),
      ),
    }),
  ),
});

export type StudioState = z.infer<typeof StudioState>;

export const studio = defineAggregate({
  topic: 'games.studio',
  description: 'Who makes games, and who may act for them.',
  state: StudioState,
});

export const studioFounded = defineEvent(
  'StudioFounded',
  studio,
  'founded',
  'Somebody founded a studio.',
);

export const studioChanged = defineEvent(
  'StudioChanged',
  studio,
  'changed',
  'Its name, its members or their permissions are not as they were.',
);

/** A price of one region. */
export const RegionalPrice = z.object({
  /** ISO 3166-1 alpha-2, or `*` for all regions without a price of their own. */
  region: z.string(),
  /** ISO 4217. */
  currency: z.string(),
  /** In the currency's smallest unit. */
  minor: z.string(),
});

export const Discount = z.object({
  id: z.uuid(),
  /** Off every region's price. */
  percent: z.number().int(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
});

export const GameState = z.object({
  id: z.uuid(),
  studioId: z.uuid(),
  slug: z.string(),
  /** In the game's own language. */
  title: z.string(),
  coverUrl: z.string().nullable(),
  /** Slugs. */
  tags: z.array(z.string()),
  platforms: z.array(z.string()),
  state: z.enum(['DRAFT', 'PUBLISHED', 'WITHDRAWN']),
  releasedAt: z.iso.datetime().nullable(),
  /** Of its items and rules; 0 while there are none. */
  dataVersion: z.number().int(),
  prices: z.array(RegionalPrice),
  /** Present and to come. */
  discounts: z.array(Discount),
  /** The game that it extends, if it is a DLC. */
  baseGameId: z.uuid().nullable().optional(),
  /** The games that it consists of, if it is a bundle. */
  partIds: z.array(z.uuid()).optional(),
});

export type GameState = z.infer<typeof GameState>;

export const game = defineAggregate({
  topic: 'games.game',
  description: 'A game as the catalogue shows it, with what it costs.',
  state: GameState,
});

export const gameCreated = defineEvent('GameCreated', game, 'created', 'A studio began a game.');

export const gameUpdated = defineEvent(
  'GameUpdated',
  game,
  'updated',
  'Its texts, tags, platforms, cover or data version are not as they were.',
);

export const gamePublished = defineEvent(
  'GamePublished',
  game,
  'published',
  'The game is for everyone to see, and to buy where it has a price.',
);

export const gameWithdrawn = defineEvent(
  'GameWithdrawn',
  game,
  'withdrawn',
  'The game is not on offer any more. Who owns it keeps it.',
);

export const priceChanged = defineEvent(
  'PriceChanged',
  game,
  'price-changed',
  'A regional price or a discount was set, changed or taken back.',
);

export const GameDataState = z.object({
  id: z.uuid(),
  gameId: z.uuid(),
  /** 1, 2, 3 …; items carry the version in which they were last changed. */
  version: z.number().int().positive(),
  releasedAt: z.iso.datetime(),
  notes: z.string().nullable(),
  ...RuleSet.shape,
});

export type GameDataState = z.infer<typeof GameDataState>;

export const gameData = defineAggregate({
  topic: 'games.game-data',
  description:
    "One version of a game's data: what its items are made of, and the rules of its builds.",
  state: GameDataState,
});

export const gameDataReleased = defineEvent(
  'GameDataReleased',
  gameData,
  'released',
  'A studio released a version. It never changes after; the items that changed with it are told by ItemChanged.',
);

export const ItemState = z.object({
  id: z.uuid(),
  gameId: z.uuid(),
  /** Unique within the game, and for ever. */
  key: z.string(),
  /** The version of the game's data in which it became so. */
  dataVersion: z.number().int().positive(),
  name: z.string(),
  category: z.string(),
  iconUrl: z.string().nullable(),
  /** Keys of the slots that it fits. */
  slots: z.array(z.string()),
  /** By the keys that the game's data defines; numbers, booleans, texts, and lists of these. */
  attributes: z.record(
    z.string(),
    z.union([z.number(), z.boolean(), z.string(), z.array(z.string())]),
  ),
  /** Whether this version took it out of the game. */
  isRemoved: z.boolean(),
});

export type ItemState = z.infer<typeof ItemState>;

export const item = defineAggregate({
  topic: 'games.item',
  description: 'An item of a game, as the newest version of the data has it.',
  state: ItemState,
});

export const itemChanged = defineEvent(
  'ItemChanged',
  item,
  'changed',
  'A release brought the item, changed it, or took it away.',
);

export const GameDataProposalState = z.object({
  id: z.uuid(),
  gameId: z.uuid(),
  studioId: z.uuid(),
  /** How many parts its items come in; 0 when it changes none. */
  partsCount: z.number().int().nonnegative(),
  ...RuleSet.shape,
});

export type GameDataProposalState = z.infer<typeof GameDataProposalState>;

export const gameDataProposal = defineAggregate({
  topic: 'games.game-data-proposal',
  description: "The draft of a game's data at a moment, to see what releasing it would do.",
  state: GameDataProposalState,
});

export const gameDataProposed = defineEvent(
  'GameDataProposed',
  gameDataProposal,
  'proposed',
  'A studio wants to know what its draft would do. Its items are told by ProposedItemsTold.',
);

export const gameDataProposalForgotten = defineEnding(
  'GameDataProposalForgotten',
  gameDataProposal,
  'forgotten',
  'There are newer ones.',
);

export const ProposedItemsState = z.object({
  id: z.uuid(),
  proposalId: z.uuid(),
  /** As they are to be; only those that there are already. */
  items: z.array(
    ItemState.pick({
      ...{ id: true, key: true, name: true, category: true },
      ...{ slots: true, attributes: true, isRemoved: true },
    }),
  ),
});

export type ProposedItemsState = z.infer<typeof ProposedItemsState>;

export const proposedItems = defineAggregate({
  topic: 'games.proposed-items',
  description: 'Some of the items that a proposal changes or takes away.',
  state: ProposedItemsState,
});

export const proposedItemsTold = defineEvent(
  'ProposedItemsTold',
  proposedItems,
  'told',
  'A proposal has these.',
);

export const proposedItemsForgotten = defineEnding(
  'ProposedItemsForgotten',
  proposedItems,
  'forgotten',
  'The proposal was forgotten.',
);
