import { defineAggregate, defineEnding, defineEvent } from '@gamegraph/event-bus';
import { z } from 'zod';

export const LicenceState = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  gameId: z.uuid(),
  source: z.enum(['ORDER', 'GRANT']),
  /** What it came from: the order's id, or one of the grant's own. At most one licence has it. */
  sourceId: z.uuid(),
  state: z.enum(['ACTIVE', 'REFUSED', 'REVOKED']),
  /** Why it was refused, revoked, or kept against a wish for a refund. */
  reason: z.string().nullable(),
  /** Of the game, when the state was decided: what a refund is judged by. */
  playtimeSeconds: z.number().int().nonnegative(),
  grantedAt: z.iso.datetime().nullable(),
});

export type LicenceState = z.infer<typeof LicenceState>;

export const licence = defineAggregate({
  topic: 'library.licence',
  description:
    'A right to play a game, with where it came from. Whoever has an active one owns the game.',
  state: LicenceState,
});

export const licenceGranted = defineEvent(
  'LicenceGranted',
  licence,
  'granted',
  'Somebody may play a game.',
);

export const licenceRefused = defineEvent(
  'LicenceRefused',
  licence,
  'refused',
  'There will be no licence from this source, such as when the game is owned already.',
);

export const licenceRevoked = defineEvent(
  'LicenceRevoked',
  licence,
  'revoked',
  'The licence is not good any more.',
);

export const licenceKept = defineEvent(
  'LicenceKept',
  licence,
  'kept',
  'A refund was asked for, and the licence stays: `reason` and `playtimeSeconds` say why.',
);

export const LibraryEntryState = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  gameId: z.uuid(),
  /** Whether there is an active licence. An entry stays when the last one goes: what was played was played. */
  isOwned: z.boolean(),
  playtimeSeconds: z.number().int().nonnegative(),
  lastPlayedAt: z.iso.datetime().nullable(),
});

export type LibraryEntryState = z.infer<typeof LibraryEntryState>;

export const libraryEntry = defineAggregate({
  topic: 'library.entry',
  description: 'A game in somebody’s library: whether it is owned, and how long it was played.',
  state: LibraryEntryState,
});

export const libraryEntryChanged = defineEvent(
  'LibraryEntryChanged',
  libraryEntry,
  'changed',
  'A game came into a library, left it, or was played.',
);

export const PlaySessionState = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  gameId: z.uuid(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
});

export type PlaySessionState = z.infer<typeof PlaySessionState>;

export const playSession = defineAggregate({
  topic: 'library.play-session',
  description: 'A time during which somebody played a game.',
  state: PlaySessionState,
});

export const playSessionEnded = defineEvent(
  'PlaySessionEnded',
  playSession,
  'ended',
  'Somebody stopped playing, or was not heard of any more.',
);

export const AchievementUnlockState = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  gameId: z.uuid(),
  achievementKey: z.string(),
  name: z.string(),
  unlockedAt: z.iso.datetime(),
});

export type AchievementUnlockState = z.infer<typeof AchievementUnlockState>;

export const achievementUnlock = defineAggregate({
  topic: 'library.achievement-unlock',
  description: 'An achievement of a game that somebody has reached.',
  state: AchievementUnlockState,
});

export const achievementUnlocked = defineEvent(
  'AchievementUnlocked',
  achievementUnlock,
  'unlocked',
  'Somebody reached an achievement. Once for each achievement and player.',
);

/** So many different items, with what is around them, fit into a message of the bus: 1 MB. */
export const INVENTORY_ITEMS_MAX = 10_000;

export const InventoryState = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  gameId: z.uuid(),
  /** In the order of the items' ids, each once. */
  items: z
    .array(z.object({ itemId: z.uuid(), quantity: z.number().int().positive() }))
    .max(INVENTORY_ITEMS_MAX),
});

export type InventoryState = z.infer<typeof InventoryState>;

export const inventory = defineAggregate({
  topic: 'library.inventory',
  description: 'What somebody has of the items of a game. One for each user and game.',
  state: InventoryState,
});

export const inventoryChanged = defineEvent(
  'InventoryChanged',
  inventory,
  'changed',
  'The game gave items to a player, or took them away.',
);

export const inventoryDeleted = defineEnding(
  'InventoryDeleted',
  inventory,
  'deleted',
  'It went with the account of its player.',
);
