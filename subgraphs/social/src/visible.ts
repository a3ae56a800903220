import { loaderOf, query, type Viewer } from '@gamegraph/subgraph-kit';
import type { EntityManager, EntityName } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';

/** What of an entity a viewer may see, as `list` takes it: the table under the alias `e`, joined and filtered. */
export interface Visible<Entity> {
  entity: EntityName<Entity>;
  from: RawBuilder<unknown>;
  where: RawBuilder<unknown>[];
}

/** The viewer's id in a statement. Of nobody it is null, which equals no id. */
export function idOf(viewer: Viewer | undefined): RawBuilder<string | null> {
  return sql`${viewer?.userId ?? null}::uuid`;
}

/** As the kit's `load`, for rows that are not for everyone: null also for what the viewer may not see. */
export function loadVisible<Entity extends { id: string }>(
  em: EntityManager,
  { entity, from, where }: Visible<Entity>,
  id: string,
): Promise<Entity | null> {
  const name = `visible ${em.getMetadata(entity).className}`;
  const loader = loaderOf<string, Entity | null>(em, name, async ids => {
    const wanted = sql`e.id = ANY(${[...new Set(ids)]}::uuid[])`;
    const rows = await query<{ id: string }>(
      em,
      sql`SELECT e.* FROM ${from} WHERE ${sql.join([wanted, ...where], sql` AND `)}`,
    );
    const found = new Map(rows.map(row => [row.id, em.map<Entity>(entity, row as never)]));
    return ids.map(one => found.get(one) ?? null);
  });
  return loader.load(id);
}
