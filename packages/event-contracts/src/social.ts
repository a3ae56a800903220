import { defineAggregate, defineEvent } from '@gamegraph/event-bus';
import { z } from 'zod';

export const FriendshipState = z.object({
  id: z.uuid(),
  /** The two, the smaller id first. */
  userIds: z.tuple([z.uuid(), z.uuid()]),
  areFriends: z.boolean(),
  /** Since when they are what they are. */
  since: z.iso.datetime(),
});

export type FriendshipState = z.infer<typeof FriendshipState>;

export const friendship = defineAggregate({
  topic: 'social.friendship',
  description: 'Two users, and whether they are friends.',
  state: FriendshipState,
});

export const friendshipChanged = defineEvent(
  'FriendshipChanged',
  friendship,
  'changed',
  'Two users became friends, or are friends no more.',
);

export const MessageState = z.object({
  id: z.uuid(),
  chatId: z.uuid(),
  authorId: z.uuid(),
  /** Its place in the chat: 1, 2, 3 … What it says is for the chat's members alone, and is not told here. */
  sequence: z.number().int().positive(),
  isDeleted: z.boolean(),
  sentAt: z.iso.datetime(),
});

export type MessageState = z.infer<typeof MessageState>;

export const message = defineAggregate({
  topic: 'social.message',
  description: 'A message in a chat, without its text.',
  state: MessageState,
});

export const messagePosted = defineEvent(
  'MessagePosted',
  message,
  'posted',
  'A member of a chat said something.',
);

export const messageChanged = defineEvent(
  'MessageChanged',
  message,
  'changed',
  'Its author edited or deleted it.',
);

export const NotificationState = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  kind: z.string(),
  createdAt: z.iso.datetime(),
});

export type NotificationState = z.infer<typeof NotificationState>;

export const notification = defineAggregate({
  topic: 'social.notification',
  description: 'Something that a user is to be told, without what it says.',
  state: NotificationState,
});

export const notificationAdded = defineEvent(
  'NotificationAdded',
  notification,
  'added',
  'There is something new for a user.',
);
