import { isDeepStrictEqual } from 'node:util';
import {
  costOfBuild,
  costOfItem,
  explainStat,
  type Explanation,
  type Outcome,
  type RuleItem,
  type Sensitivity,
  sensitivityOf,
  settingsOf,
  type StatValue,
  workOut,
} from '@gamegraph/rules';
import { loaderOf, notFound, query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { BuildsContext } from '../context.js';
import type { GameData } from '../game-data/game-data-versions.js';
import { findItems, type ItemCopy } from '../item/item.projection.js';
import { Item } from '../item/item.stub.js';
import type { BuildItem } from './build-item.type.js';
import type { BuildParameter } from './build-outcome.type.js';
import { type BuildDifference, type BuildSide, ownValue, patchOf } from './build-patch.js';
import { BuildRevision, type Pin } from './build-revision.entity.js';
import type { Build } from './build.entity.js';

/** What a revision consists of, by the newest data of its game and the newest state of its items. */
export class BuildContent {
  #outcome: Outcome | undefined;

  constructor(
    private readonly revision: BuildRevision,
    private readonly data: GameData | null,
    private readonly items: ReadonlyMap<string, ItemCopy>,
  ) {}

  /** Worked out once, however many fields ask. */
  get outcome(): Outcome {
    this.#outcome ??= this.data
      ? workOut(this.data.rules, this.content)
      : { stats: [], violations: [] };
    return this.#outcome;
  }

  get side(): BuildSide {
    return { placements: this.content.placements, outcome: this.outcome };
  }

  /**
   * What patches made of it since it was saved; null when that is nothing.
   *
   * @param pinned the data that it was saved for
   */
  patchSince(pinned: GameData | null): BuildDifference | null {
    return this.data && patchOf(this.revision, pinned, this.side);
  }

  get parameters(): BuildParameter[] {
    if (!this.data) return [];
    return settingsOf(this.data.rules.rules, this.revision.parameters).map(
      ({ key, name, value }) => {
        const isNumber = typeof value === 'number';
        return { key, name, value: isNumber ? value : null, choice: isNumber ? null : value };
      },
    );
  }

  /** Null when the game has no such stat. @throws FormulaError when it has no value */
  explain(stat: string): Explanation<number> | null {
    const isKnown = this.data?.rules.rules.stats.some(({ key }) => key === stat) ?? false;
    return isKnown ? explainStat(this.data!.rules, this.content, stat) : null;
  }

  get sensitivity(): Sensitivity[] {
    return this.data ? sensitivityOf(this.data.rules, this.content) : [];
  }

  /** What its items cost together, as a stat; null where the game says of nothing what it costs. */
  get cost(): StatValue | null {
    const rules = this.data?.rules.rules;
    const definition = rules?.attributes.find(({ key }) => key === rules.cost);
    if (!rules || !definition) return null;
    const { key, name, unit } = definition;
    return { key, name, unit, value: costOfBuild(rules, this.content), problem: null };
  }

  get buildItems(): BuildItem[] {
    const filled = new Map<string, number>();
    return this.revision.pins.map(pin => {
      const position = filled.get(pin.slot) ?? 0;
      filled.set(pin.slot, position + 1);
      const newest = this.#newest(pin);
      const { name, category, iconUrl, isRemoved, attributes } = newest;
      return {
        ...{ slot: pin.slot, position, item: new Item(pin.itemId) },
        ...{ name, category, iconUrl, isRemoved, socket: pin.socket ?? null },
        cost: this.data && !isRemoved ? costOfItem(this.data.rules.rules, newest) : null,
        attributes: this.#attributesOf(attributes, pin.attributes),
      };
    });
  }

  /** What engines work it out from. */
  get content() {
    const placements = this.revision.pins.map(pin => ({
      ...{ slot: pin.slot, item: this.#newest(pin) },
      ...(pin.socket && { socket: pin.socket }),
    }));
    return { placements, parameters: this.revision.parameters };
  }

  /** While the copy is being rebuilt it may lack an item; what was pinned stands in for it. */
  #newest(pin: Pin) {
    return this.items.get(pin.itemId) ?? { ...pin, isRemoved: false };
  }

  #attributesOf(now: RuleItem['attributes'], pinned: RuleItem['attributes']) {
    const defined = this.data?.rules.rules.attributes ?? [];
    const keys = new Set([
      ...defined.map(({ key }) => key),
      ...Object.keys(now),
      ...Object.keys(pinned),
    ]);
    return [...keys]
      .map(key => {
        const { name = key, unit = null } = defined.find(each => each.key === key) ?? {};
        const [value, pinnedValue] = [ownValue(now, key), ownValue(pinned, key)];
        return {
          key,
          name,
          unit,
          value,
          pinnedValue,
          isChanged: !isDeepStrictEqual(value, pinnedValue),
        };
      })
      .filter(({ value, pinnedValue }) => value !== null || pinnedValue !== null);
  }
}

/** What a build consists of in its present revision: three or four statements for all builds of one moment. */
export async function contentOf(context: BuildsContext, build: Build): Promise<BuildContent> {
  return contentOfRevision(context, await presentRevision(context.em, build));
}

export function contentOfRevision(
  { em, gameData }: BuildsContext,
  revision: BuildRevision,
): Promise<BuildContent> {
  const loader = loaderOf<BuildRevision, BuildContent>(em, 'build content', async revisions => {
    const distinct = [...new Set(revisions)];
    const [items, data] = await Promise.all([
      itemsOf(em, distinct),
      Promise.all(distinct.map(({ gameId }) => gameData.newest(em, gameId))),
    ]);
    const contents = new Map(
      distinct.map((each, n) => [each, new BuildContent(each, data[n]!, items)]),
    );
    return revisions.map(each => contents.get(each)!);
  });
  return loader.load(revision);
}

/** A revision of a build by its number, or null: one statement for all of one moment. */
export function revisionOf(
  em: EntityManager,
  buildId: string,
  number: number,
): Promise<BuildRevision | null> {
  const loader = loaderOf<{ buildId: string; number: number }, BuildRevision | null>(
    em,
    'revision by number',
    async keys => {
      const found = await em.find(BuildRevision, { $or: [...keys] });
      const byKey = new Map(found.map(one => [`${one.buildId} ${one.number}`, one]));
      return keys.map(key => byKey.get(`${key.buildId} ${key.number}`) ?? null);
    },
  );
  return loader.load({ buildId, number });
}

/** @throws GraphError NOT_FOUND when the build was deleted meanwhile */
export async function presentRevision(em: EntityManager, build: Build): Promise<BuildRevision> {
  const loader = loaderOf<string, BuildRevision | null>(em, 'present revision', async ids => {
    const rows = await query<{ build_id: string }>(
      em,
      sql`SELECT r.* FROM build AS b JOIN build_revision AS r ON (r.build_id, r.number) = (b.id, b.revision)
          WHERE b.id = ANY(${[...new Set(ids)]}::uuid[])`,
    );
    const byBuild = new Map(rows.map(row => [row.build_id, em.map(BuildRevision, row)]));
    return ids.map(id => byBuild.get(id) ?? null);
  });
  const revision = await loader.load(build.id);
  if (!revision) throw notFound('Build');
  return revision;
}

/** The newest state of all items that these revisions use, by their ids. */
export function itemsOf(
  em: EntityManager,
  revisions: BuildRevision[],
  { locked = false } = {},
): Promise<Map<string, ItemCopy>> {
  const ids = revisions.flatMap(({ pins }) => pins.map(({ itemId }) => itemId));
  return findItems(em, ids, { locked });
}
