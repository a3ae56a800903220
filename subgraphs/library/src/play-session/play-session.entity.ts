import { type PlaySessionState, playSessionEnded } from '@gamegraph/event-contracts';
import { type GraphContext, load, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { LibraryEntry } from '../entry/entry.entity.js';
import { PlaySessionOver } from './play-session.refusals.js';

const BEAT_MS = 60_000;

/** For how long nothing may be heard of a session: two heartbeats. */
export const SILENCE_MS_MAX = 2 * BEAT_MS;

/**
 * A time of playing a game on one device, by our clock; or one that a device reports after it was without a network.
 *
 * Open from its start on. It ends when its player says so, when the licence goes, or by silence; and then at the last
 * heartbeat, which a job finds out a little later.
 */
@Entity({ tableName: 'play_session' })
@ObjectType({ description: 'A time of playing a game. For its player alone.' })
@Node<GraphContext, PlaySession>('PlaySession', async (id, { em, viewer }) => {
  const session = viewer ? await load(em, PlaySession, id) : null;
  return session?.userId === viewer?.userId ? session : null;
})
export class PlaySession {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  entryId!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  @Field(() => String, { nullable: true, description: 'Null when it was reported afterwards.' })
  @Property({ type: 'text', nullable: true })
  deviceId: string | null = null;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  startedAt!: Date;

  @Property({ type: 'timestamptz' })
  lastBeatAt!: Date;

  @Field(() => Date, { nullable: true, description: 'Null while it goes on.' })
  @Property({ type: 'timestamptz', nullable: true })
  endedAt: Date | null = null;

  static start({ id: entryId, userId, gameId }: LibraryEntry, deviceId: string, at: Date) {
    const who = { entryId, userId, gameId, deviceId };
    return Object.assign(new PlaySession(), { ...who, startedAt: at, lastBeatAt: at });
  }

  static report({ id: entryId, userId, gameId }: LibraryEntry, startedAt: Date, endedAt: Date) {
    const when = { startedAt, lastBeatAt: endedAt, endedAt };
    const session = Object.assign(new PlaySession(), { entryId, userId, gameId, ...when });
    return { session, event: playSessionEnded(session.state()) };
  }

  isOver(at: Date): boolean {
    return this.endedAt !== null || at.getTime() - this.lastBeatAt.getTime() > SILENCE_MS_MAX;
  }

  /** Until when it was played, as far as is known at this moment. */
  playedUntil(at: Date): Date {
    if (this.endedAt) return this.endedAt;
    // What is asked of the past does not undo what was heard since.
    return this.isOver(at) || at < this.lastBeatAt ? this.lastBeatAt : at;
  }

  beat(at: Date): PlaySessionOver | undefined {
    if (this.isOver(at)) return new PlaySessionOver();
    if (this.lastBeatAt < at) this.lastBeatAt = at;
    return undefined;
  }

  end(at: Date) {
    this.endedAt = this.playedUntil(at);
    return playSessionEnded(this.state());
  }

  /** What others may know, and keep copies of. Of one that is open, nothing. */
  state(): PlaySessionState {
    const { id, userId, gameId, startedAt, endedAt } = this;
    return {
      ...{ id, userId, gameId },
      startedAt: startedAt.toISOString(),
      endedAt: endedAt!.toISOString(),
    };
  }
}
