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
  /** Moves positions to the ends of those runs that are next of aggregates of which nothing is parked. Returns these. */
  advanceAll(runs: Run[]): Promise<Run[]>;
}

/** Events of one aggregate, each the next after the one before. */
export type Run = Envelope[];

/**
 * The same for events of one topic as they came, with one move of all positions and one call for all effects where
 * nothing is amiss. Events of one aggregate stay in their order, those of several need not.
 */
export async function applyAll(
  positions: Positions,
  events: Envelope[],
  effect: (events: Envelope[]) => Promise<unknown>,
  missing: Map<string, Envelope>,
): Promise<[Envelope, Outcome][]> {
  const outcomes: [Envelope, Outcome][] = [];
  let rest = events;
  if (events.length > 1) {
    const runs = [...Map.groupBy(events, ({ subject }) => subject).values()].map(runOf);
    const moved = new Set((await positions.advanceAll(runs)).flat());
    const together = events.filter(event => moved.has(event));
    if (together.length > 0) await effect(together);
    outcomes.push(...together.map((event): [Envelope, Outcome] => [event, 'applied']));
    rest = events.filter(event => !moved.has(event));
  }
  for (const event of rest)
    outcomes.push(...(await applyInOrder(positions, event, one => effect([one]), missing)));
  return outcomes;
}

/** What follows without a gap from the first on. */
function runOf(events: Envelope[]): Run {
  const end = events.findIndex(({ version }, n) => version !== events[0]!.version + n);
  return end < 0 ? events : events.slice(0, end);
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
