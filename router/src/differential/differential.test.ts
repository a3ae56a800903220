import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Operation } from '../operation/operation.js';
import { CompositionError } from '../supergraph/compose.js';
import { compare } from './comparison.js';
import { type Answers, Graph, type PreparedOperation } from './graph.js';
import { withDefer } from './installments.js';
import { type OperationModel, randomOperation } from './random-operation.js';
import { randomSchema } from './random-schema.js';
import { Random } from './random.js';
import { shrink } from './shrink.js';
import type { Faults } from './world.js';

// FUZZ_COUNT operations from schema FUZZ_SEED on; FUZZ_SEED=12.34 is the operation 34 of schema 12 alone.
const COUNT = Number(process.env.FUZZ_COUNT ?? 10_000);
const [FIRST = 1, ONLY] = (process.env.FUZZ_SEED ?? '1').split('.').map(Number);
const OPERATIONS_OF_A_SCHEMA = 200;
const TRIES = 10; // to make a valid operation
const FAILURES_SHOWN = 3;
// The planner may need minutes to plan a larger operation in parts.
const PARTS_CHARACTERS_MAX = 300;
const PARTS_MS_MAX = 30_000; // until the last part is there; it takes milliseconds

/** Without any one of these the test would prove less than it says. */
const FEATURES = [
  ...['entities', 'requires', 'provides', 'interfaceObject', 'override', 'defer'],
  ...['throw', 'unsound', 'gone', 'refuse', 'down', 'null'],
];

class Counts {
  readonly #counts = new Map<string, number>();

  add(what: string, by = 1): void {
    this.#counts.set(what, this.of(what) + by);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  toString(): string {
    const lines = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return lines.map(([what, times]) => `${String(times).padStart(8)} ${what}`).join('\n');
  }
}

it('answers random operations on random graphs as graphql.execute does, and as the stock gateway', async () => {
  const counts = new Counts();
  const failures: string[] = [];
  for (let seed = FIRST; counts.of('operations') < COUNT; seed++) {
    const graph = graphOf(seed, counts);
    if (!graph) continue;
    const first = ONLY ?? 0;
    const end = ONLY === undefined ? OPERATIONS_OF_A_SCHEMA : ONLY + 1;
    for (let n = first; n < end && counts.of('operations') < COUNT; n++) {
      const failure = await tryOne(graph, `${seed}.${n}`, counts);
      if (failure !== undefined) failures.push(failure);
    }
    if (ONLY !== undefined) break;
  }
  console.log(counts.toString());
  const shown = failures.slice(0, FAILURES_SHOWN).join('\n\n');
  assert.equal(
    failures.length,
    0,
    `${failures.length} operations are answered otherwise:\n${shown}`,
  );
  if (ONLY !== undefined || COUNT < 1_000) return;
  for (const feature of FEATURES)
    assert.ok(counts.of(feature) > 0, `no operation has met ${feature}`);
});

function graphOf(seed: number, counts: Counts): Graph | undefined {
  try {
    const graph = new Graph(randomSchema(`schema ${seed}`));
    counts.add('schemas');
    return graph;
  } catch (error) {
    if (!(error instanceof CompositionError)) throw error;
    counts.add('schemas that do not compose');
    return undefined;
  }
}

/** Asks one operation: as it is, and perhaps with faults. Returns what is wrong. */
async function tryOne(graph: Graph, seed: string, counts: Counts): Promise<string | undefined> {
  const random = new Random(`operation ${seed}`);
  const prepared = validOperation(graph, random);
  if (!prepared) return undefined;
  const operation = prepared.model;
  counts.add('operations');
  const faults: Faults = {
    seed,
    kind: random.pick(['throw', 'throw', 'unsound', 'unsound', 'gone', 'refuse', 'down']),
    rarity: random.pick([2, 4, 8]),
    sparesNeeded: random.chance(0.7),
  };
  const isFaulty = random.chance(0.5);
  for (const each of isFaulty ? [undefined, faults] : [undefined]) {
    const answers = await graph.ask(prepared, each);
    count(answers, counts);
    const { difference, defect } = compare(answers, each, graph.model.narrows);
    if (difference !== undefined) return tell(graph, seed, operation, each, difference);
    if (!each && !answers.ours.errors && !answers.ours.extensions && random.chance(0.3)) {
      const inParts = await tryInParts(graph, operation, random, answers.ours.data, counts);
      if (inParts !== undefined) return `${seed}: ${inParts}`;
    }
    if (defect === undefined) continue;
    counts.add(`looked over: ${defect}`);
    return undefined;
  }
  return undefined;
}

/** Asks an operation again with some of it deferred. Where nothing is wrong with its data, the parts make up the same. */
async function tryInParts(
  graph: Graph,
  operation: OperationModel,
  random: Random,
  whole: unknown,
  counts: Counts,
): Promise<string | undefined> {
  if (/^mutation/m.test(operation.query)) return undefined; // the fields of its root cannot be
  if (operation.query.length > PARTS_CHARACTERS_MAX) return undefined;
  const query = withDefer(operation.query, random);
  if (query === undefined) return undefined;
  const ended = new AbortController();
  const parts = await Promise.race([
    graph.askInParts({ ...operation, query }).catch(String),
    setTimeout(PARTS_MS_MAX, 'the last part never comes', { signal: ended.signal }),
  ]).finally(() => ended.abort());
  if (!parts) return undefined;
  counts.add('defer');
  const isWhole = typeof parts === 'object' && parts.every(data => isDeepStrictEqual(data, whole));
  if (isWhole) return undefined;
  return [
    'the parts do not make up the whole',
    query,
    `variables: ${JSON.stringify(operation.variables)}`,
    `parts:     ${JSON.stringify(parts)}`,
    `whole:     ${JSON.stringify(whole)}`,
  ].join('\n');
}

function validOperation(graph: Graph, random: Random): PreparedOperation | undefined {
  for (let tries = 0; tries < TRIES; tries++) {
    const operation = randomOperation(graph.schema, random);
    const prepared = graph.prepare(operation);
    // What the router refuses has to be invalid.
    if (prepared.operation instanceof Operation || graph.isValid(operation)) return prepared;
  }
  return undefined;
}

function count({ ours, seen, fetches }: Answers, counts: Counts): void {
  counts.add('runs');
  counts.add('fetches', fetches);
  for (const what of seen) counts.add(what);
  if (JSON.stringify(ours.data ?? null).includes('null')) counts.add('null');
  if (ours.errors) counts.add('errors', ours.errors.length);
}

async function tell(
  graph: Graph,
  seed: string,
  operation: OperationModel,
  faults: Faults | undefined,
  difference: string,
): Promise<string> {
  const ask = async (smaller: OperationModel) => graph.ask(graph.prepare(smaller), faults);
  const smallest = await shrink(
    operation,
    async smaller =>
      graph.isValid(smaller) &&
      compare(await ask(smaller), faults, graph.model.narrows).difference === difference,
  );
  const { ours, stock, merged } = await ask(smallest);
  return [
    `${seed}: ${difference}`,
    `FUZZ_SEED=${seed} npm test -- differential`,
    smallest.query,
    `variables: ${JSON.stringify(smallest.variables)}`,
    `faults:    ${JSON.stringify(faults)}`,
    `router:    ${JSON.stringify(ours)}`,
    `stock:     ${JSON.stringify(stock)}`,
    `execute:   ${JSON.stringify(merged)}`,
    ...(ONLY === undefined
      ? []
      : graph.model.subgraphs.map(({ name, sdl }) => `# ${name}\n${sdl}`)),
  ].join('\n');
}
