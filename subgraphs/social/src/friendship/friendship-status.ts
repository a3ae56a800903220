import { registerEnumType } from 'type-graphql';

export enum FriendshipStatus {
  NONE = 'NONE',
  FRIENDS = 'FRIENDS',
  REQUEST_SENT = 'REQUEST_SENT',
  REQUEST_RECEIVED = 'REQUEST_RECEIVED',
  BLOCKED = 'BLOCKED',
}

registerEnumType(FriendshipStatus, {
  name: 'FriendshipStatus',
  description: 'What somebody is to the viewer.',
  valuesConfig: {
    REQUEST_SENT: { description: 'The viewer wants to be friends, and they have not answered.' },
    REQUEST_RECEIVED: { description: 'They want to be friends, and the viewer has not answered.' },
    BLOCKED: { description: 'The viewer has blocked them. (A block by them is not told.)' },
  },
});
