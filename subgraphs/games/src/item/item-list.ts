import { faultOfType, isNumeric } from '@gamegraph/rules';
import {
  badInput,
  type ConnectionArgs,
  faultOfText,
  listOf,
  loaderOf,
  type Order,
  type Page,
  query,
  tidy,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { type AttributeDefinition, AttributeType } from '../game-data/definitions.js';
import { gameDataOf } from '../game-data/game-data.entity.js';
import type { Game } from '../game/game.entity.js';
import { ItemRevision } from './item-revision.entity.js';
import { Item } from './item.entity.js';
import {
  type ItemAttributeFilter,
  ItemAttributeSort,
  ItemFilter,
  ItemSort,
} from './item.inputs.js';

const CATEGORIES_MAX = 200;

@ArgsType()
export class ItemsArgs {
  @Field(() => String, { nullable: true, description: 'Words like those of its name.' })
  search?: string | null;

  @Field(() => ItemFilter, { nullable: true })
  filter?: ItemFilter | null;

  @Field(() => ItemSort, {
    nullable: true,
    description: 'If not given: by likeness with a search, else by name.',
  })
  sort?: ItemSort | null;

  @Field(() => ItemAttributeSort, { nullable: true, description: 'Goes before `sort`.' })
  sortByAttribute?: ItemAttributeSort | null;

  @Field(() => Int, {
    nullable: true,
    description: "The items as a version of the game's data had them. If not given: the newest.",
  })
  atVersion?: number | null;
}

@ObjectType({ description: 'A category, and how many items are in it.' })
export class ItemCategory {
  @Field(() => String)
  category!: string;

  @Field(() => Int)
  count!: number;
}

const ORDERS: Record<ItemSort, Order[]> = {
  [ItemSort.NAME]: [{ by: sql`lower(e.name)`, type: 'text' }],
  [ItemSort.CATEGORY]: [
    { by: sql`e.category`, type: 'text' },
    { by: sql`lower(e.name)`, type: 'text' },
  ],
};

/** A page of a game's items, and their categories. The pages of many games share their statements. */
export async function listItems(
  em: EntityManager,
  game: Game,
  wanted: ItemsArgs,
  page: ConnectionArgs,
) {
  const { search, filter, sort, sortByAttribute } = wanted;
  const version = wanted.atVersion ?? game.dataVersion;
  if (version < 0 || version > game.dataVersion) {
    throw badInput(`There is no version ${version}; the newest is ${game.dataVersion}.`);
  }
  const isNewest = version === game.dataVersion;
  const attributes = filter?.attributes ?? [];
  const keys = [...attributes, ...(sortByAttribute ? [sortByAttribute] : [])].map(({ key }) => key);
  const definitions = await definitionsOf(em, game.id, version, keys);
  const found = search == null ? undefined : searching(search);
  const inAnyCategory = [
    sql`NOT e.is_removed`,
    ...(isNewest ? [] : [isAsOf(version)]),
    ...(found ? [found.condition] : []),
    ...(filter?.slot == null ? [] : [sql`${filter.slot} = ANY(e.slots)`]),
    ...attributes.flatMap(each => conditionsOn(each, definitions.get(each.key)!)),
  ];
  const category = filter?.category;
  const options = {
    where: category == null ? inAnyCategory : [...inAnyCategory, sql`e.category = ${category}`],
    orderBy: [
      ...(sortByAttribute
        ? orderBy(definitions.get(sortByAttribute.key)!, sortByAttribute.descending)
        : []),
      ...(found && sort == null ? [found.order] : []),
      ...ORDERS[sort ?? ItemSort.NAME],
    ],
  };
  const types = [...definitions.values()].map(({ type }) => type);
  const name = `Game.items ${JSON.stringify([isNewest || version, { ...wanted, atVersion: null }, types])}`;
  const parent = { column: sql`e.game_id`, id: game.id };
  const items = isNewest
    ? await listOf(em, name, parent, page, { entity: Item, ...options })
    : asOf(version, await listOf(em, name, parent, page, { entity: ItemRevision, ...options }));
  const table = isNewest ? sql`item` : sql`item_revision`;
  return {
    ...items,
    countCategories: () => countCategories(em, name, game.id, table, inAnyCategory),
  };
}

function countCategories(
  em: EntityManager,
  name: string,
  gameId: string,
  table: RawBuilder<unknown>,
  where: RawBuilder<unknown>[],
): Promise<ItemCategory[]> {
  const loader = loaderOf<string, ItemCategory[]>(em, `${name} categories`, async ids => {
    const found = await query<ItemCategory & { game_id: string }>(
      em,
      sql`SELECT parent.id AS game_id, counted.* FROM unnest(${[...new Set(ids)]}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT e.category, count(*)::int FROM ${table} AS e
            WHERE e.game_id = parent.id AND ${sql.join(where, sql` AND `)}
            GROUP BY e.category ORDER BY count(*) DESC, e.category LIMIT ${CATEGORIES_MAX}) AS counted
          ORDER BY counted.count DESC, counted.category`,
    );
    const byGame = Map.groupBy(found, row => row.game_id);
    return ids.map(id => byGame.get(id) ?? []);
  });
  return loader.load(gameId);
}

/**
 * The definitions of these attributes, by key.
 *
 * @throws GraphError BAD_USER_INPUT when there is none with that key
 */
async function definitionsOf(em: EntityManager, gameId: string, version: number, keys: string[]) {
  if (keys.length === 0) return new Map<string, AttributeDefinition>();
  const data = await gameDataOf(em, gameId, version);
  const known = new Map((data?.attributes ?? []).map(definition => [definition.key, definition]));
  const unknown = keys.find(key => !known.has(key));
  if (unknown !== undefined) {
    const all = [...known.keys()].join(', ') || 'none';
    throw badInput(`There is no attribute "${unknown}". There are: ${all}.`);
  }
  return new Map(keys.map(key => [key, known.get(key)!]));
}

/** The value of a number as a number, also next to rows of other games in which the key is something else. */
function numberOf(key: string): RawBuilder<unknown> {
  const value = sql`(e.attributes->${key}::text)`;
  return sql`CASE WHEN jsonb_typeof${value} = 'number' THEN ${value}::float8 END`;
}

function conditionsOn(
  { key, min, max, equals }: ItemAttributeFilter,
  definition: AttributeDefinition,
): RawBuilder<unknown>[] {
  if ((min != null || max != null) && !isNumeric(definition)) {
    throw badInput(`min and max are for numbers, and "${key}" is ${definition.type}.`);
  }
  const fault = equals == null ? undefined : faultOfType(equals, definition);
  if (fault) throw badInput(`equals of "${key}" ${fault}.`);
  return [
    ...(min == null ? [] : [sql`${numberOf(key)} >= ${min}::float8`]),
    ...(max == null ? [] : [sql`${numberOf(key)} <= ${max}::float8`]),
    ...(equals == null ? [] : [sql`e.attributes @> ${JSON.stringify({ [key]: equals })}::jsonb`]),
  ];
}

function orderBy(definition: AttributeDefinition, descending: boolean): Order[] {
  const { key, type } = definition;
  const text = sql`e.attributes->>${key}::text`;
  const isMissing: Order = { by: sql`(${text} IS NULL)::int`, type: 'int8' };
  if (isNumeric(definition)) {
    return [isMissing, { by: sql`coalesce(${numberOf(key)}, 0)`, type: 'float8', descending }];
  }
  // `false` comes before `true` as words, too.
  const collation = type === AttributeType.TEXT ? sql`lower(${text})` : text;
  return [isMissing, { by: sql`coalesce(${collation}, '')`, type: 'text', descending }];
}

function searching(search: string) {
  const fault = faultOfText(search, { max: 100 });
  if (fault) throw badInput(`search ${fault}.`);
  const words = tidy(search).toLowerCase();
  const order: Order = {
    by: sql`word_similarity(${words}, lower(e.name))::float8`,
    type: 'float8',
    descending: true,
  };
  return { condition: sql`${words} <% lower(e.name)`, order };
}

/** Whether a revision is the one that a version of the data shows. */
function isAsOf(version: number): RawBuilder<unknown> {
  return sql`e.data_version = (SELECT max(r.data_version) FROM item_revision AS r
    WHERE r.item_id = e.item_id AND r.data_version <= ${version})`;
}

function asOf(version: number, page: Page<ItemRevision>): Page<Item> {
  const edges = page.edges.map(edge => ({ ...edge, node: edge.node.asOf(version) }));
  return { ...page, edges };
}
