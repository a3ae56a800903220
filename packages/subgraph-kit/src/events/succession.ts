import type { Envelope } from '@gamegraph/event-bus';

/** What became of an event for one consumer. */
export type Outcome = 'applied' | 'duplicate' | 'parked' | 'poison';

/** How far one consumer has come with each aggregate, and what it has set aside: kept in the transaction of the effects. */
export interface Positions {
  /** Moves the position to the event if that is the next, and says whether others of its aggregate are parked. */
  advance(event: Envelope): Promise<{ parked: boolean } | undefined>;
  /** The version of the aggregate's last event that had its effect: 0 before the first. */
  head(event: Envelope): Promise<number>;
  /** Sets the event aside until what is missing before it has come. Returns whether it was not there already. */
  park(event: Envelope): Promise<boolean>;
  /** Takes out the aggregate's parked events up to this version. */
  unpark(event: Envelope, uptoVersion: number): Promise<Envelope[]>;
}

/**
 * Has the event's effect if it is the next of its aggregate, and then those of what was parked right behind it. One had
 * before is dropped; one that comes too early is parked, and told in `missing` by its aggregate's id.
 */
export async function applyInOrder(
  positions: Positions,
  event: Envelope,
  effect: (event: Envelope) => Promise<unknown>,
  missing: Map<string, Envelope>,
): Promise<[Envelope, Outcome][]> {
  const moved = await positions.advance(event);
  if (!moved) {
    const isHad = event.version <= (await positions.head(event));
    if (isHad || !(await positions.park(event))) return [[event, 'duplicate']];
    missing.set(event.subject, event);
    return [[event, 'parked']];
  }
  await effect(event);
  const outcomes: [Envelope, Outcome][] = [[event, 'applied']];
  if (!moved.parked) return outcomes;
  const nextVersion = event.version + 1;
  const next = (await positions.unpark(event, nextVersion)).find(
    ({ version }) => version === nextVersion,
  );
  if (next) outcomes.push(...(await applyInOrder(positions, next, effect, missing)));
  else if (missing.get(event.subject)?.version === nextVersion) missing.delete(event.subject);
  return outcomes;
}
