import { defineAggregate, defineEnding, defineEvent } from '@gamegraph/event-bus';
import { z } from 'zod';

/** Who may see a part of a profile: everyone, friends and oneself, or oneself alone. */
export const Audience = z.enum(['PUBLIC', 'FRIENDS', 'PRIVATE']);

export const UserState = z.object({
  id: z.uuid(),
  handle: z.string(),
  displayName: z.string(),
  avatarUrl: z.string().nullable(),
  /** ISO 3166-1 alpha-2. */
  region: z.string().nullable(),
  /** Whether the account is suspended at present. */
  isBanned: z.boolean(),
  /** Other subgraphs own what these speak of, and honour them. */
  privacy: z.object({
    library: Audience,
    friends: Audience,
    activity: Audience,
    presence: Audience,
  }),
  createdAt: z.iso.datetime(),
});

export type UserState = z.infer<typeof UserState>;

export const user = defineAggregate({
  topic: 'users.user',
  description: 'Somebody with an account, as others may see them.',
  state: UserState,
});

export const userCreated = defineEvent(
  'UserCreated',
  user,
  'created',
  'Somebody registered. The first event of a user.',
);

export const userUpdated = defineEvent(
  'UserUpdated',
  user,
  'updated',
  'The profile, its privacy, or whether the account is suspended, is not as it was.',
);

export const userDeleted = defineEnding(
  'UserDeleted',
  user,
  'deleted',
  'The account was deleted. Copies of the profile are to be erased.',
);
