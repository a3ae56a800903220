import { friendshipChanged, type FriendshipState } from '@gamegraph/event-contracts';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { v7 as uuidv7 } from 'uuid';
import type { Pair } from '../user/pair.js';

/** Two users who are friends, or once were: one row for each pair. The view `friend` shows it from both sides. */
@Entity({ tableName: 'friendship' })
export class Friendship {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  userLow!: string;

  @Property({ type: 'uuid' })
  userHigh!: string;

  @Property({ type: 'boolean' })
  areFriends: boolean = false;

  /** Since when they are what they are. */
  @Property({ type: 'timestamptz' })
  since!: Date;

  static between(pair: Pair): Friendship {
    return Object.assign(new Friendship(), pair);
  }

  begin(at: Date) {
    this.areFriends = true;
    this.since = at;
    return friendshipChanged(this.state());
  }

  end(at: Date) {
    this.areFriends = false;
    this.since = at;
    return friendshipChanged(this.state());
  }

  state(): FriendshipState {
    const { id, userLow, userHigh, areFriends, since } = this;
    return { id, userIds: [userLow, userHigh], areFriends, since: since.toISOString() };
  }
}
