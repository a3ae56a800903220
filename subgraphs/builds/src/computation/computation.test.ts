import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { userDeleted } from '@gamegraph/event-contracts';
import { GraphError, query, type SubgraphParts } from '@gamegraph/subgraph-kit';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { builds } from '../subgraph.js';
import { givenBuild, givenGame, givenUser } from '../testing.js';
import {
  askFor,
  type AskingContext,
  cancel,
  type Computations,
  resume,
} from './computation-asking.js';
import { expiryJob } from './computation-end.process.js';
import { startComputations } from './computations.js';
import { KINDS } from './testing-kinds.js';

const COUNTING = { kinds: KINDS, kindsUrl: new URL('./testing-kinds.js', import.meta.url) };
const A_WHILE = { to: 400, stepMs: 5 };

let graph: TestSubgraph;
let parts: SubgraphParts;
let gameDataId: string;
before(async () => {
  graph = await testSubgraph({
    ...builds,
    services: given => {
      parts = given;
      return builds.services!(given);
    },
  });
  await givenGame(graph);
  const [row] = await query<{ id: string }>(graph.em(), sql`SELECT id FROM game_data_copy`);
  gameDataId = row!.id;
});
after(() => graph.stop());

/** Runs computations as a process does, until the test is over or `stop` is called. */
function givenProcess(
  t: { after(step: () => Promise<unknown>): void },
  env: NodeJS.ProcessEnv = {},
) {
  const stops: (() => Promise<unknown>)[] = [];
  const onStop = (step: () => Promise<unknown>) => void stops.push(step);
  const computations = startComputations({ ...parts, env, onStop }, COUNTING);
  const stop = async () => {
    for (const step of stops.splice(0)) await step();
  };
  t.after(stop);
  return { computations, stop };
}

const NOBODY: Computations = { kinds: KINDS, perUser: 3, wake: () => {} };

function context(computations = NOBODY): AskingContext {
  return { em: graph.em(), now: parts.now, live: parts.live, computations };
}

/** Has something counted that nobody else has. */
function count(
  question: object,
  { by = uuidv7(), computations = NOBODY, buildIds = [] as string[] } = {},
) {
  const asked = { kind: 'COUNTING', gameDataId, buildIds, question, material: uuidv7() };
  return askFor(context(computations), by, asked);
}

interface Row {
  state: string;
  problem: string | null;
  progress: { count: number; runs: number } | null;
  checkpoint: object | null;
  material: unknown;
}

async function seen(id: string): Promise<Row> {
  const rows = await query<Row>(
    graph.em(),
    sql`SELECT state, problem, progress, checkpoint, material FROM computation WHERE id = ${id}`,
  );
  return (
    rows[0] ?? { state: 'GONE', problem: null, progress: null, checkpoint: null, material: null }
  );
}

async function reaches(id: string, ...states: string[]): Promise<Row> {
  await until(`it is ${states.join(' or ')}`, async () => states.includes((await seen(id)).state));
  return seen(id);
}

async function hasBegun(id: string): Promise<void> {
  await until('it has begun', async () => ((await seen(id)).progress?.count ?? 0) > 0);
}

describe('a computation', () => {
  it('comes to its result, and keeps nothing that it is not needed for', async t => {
    const { computations } = givenProcess(t);
    const row = await reaches(await count({ to: 1_000 }, { computations }), 'DONE');
    assert.deepEqual(row.progress, { count: 1_000, runs: 1 });
    assert.deepEqual([row.checkpoint, row.material, row.problem], [null, null, null]);
  });

  it('is one for all who ask the same of the same builds', async t => {
    const { computations } = givenProcess(t);
    const asked = { kind: 'COUNTING', gameDataId, question: { to: 5 }, material: null };
    const buildIds = [uuidv7()];
    const ids = await Promise.all(
      [uuidv7(), uuidv7()].map(by => askFor(context(computations), by, { ...asked, buildIds })),
    );
    assert.equal(ids[0], ids[1]);
    await reaches(ids[0]!, 'DONE');
    assert.equal(await askFor(context(), uuidv7(), { ...asked, buildIds }), ids[0]);
    assert.equal((await seen(ids[0]!)).state, 'DONE');
    const others = { ...asked, buildIds: [uuidv7()] };
    assert.notEqual(await askFor(context(), uuidv7(), others), ids[0]);
    const own = { ...asked, buildIds: [] };
    const [mine, theirs] = [uuidv7(), uuidv7()];
    const id = await askFor(context(), mine, own);
    assert.equal(await askFor(context(), mine, own), id);
    assert.notEqual(await askFor(context(), theirs, own), id);
  });

  it('is run by one of several processes, once', async t => {
    const processes = [givenProcess(t, { COMPUTATION_THREADS: '2' }), givenProcess(t)];
    const { computations } = processes[0]!;
    const ids = await Promise.all(
      Array.from({ length: 12 }, (_, n) => count({ to: n, stepMs: 1 }, { computations })),
    );
    for (const [n, id] of ids.entries())
      assert.deepEqual((await reaches(id, 'DONE')).progress, { count: n, runs: 1 });
  });

  it('goes on from its checkpoint elsewhere when its process has died', async t => {
    const first = givenProcess(t);
    const id = await count(A_WHILE, { computations: first.computations });
    await hasBegun(id);
    // As if another had taken it over, and had died of that: the first may write no more.
    await query(
      graph.em(),
      sql`UPDATE computation SET lease_id = ${uuidv7()}, lease_until = '-infinity' WHERE id = ${id}`,
    );
    givenProcess(t);
    assert.deepEqual((await reaches(id, 'DONE')).progress, { count: A_WHILE.to, runs: 2 });
  });

  it('is written by none but who holds its lease', async t => {
    const { computations } = givenProcess(t);
    const id = await count(A_WHILE, { computations });
    await hasBegun(id);
    await query(
      graph.em(),
      sql`UPDATE computation SET lease_id = ${uuidv7()}, lease_until = 'infinity', progress = '{"count": -1}' WHERE id = ${id}`,
    );
    // Its one thread is free for this once it has left the other.
    await reaches(await count({ to: 1 }, { computations }), 'DONE');
    const { state, progress } = await seen(id);
    assert.deepEqual([state, progress], ['RUNNING', { count: -1 }]);
  });

  it('is given up when processes keep dying of it', async t => {
    const id = await count({ to: 1 });
    await query(
      graph.em(),
      sql`UPDATE computation SET attempts = 3, state = 'RUNNING', lease_until = '-infinity' WHERE id = ${id}`,
    );
    givenProcess(t);
    assert.match((await reaches(id, 'FAILED')).problem!, /ended its process/);
  });

  it('goes back into the queue when its process stops', async t => {
    const { computations, stop } = givenProcess(t);
    const id = await count(A_WHILE, { computations });
    await hasBegun(id);
    await stop();
    assert.equal((await seen(id)).state, 'QUEUED');
    givenProcess(t);
    assert.deepEqual((await reaches(id, 'DONE')).progress, { count: A_WHILE.to, runs: 2 });
  });

  it('makes room for others, and goes on later', async t => {
    const { computations } = givenProcess(t, { COMPUTATION_TURN_SECONDS: '0' });
    const ids = await Promise.all([1, 2].map(() => count(A_WHILE, { computations })));
    for (const id of ids) {
      const { progress } = await reaches(id, 'DONE');
      assert.equal(progress!.count, A_WHILE.to);
      assert.ok(progress!.runs > 1, 'it was interrupted');
    }
  });

  it('fails with the reason that it gives, and not with more', async t => {
    const { computations } = givenProcess(t, { COMPUTATION_MEMORY_MB: '64' });
    const problem = async (ends: string) => {
      const id = await count({ to: 3, ends }, { computations });
      return (await reaches(id, 'FAILED', 'DONE')).problem;
    };
    assert.equal(await problem('refuses'), 'There is nothing to count.');
    assert.equal(await problem('throws'), 'It failed by a fault of ours.');
    assert.equal(await problem('hogs'), 'It needs more memory than it may have.');
    assert.equal(await problem('counts'), null);
  });
});

describe('cancelling a computation', () => {
  it('stops it where it is; asked again, it goes on from there', async t => {
    const { computations } = givenProcess(t);
    const by = uuidv7();
    const id = await count(A_WHILE, { by, computations });
    await hasBegun(id);
    await cancel(context(), by, id);
    await until('it has stopped', async () => {
      const held = await query(
        graph.em(),
        sql`SELECT 1 FROM computation WHERE id = ${id} AND lease_id IS NOT NULL`,
      );
      return held.length === 0;
    });
    const { state, progress } = await seen(id);
    assert.equal(state, 'CANCELLED');
    assert.ok(progress!.count > 0 && progress!.count < A_WHILE.to);
    await resume(context(computations), by, id);
    assert.deepEqual((await reaches(id, 'DONE')).progress, { count: A_WHILE.to, runs: 2 });
  });

  it('leaves it to others who want it too', async () => {
    const buildIds = [uuidv7()];
    const asked = { kind: 'COUNTING', gameDataId, buildIds, question: { to: 5 }, material: null };
    const [one, other] = [uuidv7(), uuidv7()];
    const id = await askFor(context(), one, asked);
    await askFor(context(), other, asked);
    await cancel(context(), one, id);
    assert.equal((await seen(id)).state, 'QUEUED');
    await cancel(context(), other, id);
    assert.equal((await seen(id)).state, 'CANCELLED');
  });
});

describe('the limit of computations', () => {
  it('is for how large they are', async () => {
    await assert.rejects(count({ to: 1, of: 'x'.repeat(4_000_000) }), /too large together/);
  });

  it('is for what somebody has under way, however they ask', async () => {
    const by = uuidv7();
    const ids = await Promise.all([1, 2, 3].map(() => count({ to: 1 }, { by })));
    const refused = (error: unknown) =>
      error instanceof GraphError && error.extensions.code === 'RATE_LIMITED';
    await assert.rejects(count({ to: 1 }, { by }), refused);
    await cancel(context(), by, ids[0]!);
    const outcomes = await Promise.allSettled([1, 2].map(() => count({ to: 1 }, { by })));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    await assert.rejects(resume(context(), by, ids[0]!), refused);
    await count({ to: 1 });
  });
});

describe('the end of a computation', () => {
  it('comes with the account of the last who asked', async () => {
    const [one, other] = [await givenUser(graph), await givenUser(graph)];
    const buildIds = [uuidv7()];
    const asked = { kind: 'COUNTING', gameDataId, buildIds, question: { to: 6 }, material: null };
    const shared = await askFor(context(), one.userId, asked);
    await askFor(context(), other.userId, asked);
    const own = await count({ to: 1 }, { by: one.userId });
    await graph.deliver(userDeleted({ id: one.userId }));
    assert.deepEqual([(await seen(shared)).state, (await seen(own)).state], ['QUEUED', 'GONE']);
    await graph.deliver(userDeleted({ id: other.userId }));
    assert.equal((await seen(shared)).state, 'GONE');
  });

  it('comes with the build that it was about', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id: build, buildId } = await givenBuild(graph, by, game);
    const id = await count({ to: 1 }, { buildIds: [uuidv7(), buildId] });
    const other = await count({ to: 1 }, { buildIds: [uuidv7()] });
    await graph.data(`mutation ($id: ID!) { deleteBuild(id: $id) }`, { id: build }, by);
    assert.deepEqual([(await seen(id)).state, (await seen(other)).state], ['GONE', 'QUEUED']);
  });

  it('comes when nobody has asked for a month', async () => {
    const id = await count({ to: 1 });
    const daysLater = (days: number) => new Date(Date.now() + days * 24 * 60 * 60_000);
    await expiryJob.run(graph.em(), daysLater(29));
    assert.equal((await seen(id)).state, 'QUEUED');
    await expiryJob.run(graph.em(), daysLater(31));
    assert.equal((await seen(id)).state, 'GONE');
  });
});
