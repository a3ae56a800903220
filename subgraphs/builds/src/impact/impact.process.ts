import { isDeepStrictEqual } from 'node:util';
import { CompiledRules, RuleSet } from '@gamegraph/rules';
import { type Job, query, transact } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { breather, inSteps } from '../build/breather.js';
import { BuildContent, itemsOf, presentRevision } from '../build/build-content.js';
import { differenceOf } from '../build/build-patch.js';
import { Build } from '../build/build.entity.js';
import { readerOf } from '../build/review.process.js';
import type { GameData, GameDataVersions } from '../game-data/game-data-versions.js';
import type { ItemCopy } from '../item/item.projection.js';
import { count, emptyTally, type Tally } from './impact-tally.js';
import { ProposalCopy } from './proposal.projection.js';

const JOB = 'report impacts';
const EVERY_MS = 1_000;
const BUILDS_PER_STEP = 50;
const FIRST = '00000000-0000-0000-0000-000000000000';

export const impactTopic = (proposalId: string) => `impact:${proposalId}`;

interface Report {
  proposal_id: string;
  game_id: string;
  data_version: number;
  item_ids: string[] | null;
  after_build_id: string;
  tally: Tally;
}

/**
 * Says what a proposal would do to the builds of its game. A report begins when all parts of the proposal are here, and
 * goes through the builds by their ids, some in each transaction: who dies leaves the rest to the next. Should the game
 * release data meanwhile, it begins anew: it tells what would change from what is released.
 */
export const impactJob = (gameData: GameDataVersions): Job => {
  const compiled = new Map<string, GameData>(); // the last alone
  return {
    name: JOB,
    everyMs: EVERY_MS,
    async run(em, now) {
      await forget(em);
      await begin(em, gameData, now);
      const breathe = breather();
      await inSteps(JOB, () => step(em, gameData, compiled, now, breathe));
    },
  };
};

/** The proposal is gone. */
function forget(em: EntityManager): Promise<unknown> {
  return query(
    em,
    sql`DELETE FROM impact_report AS r
        WHERE NOT EXISTS (SELECT FROM proposal_copy AS p WHERE p.id = r.proposal_id)`,
  );
}

function begin(em: EntityManager, gameData: GameDataVersions, at: Date): Promise<void> {
  return transact(em, async tx => {
    const whole = await query<{ id: string }>(
      tx,
      sql`SELECT p.id FROM proposal_copy AS p
          WHERE NOT EXISTS (SELECT FROM impact_report AS r WHERE r.proposal_id = p.id)
            AND p.parts_count = (SELECT count(*) FROM proposed_items_copy AS i WHERE i.proposal_id = p.id)
          ORDER BY p.id`,
    );
    for (const { id } of whole) await beginOne(tx, gameData, id, at);
  });
}

/** Only the builds that use what is changed are gone through, if the rules stay what they are. */
async function beginOne(
  tx: EntityManager,
  gameData: GameDataVersions,
  id: string,
  at: Date,
): Promise<void> {
  const { gameId, definition } = await tx.findOneOrFail(ProposalCopy, id);
  const newest = await gameData.newest(tx, gameId);
  const itemIds = isDeepStrictEqual(newest?.rules.rules, RuleSet.parse(definition))
    ? sql`(SELECT coalesce(array_agg((item->>'id')::uuid), '{}')
           FROM proposed_items_copy, jsonb_array_elements(items) AS item WHERE proposal_id = ${id})`
    : sql`NULL::uuid[]`;
  await query(
    tx,
    sql`WITH concerned AS (SELECT ${itemIds} AS item_ids)
        INSERT INTO impact_report (proposal_id, game_id, data_version, item_ids, builds_count, builds_done,
          after_build_id, tally, started_at)
        SELECT ${id}, ${gameId}, ${newest?.version ?? 0}, c.item_ids,
          (SELECT count(*) FROM build AS b WHERE b.game_id = ${gameId} AND (c.item_ids IS NULL OR b.item_ids && c.item_ids)),
          0, ${FIRST}, ${JSON.stringify(emptyTally())}, ${at}
        FROM concerned AS c
        ON CONFLICT (proposal_id) DO UPDATE SET (data_version, item_ids, builds_count, builds_done, after_build_id, tally) =
          (excluded.data_version, excluded.item_ids, excluded.builds_count, 0, excluded.after_build_id, excluded.tally)`,
  );
}

/** Some builds of the report that waits longest. Returns whether there was one. */
function step(
  em: EntityManager,
  gameData: GameDataVersions,
  compiled: Map<string, GameData>,
  at: Date,
  breathe: () => Promise<void>,
): Promise<boolean> {
  return transact(em, async tx => {
    const [report] = await query<Report>(
      tx,
      sql`SELECT * FROM impact_report WHERE finished_at IS NULL
          ORDER BY started_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
    if (!report) return false;
    const { proposal_id: id, game_id: gameId, item_ids: itemIds, tally } = report;
    const newest = await gameData.newest(tx, gameId);
    if (newest && newest.version !== report.data_version) {
      await beginOne(tx, gameData, id, at);
      return true;
    }
    const found = await query<{ id: string }>(
      tx,
      sql`SELECT id FROM build WHERE game_id = ${gameId} AND id > ${report.after_build_id}
          ${itemIds ? sql`AND item_ids && ${itemIds}::uuid[]` : sql``} ORDER BY id LIMIT ${BUILDS_PER_STEP}`,
    );
    const ids = found.map(one => one.id);
    const reading = readerOf(tx);
    // Locked, so that none is saved or deleted before its revision is read.
    const builds = await reading.find(
      Build,
      { id: { $in: ids } },
      { lockMode: LockMode.PESSIMISTIC_READ, orderBy: { id: 'asc' } },
    );
    const revisions = await Promise.all(builds.map(build => presentRevision(reading, build)));
    const items = await itemsOf(reading, revisions);
    const proposed = await proposedOf(tx, id, items);
    const draft = await draftOf(tx, id, compiled);
    for (const [n, build] of builds.entries()) {
      await breathe();
      const revision = revisions[n]!;
      const difference =
        newest && draft
          ? differenceOf(
              new BuildContent(revision, newest, items).side,
              new BuildContent(revision, draft, proposed).side,
            )
          : null;
      count(tally, build, difference, place => {
        const { itemId, name } = revision.pins[place]!;
        return { id: itemId, name };
      });
    }
    const isDone = ids.length < BUILDS_PER_STEP;
    await query(
      tx,
      sql`UPDATE impact_report SET builds_done = builds_done + ${ids.length}, tally = ${JSON.stringify(tally)},
            after_build_id = ${ids.at(-1) ?? report.after_build_id}, finished_at = ${isDone ? at : null}
          WHERE proposal_id = ${id}`,
    );
    const announcement = [{ topic: impactTopic(id), id }];
    await query(tx, sql`SELECT pg_notify('live', ${JSON.stringify(announcement)})`);
    return true;
  });
}

/** These items as they would be. */
async function proposedOf(
  tx: EntityManager,
  proposalId: string,
  items: ReadonlyMap<string, ItemCopy>,
): Promise<ReadonlyMap<string, ItemCopy>> {
  const changed = await query<{ item: ItemCopy }>(
    tx,
    sql`SELECT item FROM proposed_items_copy, jsonb_array_elements(items) AS item
        WHERE proposal_id = ${proposalId} AND item->>'id' = ANY(${[...items.keys()]}::text[])`,
  );
  const proposed = new Map(items);
  for (const { item } of changed) proposed.set(item.id, { ...items.get(item.id)!, ...item });
  return proposed;
}

/** The rules as they would be, or null when the proposal is gone. */
async function draftOf(
  tx: EntityManager,
  proposalId: string,
  compiled: Map<string, GameData>,
): Promise<GameData | null> {
  const known = compiled.get(proposalId);
  if (known) return known;
  const proposal = await tx.findOne(ProposalCopy, proposalId);
  if (!proposal) return null;
  const data = {
    id: proposalId,
    version: 0,
    rules: new CompiledRules(RuleSet.parse(proposal.definition)),
  };
  compiled.clear();
  compiled.set(proposalId, data);
  return data;
}
