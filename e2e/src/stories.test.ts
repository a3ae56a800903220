import { after, before } from 'node:test';
import { analyseGames } from './analyse-games/analyse-games.story.js';
import { auditCopies } from './audit-copies/audit-copies.story.js';
import { buyAGame } from './buy-a-game/buy-a-game.story.js';
import { guards } from './guards/guards.story.js';
import { lookAtFriends } from './look-at-friends/look-at-friends.story.js';
import { operateEvents } from './operate-events/operate-events.story.js';
import { patchAGame } from './patch-a-game/patch-a-game.story.js';
import { readOwnWrites } from './read-own-writes/read-own-writes.story.js';
import { renameOneself } from './rename-oneself/rename-oneself.story.js';
import { subscriptions } from './subscriptions/subscriptions.story.js';
import { tellFreshness } from './tell-freshness/tell-freshness.story.js';
import { World } from './world.js';

const world = new World();
before(() => world.start());
after(() => world.stop());

buyAGame(world);
lookAtFriends(world);
patchAGame(world);
renameOneself(world);
analyseGames(world);
readOwnWrites(world);
subscriptions(world);
tellFreshness(world);
auditCopies(world);
operateEvents(world);
guards(world);
