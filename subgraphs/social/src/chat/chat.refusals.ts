import { Refusal } from '@gamegraph/subgraph-kit';
import { ObjectType } from 'type-graphql';

export const MEMBERS_MAX = 100;

@ObjectType({ implements: Refusal, description: 'Only friends can be added to a group.' })
export class NotAFriend extends Refusal {
  constructor() {
    super('Only your friends can be added to a group.');
  }
}

@ObjectType({ implements: Refusal, description: 'The group has as many members as it can have.' })
export class ChatFull extends Refusal {
  constructor() {
    super(`A group has ${MEMBERS_MAX} members at most.`);
  }
}

@ObjectType({ implements: Refusal, description: 'Nothing can be said in this chat at present.' })
export class ChatClosed extends Refusal {
  constructor() {
    super('Nothing can be said in this chat at present.');
  }
}
