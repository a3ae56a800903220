import {
  friendship,
  message,
  messageChanged,
  messagePosted,
  notification,
  notificationAdded,
} from '@gamegraph/event-contracts';
import {
  announce,
  buildSubgraph,
  defineSource,
  type SubgraphDefinition,
} from '@gamegraph/subgraph-kit';
import { activityConsumer } from './activity/activity.consumer.js';
import { Activity } from './activity/activity.entity.js';
import { ActivityResolver, UserActivityResolver } from './activity/activity.resolver.js';
import { BlockResolver } from './block/block.resolver.js';
import { ChatMember } from './chat/chat-member.entity.js';
import { Chat } from './chat/chat.entity.js';
import { ChatMemberResolver, ChatResolver, UserChatsResolver } from './chat/chat.resolver.js';
import { FriendRequest } from './friendship/friend-request.entity.js';
import { Friendship } from './friendship/friendship.entity.js';
import { FriendRequestResolver, FriendshipResolver } from './friendship/friendship.resolver.js';
import { GameCopy, gameCopy } from './game/game.projection.js';
import { GameResolver } from './game/game.resolver.js';
import { LibraryEntryCopy, libraryEntryCopy } from './library-entry/library-entry.projection.js';
import { Message } from './message/message.entity.js';
import { ChatMessagesResolver, MessageResolver } from './message/message.resolver.js';
import { messageTopics } from './message/telling.js';
import { CreateTables } from './migrations/20261121T0900-create-tables.js';
import { DeadLettersAndRebuilds } from './migrations/20261121T1340-dead-letters-and-rebuilds.js';
import { ArchivePositions } from './migrations/20261121T1430-archive-positions.js';
import { AddVersionsInReview } from './migrations/20261122T1133-versions-in-review.js';
import { buildReviewConsumer } from './notification/build-review.consumer.js';
import { Notification } from './notification/notification.entity.js';
import {
  NotificationResolver,
  UserNotificationsResolver,
} from './notification/notification.resolver.js';
import { sweepPresence } from './presence/presence-watch.js';
import { PresenceResolver, UserPresenceResolver } from './presence/presence.resolver.js';
import { UserPresence } from './presence/user-presence.entity.js';
import { leaving } from './user/leaving.process.js';
import { UserCopy, userCopy } from './user/user.projection.js';

const SWEEP_INTERVAL_MS = 5_000;

/** Who knows whom, what they say to each other, and what they are told: friends, chats, presence, feed, notifications. */
export const social: SubgraphDefinition = {
  name: 'social',
  schema: () =>
    buildSubgraph([
      FriendshipResolver,
      ...[FriendRequestResolver, BlockResolver, GameResolver],
      ...[ChatResolver, ChatMemberResolver, UserChatsResolver],
      ...[MessageResolver, ChatMessagesResolver],
      ...[PresenceResolver, UserPresenceResolver],
      ...[ActivityResolver, UserActivityResolver],
      ...[NotificationResolver, UserNotificationsResolver],
    ]),
  entities: [
    ...[UserCopy, GameCopy, LibraryEntryCopy],
    ...[Friendship, FriendRequest, Chat, ChatMember, Message, UserPresence, Activity, Notification],
  ],
  migrations: [
    { name: '20261121T0900-create-tables', class: CreateTables },
    { name: '20261121T1340-dead-letters-and-rebuilds', class: DeadLettersAndRebuilds },
    { name: '20261121T1430-archive-positions', class: ArchivePositions },
    { name: '20261122T1133-versions-in-review', class: AddVersionsInReview },
  ],
  sources: [
    defineSource(friendship, Friendship, { stateOf: one => one.state() }),
    defineSource(message, Message, { stateOf: one => one.state() }),
    defineSource(notification, Notification, { stateOf: one => one.state() }),
  ],
  projections: [userCopy, gameCopy, libraryEntryCopy],
  consumers: [leaving, activityConsumer, buildReviewConsumer],
  announcers: [
    announce(messagePosted, ({ chatId }, em) => messageTopics(em, chatId, 'chat', 'inbox')),
    announce(messageChanged, ({ chatId }, em) =>
      messageTopics(em, chatId, 'chat-changes', 'inbox-changes'),
    ),
    announce(notificationAdded, ({ userId }) => [`notifications:${userId}`]),
  ],
  jobs: ({ live }) => [
    {
      name: 'end lost presences',
      everyMs: SWEEP_INTERVAL_MS,
      run: (em, now) => sweepPresence(em, now, live),
    },
  ],
};
