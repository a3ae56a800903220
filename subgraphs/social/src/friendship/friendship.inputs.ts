import { registerEnumType } from 'type-graphql';

export enum FriendSort {
  HANDLE = 'HANDLE',
  SINCE = 'SINCE',
}

registerEnumType(FriendSort, {
  name: 'FriendSort',
  description: 'The order of friends.',
  valuesConfig: {
    HANDLE: { description: 'By their handles.' },
    SINCE: { description: 'The newest friendship first.' },
  },
});

export enum FriendRequestDirection {
  RECEIVED = 'RECEIVED',
  SENT = 'SENT',
}

registerEnumType(FriendRequestDirection, {
  name: 'FriendRequestDirection',
  description: 'Which requests of a user.',
});
