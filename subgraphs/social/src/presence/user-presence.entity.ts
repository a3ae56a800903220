import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { type PresenceState, PresenceStatus } from './presence.type.js';

/** How long a connection is believed in without a word from it: two and a half heartbeats. */
const TTL_MS = 75_000;

/** How long a connection that has ended is still shown, so that a reconnect in that time shows nothing. */
const GRACE_MS = 10_000;

/** Of one user at a time; the one that would end first gives way. */
const CONNECTIONS_MAX = 20;

/** What somebody has chosen on any device goes before what devices find out: first of all, not to be seen. */
const PRECEDENCE = [
  PresenceStatus.INVISIBLE,
  PresenceStatus.BUSY,
  PresenceStatus.ONLINE,
  PresenceStatus.AWAY,
];

interface PresenceConnection {
  id: string;
  status: PresenceStatus;
  gameId: string | null;
  /** Milliseconds since the epoch. */
  reportedAt: number;
  /** Until when it counts, the grace included; milliseconds since the epoch. */
  shownUntil: number;
}

/**
 * The connections of a user and what follows from them: there is a row for as long as there is a connection. Each lives
 * from its first report until a while after it was ended or last heard of.
 */
@Entity({ tableName: 'presence' })
export class UserPresence implements PresenceState {
  /** The user's id. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'jsonb' })
  connections: PresenceConnection[] = [];

  @Property({ type: 'text' })
  status: PresenceStatus = PresenceStatus.OFFLINE;

  @Property({ type: 'uuid', nullable: true })
  gameId: string | null = null;

  /** Since when status and game are these. */
  @Property({ type: 'timestamptz' })
  since!: Date;

  /** When the next connection stops to count: what the sweeper looks for. */
  @Property({ type: 'timestamptz' })
  nextEndAt!: Date;

  report(id: string, status: PresenceStatus, gameId: string | null, at: Date): void {
    const reportedAt = at.getTime();
    const shownUntil = reportedAt + TTL_MS + GRACE_MS;
    const others = this.connections
      .filter(connection => connection.id !== id)
      .sort((a, b) => b.shownUntil - a.shownUntil)
      .slice(0, CONNECTIONS_MAX - 1);
    this.connections = [{ id, status, gameId, reportedAt, shownUntil }, ...others];
    this.settle(at);
  }

  /** Shows nothing yet. Returns whether there was such a connection. */
  end(id: string, at: Date): boolean {
    const ending = this.liveAt(at).find(connection => connection.id === id);
    if (!ending) return false;
    const shownUntil = Math.min(ending.shownUntil, at.getTime() + GRACE_MS);
    const others = this.connections.filter(connection => connection !== ending);
    this.keep([{ ...ending, shownUntil }, ...others]);
    return true;
  }

  /** Forgets connections that count no more, and keeps what follows from the others. */
  settle(at: Date): void {
    Object.assign(this, this.seenAt(at));
    this.keep(this.liveAt(at));
  }

  /** As it is at a moment, whether anybody has looked after it since or not. */
  seenAt(at: Date): PresenceState {
    const live = this.liveAt(at);
    const status =
      PRECEDENCE.find(each => live.some(connection => connection.status === each)) ??
      PresenceStatus.OFFLINE;
    const playing = live.filter(({ gameId }) => gameId !== null);
    const [latest] = playing.sort((a, b) => b.reportedAt - a.reportedAt);
    const gameId = latest?.gameId ?? null;
    const isSame = status === this.status && gameId === this.gameId;
    return { status, gameId, since: isSame ? this.since : at };
  }

  private liveAt(at: Date): PresenceConnection[] {
    return this.connections.filter(({ shownUntil }) => shownUntil > at.getTime());
  }

  private keep(connections: PresenceConnection[]): void {
    this.connections = connections;
    if (connections.length === 0) return;
    this.nextEndAt = new Date(Math.min(...connections.map(({ shownUntil }) => shownUntil)));
  }
}
