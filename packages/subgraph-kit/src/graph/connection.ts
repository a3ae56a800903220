import type { EntityManager, EntityName } from '@mikro-orm/postgresql';
import { Max, Min } from 'class-validator';
import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { type RawBuilder, sql } from 'kysely';
import { ArgsType, type ClassType, Directive, Field, Int, ObjectType } from 'type-graphql';
import { query } from '../store/sql.js';
import { badInput } from './errors.js';
import { loaderOf } from './loader.js';

const FIRST_DEFAULT = 20;
const FIRST_MAX = 100;

@ObjectType({ description: 'Where a page lies in its list.' })
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Of the first edge; give it as `before` to page backwards.',
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of the last edge; give it as `after` to page forwards.',
  })
  endCursor!: string | null;
}

@ArgsType()
export class ConnectionArgs {
  @Field(() => Int, {
    nullable: true,
    description: `How many from the start: 1 to ${FIRST_MAX}, ${FIRST_DEFAULT} if not said.`,
  })
  @Min(1)
  @Max(FIRST_MAX)
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes behind this cursor.' })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: `How many from the end: 1 to ${FIRST_MAX}.` })
  @Min(1)
  @Max(FIRST_MAX)
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes before this cursor.' })
  before?: string | null;
}

/** One page of a list, as a connection resolves it. */
export interface Page<Node> {
  edges: { cursor: string; node: Node }[];
  pageInfo: PageInfo;
  /** Behind `totalCount`: only what is asked for is counted. */
  count(): Promise<number>;
}

/**
 * The Relay connection over a type, to extend:
 * `@ObjectType() class BuildConnection extends Connection(Build, 'Build') {}`.
 *
 * @param EdgeFields a class with fields of the edge's own; `ListOptions.edge` fills them
 * @see https://relay.dev/graphql/connections.htm
 */
export function Connection<T extends object>(
  node: ClassType<T>,
  name: string,
  EdgeFields: ClassType = NoFields,
) {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a list, and its place there.` })
  class Edge extends EdgeFields {
    @Field(() => String, { description: 'Its place in this list, in this order.' })
    cursor!: string;

    @Field(() => node)
    node!: T;
  }

  @ObjectType()
  abstract class ConnectionBase {
    @Field(() => [Edge])
    edges!: Edge[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;

    count!: () => Promise<number>;

    @Field(() => Int, { description: 'How many there are on all pages together.' })
    totalCount(): Promise<number> {
      return this.count();
    }
  }
  return ConnectionBase;
}

/** What edges say beside cursor and node, unless told otherwise: nothing. */
// oxlint-disable-next-line typescript/no-extraneous-class
class NoFields {}

/** One level of a list's order. The value is compared and kept in cursors as this SQL type, and is never null. */
export interface Order {
  by: RawBuilder<unknown>;
  type: 'text' | 'int8' | 'float8' | 'timestamptz' | 'uuid';
  descending?: boolean;
}

export interface ListOptions<Entity> {
  entity: EntityName<Entity>;
  /** The entity's table under the alias `e`, with what it is joined to. By default the table alone. */
  from?: RawBuilder<unknown>;
  where?: RawBuilder<unknown>[];
  /** The id comes last by itself, so that the order is total. */
  orderBy: Order[];
  /** What each edge says beside its node, by the name of its field. */
  edge?: Record<string, RawBuilder<unknown>>;
}

/** A page of a list: one statement, and a second one only when `totalCount` is asked for. */
export async function list<Entity extends { id: string }>(
  em: EntityManager,
  args: ConnectionArgs,
  options: ListOptions<Entity>,
): Promise<Page<Entity>> {
  const window = readWindow(args, options.orderBy);
  const { rows } = selection(em, options, window);
  const found = await query<Row>(em, rows);
  return pageOf(em, options, window, found, async () => {
    const [count] = await query<{ count: string }>(em, selection(em, options, window).count);
    return Number(count!.count);
  });
}

/**
 * As `list`, for a field of many parents at once: the pages of all parents of one moment in one statement.
 *
 * @param name the same for all calls that may share a statement: it stands for `options` (the field and its filter)
 * @param parent the column of `e`, or of what it is joined to, that refers to the parent
 */
export async function listOf<Entity extends { id: string }>(
  em: EntityManager,
  name: string,
  parent: { column: RawBuilder<unknown>; id: string },
  args: ConnectionArgs,
  options: ListOptions<Entity>,
): Promise<Page<Entity>> {
  const window = readWindow(args, options.orderBy);
  const batchName = `${name} ${JSON.stringify([args.first, args.after, args.last, args.before])}`;
  const ofParent = {
    ...options,
    where: [...(options.where ?? []), sql`${parent.column} = parent.id`],
  };
  const pages = loaderOf<string, Row[]>(em, batchName, async ids => {
    const found = await query<Row & { _parent: string }>(
      em,
      sql`SELECT parent.id AS _parent, page.* FROM unnest(${[...new Set(ids)]}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (${selection(em, ofParent, window).rows}) AS page`,
    );
    const byParent = Map.groupBy(found, row => row._parent);
    return ids.map(id => byParent.get(id) ?? []);
  });
  const counts = loaderOf<string, number>(em, `${batchName} count`, async ids => {
    const found = await query<{ _parent: string; count: string }>(
      em,
      sql`SELECT parent.id AS _parent, total.count FROM unnest(${[...new Set(ids)]}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (${selection(em, ofParent, window).count}) AS total`,
    );
    const byParent = new Map(found.map(row => [row._parent, Number(row.count)]));
    return ids.map(id => byParent.get(id) ?? 0);
  });
  return pageOf(em, options, window, await pages.load(parent.id), () => counts.load(parent.id));
}

/** Whether the operation asks for a field below the one that is being resolved; for what costs a statement of its own. */
export function isSelected(info: GraphQLResolveInfo, name: string): boolean {
  const within = (set: SelectionSetNode | undefined): boolean =>
    (set?.selections ?? []).some(node => {
      if (node.kind === Kind.FIELD) return node.name.value === name;
      if (node.kind === Kind.INLINE_FRAGMENT) return within(node.selectionSet);
      return within(info.fragments[node.name.value]?.selectionSet);
    });
  return info.fieldNodes.some(node => within(node.selectionSet));
}

type Row = Record<string, unknown> & { id: string };

/** A request for a page, checked. */
interface Window {
  size: number;
  backwards: boolean;
  after: string[] | undefined;
  before: string[] | undefined;
}

function readWindow({ first, after, last, before }: ConnectionArgs, orderBy: Order[]): Window {
  if (first != null && last != null) throw badInput('Ask for `first` or for `last`, not for both.');
  return {
    size: first ?? last ?? FIRST_DEFAULT,
    backwards: last != null,
    after: after == null ? undefined : decodeCursor(after, orderBy.length + 1),
    before: before == null ? undefined : decodeCursor(before, orderBy.length + 1),
  };
}

function selection<Entity extends object>(
  em: EntityManager,
  options: ListOptions<Entity>,
  window: Window,
) {
  const from = options.from ?? sql`${sql.table(em.getMetadata(options.entity).tableName)} AS e`;
  const where = sql.join(options.where?.length ? options.where : [sql`true`], sql` AND `);
  const order = [...options.orderBy.map(exact), { by: sql`e.id`, type: 'uuid' } satisfies Order];
  const beyond = (values: string[], behind: boolean) =>
    sql` AND ${beyondPosition(order, values, behind)}`;
  const directions = order.map(({ by, descending = false }) =>
    descending === window.backwards ? sql`${by} ASC` : sql`${by} DESC`,
  );
  const keys = order.map(({ by }, n) => sql`(${by})::text AS ${sql.ref(`_key${n}`)}`);
  const extras = Object.entries(options.edge ?? {}).map(
    ([name, value]) => sql`${value} AS ${sql.ref(`_edge_${name}`)}`,
  );
  return {
    rows: sql`SELECT e.*, ${sql.join([...keys, ...extras])} FROM ${from} WHERE ${where}${window.after ? beyond(window.after, true) : sql``}${
      window.before ? beyond(window.before, false) : sql``
    } ORDER BY ${sql.join(directions)} LIMIT ${window.size + 1}`,
    count: sql`SELECT count(*) AS count FROM ${from} WHERE ${where}`,
  };
}

/** A `real`, such as a similarity, is written shorter than it is: compared as float8, a cursor would lie beside its row. */
function exact(order: Order): Order {
  return order.type === 'float8' ? { ...order, by: sql`(${order.by})::float8` } : order;
}

/** Whether a row lies behind (or before) a position: (a, b) > (x, y), level by level where directions differ. */
function beyondPosition(order: Order[], values: string[], behind: boolean): RawBuilder<unknown> {
  const value = (n: number) => sql`${values[n]}::${sql.raw(order[n]!.type)}`;
  const greater = (n: number) => (order[n]!.descending ?? false) !== behind;
  if (order.every((_, n) => greater(n) === greater(0))) {
    const [left, right] = [order.map(({ by }) => by), order.map((_, n) => value(n))];
    return sql`(${sql.join(left)}) ${sql.raw(greater(0) ? '>' : '<')} (${sql.join(right)})`;
  }
  const levels = order.map((_, n) => {
    const equal = order.slice(0, n).map(({ by }, level) => sql`${by} = ${value(level)}`);
    return sql`(${sql.join([...equal, sql`${order[n]!.by} ${sql.raw(greater(n) ? '>' : '<')} ${value(n)}`], sql` AND `)})`;
  });
  return sql`(${sql.join(levels, sql` OR `)})`;
}

function pageOf<Entity extends { id: string }>(
  em: EntityManager,
  { entity, orderBy, edge = {} }: ListOptions<Entity>,
  { size, backwards, after, before }: Window,
  rows: Row[],
  count: () => Promise<number>,
): Page<Entity> {
  const more = rows.length > size;
  const shown = backwards ? rows.slice(0, size).reverse() : rows.slice(0, size);
  const edges = shown.map(row => ({
    ...Object.fromEntries(Object.keys(edge).map(name => [name, row[`_edge_${name}`]])),
    cursor: encodeCursor([...orderBy.map((_, n) => row[`_key${n}`] as string), row.id]),
    node: em.map<Entity>(entity, row as never),
  }));
  const [hasPrevious, hasNext] = backwards
    ? [more, before !== undefined]
    : [after !== undefined, more];
  return { edges, pageInfo: pageInfoOf(edges, hasPrevious, hasNext), count };
}

function pageInfoOf(
  edges: { cursor: string }[],
  hasPreviousPage: boolean,
  hasNextPage: boolean,
): PageInfo {
  return {
    hasPreviousPage,
    hasNextPage,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
}

function encodeCursor(values: string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

function decodeCursor(cursor: string, length: number): string[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (
      Array.isArray(values) &&
      values.length === length &&
      values.every(value => typeof value === 'string')
    ) {
      return values;
    }
  } catch {
    // said below
  }
  throw badInput('This cursor is not from this list, or is from the list in another order.');
}
