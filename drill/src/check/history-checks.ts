import type { Creation, Entry, Heard, Outcome, Read, Thing, Write } from '../history.js';
import type { Violation } from './violation.js';

/** A thing that there is, at the end. */
export interface Found {
  thing: Thing;
  id: string;
  /** Where things are known by the key of the wish. */
  key?: string;
}

/** I6 and I10 for things: what was acknowledged is there, once; what was refused is not; unknown ones either way, but once. */
export function checkThings(history: Entry[], found: Found[]): Violation[] {
  const wishes = history.filter((entry): entry is Creation => entry.op === 'create');
  const violations: Violation[] = [];
  for (const thing of new Set(wishes.map(wish => wish.thing))) {
    const left = new Map(found.filter(one => one.thing === thing).map(one => [one.id, one]));
    const mine = wishes.filter(wish => wish.thing === thing);
    for (const { n, key, outcome, ids } of mine) {
      const distinct = [...new Set(ids)];
      if (distinct.length > 1) {
        violations.push({
          ...{ invariant: 'I6', damage: 'duplicated', n },
          told: `one wish for a ${thing} (${key}) was answered by ${distinct.join(' and ')}`,
        });
      }
      for (const id of distinct) {
        if (left.delete(id)) continue;
        violations.push({
          ...{ invariant: 'I10', damage: 'lost', n },
          told: `the acknowledged ${thing} ${id} (${key}) is not there`,
        });
      }
      const others = [...left.values()].filter(one => one.key === key);
      for (const { id } of others) left.delete(id);
      const isAllowed = outcome === 'unknown' ? 1 : 0;
      if (others.length > isAllowed) {
        const told =
          outcome === 'refused'
            ? `the refused ${thing} (${key}) is there: ${others.map(({ id }) => id).join()}`
            : `the ${thing} (${key}) is there ${others.length + distinct.length} times`;
        violations.push({
          ...{ invariant: outcome === 'refused' ? 'I10' : 'I6', damage: 'duplicated', n, told },
        });
      }
    }
    // Things without a key may be those of wishes without an answer.
    const unknown = mine.filter(({ outcome, key }) => outcome === 'unknown' && key !== '').length;
    const strays = [...left.values()].filter(one => one.key === undefined);
    const unexplained = [
      ...[...left.values()].filter(one => one.key !== undefined),
      ...strays.slice(unknown),
    ];
    for (const { id } of unexplained) {
      violations.push({
        ...{ invariant: 'I6', damage: 'duplicated' },
        told: `nobody was told of the ${thing} ${id}`,
      });
    }
  }
  return violations;
}

/**
 * I10 and I13 for registers, each of which has one writer at a time. An owner tells the last acknowledged value or a later
 * one; a copy may be behind, but not for who sends the token of a write, and neither ever goes back. What is unknown may
 * show at any time.
 */
export function checkRegisters(history: Entry[]): Violation[] {
  const violations: Violation[] = [];
  const entries = history.filter(
    (entry): entry is Write | Read => entry.op === 'write' || entry.op === 'read',
  );
  for (const mine of Map.groupBy(entries, one => `${one.register} of ${one.about}`).entries())
    violations.push(...checkRegister(...mine));
  return violations;
}

/**
 * I13 for subscriptions: from the first that somebody heard on, they have heard all that was said, each for the first time
 * in its order; unless they were told that something may be missing.
 */
export function checkHeard(history: Entry[], said: number[]): Violation[] {
  const violations: Violation[] = [];
  const heard = history.filter((entry): entry is Heard => entry.op === 'hear');
  for (const [person, mine] of Map.groupBy(heard, one => one.person)) {
    const known = new Set<number>();
    let last = 0;
    for (const { n, sequence, isAfterGap } of mine.toSorted((a, b) => a.n - b.n)) {
      if (isAfterGap) for (let lost = last + 1; lost < sequence; lost++) known.add(lost);
      if (sequence < last && !known.has(sequence)) {
        const told = `${person} heard ${sequence} after ${last}`;
        violations.push({ invariant: 'I13', damage: 'other', n, told });
      }
      known.add(sequence);
      last = Math.max(last, sequence);
    }
    const first = Math.min(...known);
    const missing = said.filter(sequence => sequence > first && !known.has(sequence));
    if (missing.length > 0) {
      const told = `${person} never heard ${missing.join(', ')}`;
      violations.push({ invariant: 'I13', damage: 'lost', told });
    }
  }
  return violations;
}

function checkRegister(name: string, entries: (Write | Read)[]): Violation[] {
  const violations: Violation[] = [];
  const inOrder = entries.toSorted((a, b) => a.n - b.n);
  const writes = inOrder.filter(entry => entry.op === 'write');
  // A value that was written twice has an outcome and a place for each time.
  const of = (value: string, outcome: Outcome) =>
    writes.filter(write => write.value === value && write.outcome === outcome);
  /** What reads have told: from where, and the place of the acknowledged write that they saw. */
  const told: { from: Read['from']; place: number; answeredAt: number }[] = [];
  for (const read of inOrder) {
    if (read.op !== 'read') continue;
    const { n, value, from } = read;
    if (of(value, 'unknown').length > 0) continue;
    const places = of(value, 'acknowledged')
      .filter(write => write.askedAt <= read.answeredAt)
      .map(write => write.n);
    const { since } = read;
    if (since !== undefined && !read.isStale && !places.some(place => place >= since)) {
      violations.push({
        ...{ invariant: 'I13', damage: 'other', n },
        told: `the copy of ${name} in ${from} has "${value}" for who has the token of a later write (${since})`,
      });
      continue;
    }
    const last = writes.findLast(
      write => write.outcome === 'acknowledged' && write.answeredAt <= read.askedAt,
    );
    if (places.length === 0) {
      // Before the first write, it has what it had before the drill.
      const isOld = !last && of(value, 'refused').length === 0;
      if (!isOld && !(from !== 'owner' && !writes.some(write => write.value === value)))
        violations.push({
          ...{ invariant: 'I10', damage: last ? 'lost' : 'other', n },
          told: `${from} has "${value}" for ${name}, which nobody was told is written; the last such is "${last?.value}"`,
        });
      continue;
    }
    const place = places.at(-1)!;
    if (from === 'owner' && last && place < last.n) {
      violations.push({
        ...{ invariant: 'I10', damage: 'lost', n },
        told: `the owner of ${name} has "${value}", though "${last.value}" was acknowledged since`,
      });
    }
    const former = told.filter(one => one.from === from && one.answeredAt <= read.askedAt);
    if (former.some(one => one.place > place)) {
      violations.push({
        ...{ invariant: 'I13', damage: 'other', n },
        told: `${from} went back to "${value}" for ${name}`,
      });
    }
    told.push({ from, place, answeredAt: read.answeredAt });
  }
  return violations;
}
