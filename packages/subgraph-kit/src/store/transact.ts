import type { AggregateState, DomainEvent } from '@gamegraph/event-bus';
import type { Head } from '@gamegraph/identity';
import type { EntityManager } from '@mikro-orm/postgresql';
import { insertEvents, type RecordedEvent } from '../events/outbox.js';
import { failpoint } from '../service/failpoint.js';
import { currentScope } from '../service/request-scope.js';
import { isRetryable } from './sql.js';

const ATTEMPTS = 5;

const recorded = new WeakMap<EntityManager, RecordedEvent[]>();
const afterwards = new WeakMap<EntityManager, (() => void)[]>();
const commitListeners = new Set<() => void>();

/**
 * Runs `work` in one transaction: what it changes and the events that it records are both kept, or neither.
 *
 * It may run more than once (a deadlock, a lost race), so it touches nothing but the database; and it loads what it
 * changes itself, through `tx`. The events are inserted last: locks on aggregates always come before locks on heads.
 *
 * @param who whose transaction it is, for failpoints
 */
export async function transact<T>(
  em: EntityManager,
  work: (tx: EntityManager) => Promise<T>,
  who = currentScope() ? 'request' : 'job',
): Promise<T> {
  const outer = recorded.get(em);
  if (outer) return work(em); // already inside: one transaction, one outcome
  for (let attempt = 1; ; attempt++) {
    try {
      let moved: Head[] = [];
      let toDo: (() => void)[] = [];
      await failpoint(who, 'begin');
      const result = await em.transactional(
        async tx => {
          const events: RecordedEvent[] = [];
          recorded.set(tx, events);
          afterwards.set(tx, (toDo = []));
          const value = await work(tx);
          await tx.flush();
          if (events.length > 0) moved = await insertEvents(tx, events);
          await failpoint(who, 'commit');
          return value;
        },
        { clear: true },
      );
      await failpoint(who, 'committed');
      if (moved.length > 0) {
        currentScope()?.moved.push(...moved);
        for (const listener of commitListeners) listener();
      }
      for (const step of toDo) step();
      return result;
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
    }
  }
}

/** Has the event published, once and in order, if and only if the transaction of `tx` commits. */
export function record(tx: EntityManager, event: DomainEvent<AggregateState>, at: Date): void {
  const events = recorded.get(tx);
  if (!events) throw new Error(`${event.type} was recorded outside of transact().`);
  events.push({ event, at });
}

/** Calls `work` when, and only if, the transaction of `tx` has committed. For hints: a crash may come between. */
export function afterCommit(tx: EntityManager, work: () => void): void {
  const toDo = afterwards.get(tx);
  if (!toDo) throw new Error('afterCommit() was called outside of transact().');
  toDo.push(work);
}

/** Calls `listener` after each commit that recorded events. Returns how to stop that. */
export function onEventsCommitted(listener: () => void): () => void {
  commitListeners.add(listener);
  return () => commitListeners.delete(listener);
}
