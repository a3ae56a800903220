import { query, record, transact } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import type { LibraryEntry } from '../entry/entry.entity.js';
import { lockEntries } from '../entry/locking.js';
import { PlaySession, SILENCE_MS_MAX } from './play-session.entity.js';

const SILENT_MAX = 20_000; // entries in one run of the job
const BATCH = 200; // of them in one transaction

/** The open sessions of entries that are locked. */
export function lockOpenSessions(
  tx: EntityManager,
  entries: LibraryEntry[],
): Promise<PlaySession[]> {
  return tx.find(
    PlaySession,
    { entryId: { $in: entries.map(({ id }) => id) }, endedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
}

/** Ends open sessions, and counts what was played. The entries are locked, and theirs. */
export async function endSessions(
  tx: EntityManager,
  entries: LibraryEntry[],
  sessions: PlaySession[],
  at: Date,
): Promise<void> {
  for (const session of sessions) record(tx, session.end(at), at);
  await countPlayed(tx, entries, sessions, at);
}

/** Adds the times of sessions that have ended to what was played of their entries, which are locked. */
export async function countPlayed(
  tx: EntityManager,
  entries: LibraryEntry[],
  sessions: PlaySession[],
  at: Date,
): Promise<void> {
  const byEntry = Map.groupBy(sessions, ({ entryId }) => entryId);
  const added = [...byEntry].map(([entry_id, its]) => ({ entry_id, intervals: unionOf(its, at) }));
  if (added.length === 0) return;
  await tx.flush(); // an entry may be as new as its sessions
  const totals = await query<{ entry_id: string; seconds: number }>(
    tx,
    sql`INSERT INTO played AS kept
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(added)}) AS added(entry_id uuid, intervals tstzmultirange)
        ON CONFLICT (entry_id) DO UPDATE SET intervals = kept.intervals + excluded.intervals
        RETURNING entry_id, ${secondsOf(sql`intervals`)} AS seconds`,
  );
  const seconds = new Map(totals.map(total => [total.entry_id, total.seconds]));
  for (const entry of entries) {
    const its = byEntry.get(entry.id);
    if (!its) continue;
    const lastPlayedAt = new Date(Math.max(...its.map(({ endedAt }) => endedAt!.getTime())));
    record(tx, entry.play(seconds.get(entry.id)!, lastPlayedAt), at);
  }
}

/** How long a game was played since some moment, with what is being played now. The entry is locked. */
export async function playtimeAt(
  tx: EntityManager,
  entry: LibraryEntry,
  at: Date,
  since?: Date,
): Promise<number> {
  const open = await lockOpenSessions(tx, [entry]);
  const [total] = await query<{ seconds: number }>(
    tx,
    sql`SELECT ${secondsOf(sql`(${unionOf(open, at)}::tstzmultirange + coalesce(
          (SELECT intervals FROM played WHERE entry_id = ${entry.id}), '{}'))
          * tstzmultirange(tstzrange(${since ?? null}, NULL))`)} AS seconds`,
  );
  return total!.seconds;
}

/** A job: ends the sessions of which nothing was heard for too long. */
export async function endSilentSessions(em: EntityManager, at: Date): Promise<void> {
  const found = await query<{ entry_id: string }>(
    em,
    sql`SELECT DISTINCT entry_id FROM play_session WHERE ended_at IS NULL
          AND last_beat_at < ${new Date(at.getTime() - SILENCE_MS_MAX)} LIMIT ${SILENT_MAX}`,
  );
  const ids = found.map(({ entry_id }) => entry_id);
  for (let start = 0; start < ids.length; start += BATCH) {
    await transact(em.fork(), async tx => {
      const entries = await lockEntries(tx, { id: { $in: ids.slice(start, start + BATCH) } });
      const open = await lockOpenSessions(tx, entries);
      const silent = open.filter(session => session.isOver(at)); // a beat may have come meanwhile
      await endSessions(tx, entries, silent, at);
    });
  }
}

/** The times of sessions as PostgreSQL writes a multirange; it makes them one where they overlap. */
function unionOf(sessions: PlaySession[], at: Date): string {
  const intervals = sessions.map(
    session => `[${session.startedAt.toISOString()},${session.playedUntil(at).toISOString()})`,
  );
  return `{${intervals.join(',')}}`;
}

/** The length of a multirange, in whole seconds. */
function secondsOf(intervals: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(SELECT coalesce(floor(sum(extract(epoch FROM upper(i) - lower(i)))), 0)::int FROM unnest(${intervals}) AS i)`;
}
