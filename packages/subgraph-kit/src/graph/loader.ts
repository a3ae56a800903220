import type { EntityManager, EntityName, FilterQuery } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';

const loaders = new WeakMap<EntityManager, Map<unknown, DataLoader<never, unknown>>>();

/**
 * The loader that `make` makes, one for each request and `name`: calls of one moment become one batch.
 *
 * @param name anything that is equal for calls that may share a batch: an entity, or a string
 */
export function loaderOf<Key, Value>(
  em: EntityManager,
  name: unknown,
  batch: (keys: readonly Key[]) => Promise<ArrayLike<Value | Error>>,
): DataLoader<Key, Value> {
  const ofRequest = loaders.get(em) ?? new Map<unknown, DataLoader<never, unknown>>();
  loaders.set(em, ofRequest);
  let loader = ofRequest.get(name) as DataLoader<Key, Value> | undefined;
  if (!loader) {
    loader = new DataLoader<Key, Value>(batch, { cache: false, maxBatchSize: 1_000 });
    ofRequest.set(name, loader);
  }
  return loader;
}

/** The entity with this id, or null: one statement for all that are asked for in one moment. */
export function load<Entity extends { id: string }>(
  em: EntityManager,
  entity: EntityName<Entity>,
  id: string,
): Promise<Entity | null> {
  const loader = loaderOf<string, Entity | null>(em, entity, async ids => {
    const found = await em.find(entity, {
      id: { $in: [...new Set(ids)] },
    } as unknown as FilterQuery<NoInfer<Entity>>);
    const byId = new Map(found.map(one => [one.id, one as Entity]));
    return ids.map(wanted => byId.get(wanted) ?? null);
  });
  return loader.load(id);
}

/** The entities whose `property` is this value, in the given order: one statement for all values of one moment. */
export function loadBy<Entity extends object, Property extends keyof Entity & string>(
  em: EntityManager,
  entity: EntityName<Entity>,
  property: Property,
  value: Entity[Property],
  orderBy?: object,
): Promise<Entity[]> {
  const loader = loaderOf<Entity[Property], Entity[]>(
    em,
    `${em.getMetadata(entity).className}.${property}`,
    async values => {
      const found = await em.find(
        entity,
        { [property]: { $in: [...new Set(values)] } } as unknown as FilterQuery<NoInfer<Entity>>,
        {
          ...(orderBy && { orderBy: orderBy as never }),
        },
      );
      const groups = Map.groupBy(found as Entity[], one => one[property]);
      return values.map(wanted => groups.get(wanted) ?? []);
    },
  );
  return loader.load(value);
}
