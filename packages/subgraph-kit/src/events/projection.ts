import type { Aggregate, AggregateState, EventContract } from '@gamegraph/event-bus';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import { execute, query } from '../store/sql.js';
import type { Consumer, HandlerContext } from './consumer.js';
import type { Snapshot } from './source.js';

/** A read field, or a table of them, that events keep equal to what another subgraph owns. */
export interface Projection {
  consumer: Consumer;
  aggregate: Aggregate;
  /** Compares what is kept of these aggregates, and of any other between two ids, with the owner's word. */
  audit(em: EntityManager, snapshots: Snapshot[], range: IdRange): Promise<AuditedPage>;
  /** Makes what is kept of these aggregates equal to the owner's word, unless it is newer; forgets `gone` ones. */
  repair(em: EntityManager, snapshots: Snapshot[], gone: string[]): Promise<void>;
  /** Compares, or repairs, what is derived from all aggregates together. Returns what differed. */
  auditTotals(em: EntityManager, repair: boolean): Promise<Difference[]>;
  /** What is to be kept of an aggregate, for a rebuild's shadow; null when nothing is. */
  shadow(em: EntityManager, snapshot: Snapshot, at: Date): object | null;
  /** In a transaction that no consumer is beside, makes all that is kept as the shadow says. Returns how much was not. */
  swap(tx: EntityManager): Promise<number>;
}

/** Ids `> afterId`, and `<= uptoId` where that is given; or these ids. */
export type IdRange = { afterId: string; uptoId?: string | undefined } | { ids: string[] };

export interface AuditedPage {
  compared: number;
  /** Those that are not as the owner says; perhaps only because an event is still under way. */
  suspects: Suspect[];
}

/** What is kept under an id, and what should be. */
export interface Difference {
  id: string;
  owner: unknown;
  copy: unknown;
}

export interface Suspect extends Difference {
  /** The version up to which the consumer has come; compare it with the snapshot's. */
  copyVersion: number;
}

/** A consumer that wants aggregates' newest states, by whatever events they come: many at a time, in their order. */
export function followState(
  name: string,
  aggregate: Aggregate,
  keep: (em: EntityManager, changes: Change[]) => Promise<unknown>,
): Consumer {
  const changeOf = (
    event: EventContract,
    state: AggregateState,
    { envelope: { version }, at }: HandlerContext,
  ): Change => ({ id: state.id, version, state: event.endsAggregate ? null : state, at });
  const handlers = aggregate.events.map(event => ({
    event,
    handle: (state: AggregateState, context: HandlerContext) =>
      keep(context.em, [changeOf(event, state, context)]),
  }));
  return {
    name,
    topics: [aggregate.topic],
    handlers: new Map(handlers.map(handler => [handler.event.type, handler])),
    handleAll: (events, em) =>
      keep(
        em,
        events.map(({ subscription, data, context }) =>
          changeOf(subscription.event, data, context),
        ),
      ),
  };
}

/** How an aggregate is now, by an event; null when it is gone. */
export interface Change extends Omit<Snapshot, 'state'> {
  state: AggregateState | null;
  at: Date;
}

/** Whether an id lies in the range. */
export function within(id: RawBuilder<unknown>, range: IdRange): RawBuilder<unknown> {
  if ('ids' in range) return sql`${id} = ANY(${range.ids}::uuid[])`;
  const { afterId, uptoId } = range;
  return uptoId === undefined
    ? sql`${id} > ${afterId}::uuid`
    : sql`${id} > ${afterId}::uuid AND ${id} <= ${uptoId}::uuid`;
}

/** Adds to each row how far its consumer has come with it. */
export async function withPositions(
  em: EntityManager,
  consumer: string,
  topic: string,
  rows: Difference[],
): Promise<Suspect[]> {
  if (rows.length === 0) return [];
  const heads = await query<{ aggregateid: string; version: string }>(
    em,
    sql`SELECT aggregateid, version FROM events.inbox_head
        WHERE (consumer, aggregatetype) = (${consumer}, ${topic}) AND aggregateid = ANY(${rows.map(({ id }) => id)})`,
  );
  const versions = new Map(heads.map(({ aggregateid, version }) => [aggregateid, Number(version)]));
  return rows.map(row => ({ ...row, copyVersion: versions.get(row.id) ?? 0 }));
}

/**
 * Says that events up to the snapshot's version have had their effect, before a repair gives it to them. Returns false
 * when later ones have had theirs: the snapshot is not the owner's newest word.
 */
export async function setPosition(
  em: EntityManager,
  consumer: string,
  topic: string,
  snapshot: Snapshot,
): Promise<boolean> {
  if (snapshot.version === 0) return true;
  const isNewest = await execute(
    em,
    sql`INSERT INTO events.inbox_head AS head VALUES (${consumer}, ${topic}, ${snapshot.id}, ${snapshot.version})
        ON CONFLICT (consumer, aggregatetype, aggregateid)
        DO UPDATE SET version = excluded.version WHERE head.version <= excluded.version`,
  );
  if (!isNewest) return false;
  await execute(
    em,
    sql`DELETE FROM events.inbox_parked WHERE (consumer, aggregatetype, aggregateid) = (${consumer}, ${topic}, ${snapshot.id})
        AND version <= ${snapshot.version}`,
  );
  return true;
}
