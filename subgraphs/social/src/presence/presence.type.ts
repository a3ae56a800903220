import { Field, ObjectType, registerEnumType } from 'type-graphql';

export enum PresenceStatus {
  ONLINE = 'ONLINE',
  AWAY = 'AWAY',
  BUSY = 'BUSY',
  INVISIBLE = 'INVISIBLE',
  OFFLINE = 'OFFLINE',
}

registerEnumType(PresenceStatus, {
  name: 'PresenceStatus',
  description: 'Whether somebody is there.',
  valuesConfig: {
    AWAY: { description: 'Connected, but doing nothing there.' },
    BUSY: { description: 'There, and not to be disturbed.' },
    INVISIBLE: { description: 'There, without showing it: to all others it is OFFLINE.' },
    OFFLINE: { description: 'Not there, or not for the viewer to know.' },
  },
});

export interface PresenceState {
  status: PresenceStatus;
  gameId: string | null;
  /** Since when status and game are these. */
  since: Date;
}

@ObjectType({ description: 'Whether somebody is there, and what they play.' })
export class Presence {
  @Field(() => PresenceStatus)
  status: PresenceStatus = PresenceStatus.OFFLINE;

  gameId: string | null = null;

  @Field(() => Date, {
    nullable: true,
    description: 'Since when it is so. Null when OFFLINE: that would tell more than that.',
  })
  since: Date | null = null;

  /** As whose it is sees it. */
  static toOneself(state: PresenceState): Presence {
    const isThere = state.status !== PresenceStatus.OFFLINE;
    const { status, gameId, since } = state;
    return Object.assign(new Presence(), isThere && { status, gameId, since });
  }

  /** As those see it who may: all of it, or nothing. */
  static toOthers(state: PresenceState): Presence {
    return state.status === PresenceStatus.INVISIBLE ? new Presence() : Presence.toOneself(state);
  }
}
