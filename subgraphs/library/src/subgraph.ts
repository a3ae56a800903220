import {
  achievementUnlock,
  inventory,
  libraryEntry,
  libraryEntryChanged,
  licence,
  playSession,
} from '@gamegraph/event-contracts';
import {
  announce,
  buildSubgraph,
  defineSource,
  forgetOldKeys,
  type SubgraphDefinition,
} from '@gamegraph/subgraph-kit';
import { AchievementUnlock } from './achievement/achievement-unlock.entity.js';
import { Achievement } from './achievement/achievement.entity.js';
import {
  AchievementResolver,
  AchievementUnlockResolver,
  EntryAchievementsResolver,
  GameAchievementsResolver,
} from './achievement/achievement.resolver.js';
import { LibraryEntry } from './entry/entry.entity.js';
import {
  GameLibraryEntryResolver,
  LibraryEntryResolver,
  libraryTopic,
  UserLibraryResolver,
} from './entry/entry.resolver.js';
import { FriendshipCopy, friendshipCopy } from './friendship/friendship.projection.js';
import { GameCopy, gameCopy } from './game/game.projection.js';
import { Inventory, InventoryItem } from './inventory/inventory.entity.js';
import {
  InventoryItemResolver,
  InventoryResolver,
  UserInventoryResolver,
} from './inventory/inventory.resolver.js';
import { ItemCopy, itemCopy } from './item/item.projection.js';
import { Licence } from './licence/licence.entity.js';
import { LicenceResolver } from './licence/licence.resolver.js';
import { orders } from './licence/order.process.js';
import { CreateTables } from './migrations/20261121T0900-create-tables.js';
import { DeadLettersAndRebuilds } from './migrations/20261121T1340-dead-letters-and-rebuilds.js';
import { ArchivePositions } from './migrations/20261121T1430-archive-positions.js';
import { LicencesOfLines } from './migrations/20261121T1430-licences-of-lines.js';
import { AddInventories } from './migrations/20261122T1150-inventories.js';
import { PlaySession } from './play-session/play-session.entity.js';
import { PlaySessionResolver } from './play-session/play-session.resolver.js';
import { endSilentSessions } from './play-session/playtime.js';
import { StudioCopy, studioCopy } from './studio/studio.projection.js';
import { deletedUsers, UserCopy, userCopy } from './user/user.projection.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What somebody may play, has played, and has reached in it. */
export const library: SubgraphDefinition = {
  name: 'library',
  schema: () =>
    buildSubgraph([
      LibraryEntryResolver,
      UserLibraryResolver,
      GameLibraryEntryResolver,
      LicenceResolver,
      PlaySessionResolver,
      AchievementResolver,
      AchievementUnlockResolver,
      GameAchievementsResolver,
      EntryAchievementsResolver,
      InventoryResolver,
      InventoryItemResolver,
      UserInventoryResolver,
    ]),
  entities: [
    ...[LibraryEntry, Licence, PlaySession, Achievement, AchievementUnlock],
    ...[Inventory, InventoryItem],
    ...[GameCopy, ItemCopy, StudioCopy, UserCopy, FriendshipCopy],
  ],
  migrations: [
    { name: '20261121T0900-create-tables', class: CreateTables },
    { name: '20261121T1340-dead-letters-and-rebuilds', class: DeadLettersAndRebuilds },
    { name: '20261121T1430-archive-positions', class: ArchivePositions },
    { name: '20261121T1430-licences-of-lines', class: LicencesOfLines },
    { name: '20261122T1150-inventories', class: AddInventories },
  ],
  sources: [
    defineSource(licence, Licence, { stateOf: one => one.announced() }),
    defineSource(libraryEntry, LibraryEntry, { stateOf: one => one.state() }),
    defineSource(playSession, PlaySession, {
      stateOf: one => one.state(),
      where: { endedAt: { $ne: null } },
    }),
    defineSource(achievementUnlock, AchievementUnlock, { stateOf: one => one.state() }),
    defineSource(inventory, Inventory, { stateOf: one => one.state() }),
  ],
  projections: [gameCopy, itemCopy, studioCopy, userCopy, friendshipCopy],
  consumers: [orders, deletedUsers],
  announcers: [announce(libraryEntryChanged, ({ userId }) => [libraryTopic(userId)])],
  jobs: () => [
    { name: 'end silent play sessions', everyMs: MINUTE_MS, run: endSilentSessions },
    { name: 'forget old idempotency keys', everyMs: HOUR_MS, run: forgetOldKeys },
  ],
};
