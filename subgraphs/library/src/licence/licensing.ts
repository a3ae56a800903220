import { record } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { LibraryEntry } from '../entry/entry.entity.js';
import { endSessions, lockOpenSessions } from '../play-session/playtime.js';
import { Licence, type LicenceOrigin, LicenceState } from './licence.entity.js';

/** Gives a licence for an entry that is locked. */
export function grant(
  tx: EntityManager,
  entry: LibraryEntry,
  from: Pick<LicenceOrigin, 'source' | 'sourceId'>,
  reason: string | null,
  at: Date,
): Licence {
  const { userId, gameId, playtimeSeconds } = entry;
  const origin = { userId, gameId, ...from };
  const { licence, event } = Licence.grant(origin, reason, playtimeSeconds, at);
  tx.persist(licence);
  record(tx, event, at);
  if (!entry.isOwned) record(tx, entry.own(), at);
  return licence;
}

/** What follows when a licence was revoked: without another one the game is not owned, and not played on. */
export async function loseIfLast(tx: EntityManager, entry: LibraryEntry, at: Date): Promise<void> {
  await tx.flush();
  const { userId, gameId, isOwned } = entry;
  const left = await tx.count(Licence, { userId, gameId, state: LicenceState.ACTIVE });
  if (left > 0 || !isOwned) return;
  await endSessions(tx, [entry], await lockOpenSessions(tx, [entry]), at);
  record(tx, entry.disown(), at);
}
