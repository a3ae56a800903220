import { Refusal } from '@gamegraph/subgraph-kit';
import { ObjectType } from 'type-graphql';

/** Each. */
export const FRIENDS_MAX = 1_000;

/** Sent by one user, and not answered. */
export const OPEN_REQUESTS_MAX = 100;

@ObjectType({ implements: Refusal, description: 'Nobody has more friends than that.' })
export class FriendsLimitReached extends Refusal {
  constructor() {
    super(`One of you has ${FRIENDS_MAX} friends already. Nobody can have more.`);
  }
}

@ObjectType({ implements: Refusal, description: 'Too many requests of the viewer are unanswered.' })
export class FriendRequestsLimitReached extends Refusal {
  constructor() {
    super(`${OPEN_REQUESTS_MAX} of your requests are unanswered. Cancel one to send another.`);
  }
}

@ObjectType({ implements: Refusal, description: 'The viewer has blocked this user.' })
export class UserBlocked extends Refusal {
  constructor() {
    super('You have blocked this user. Unblock them first.');
  }
}
