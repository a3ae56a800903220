import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlanNode } from '@apollo/query-planner';
import { until } from '@gamegraph/test-support';
import { buildSchema, parse } from 'graphql';
import { DeferredRuns } from '../execution/deferred-runs.js';
import { compilePlan } from '../execution/plan.js';
import { startTestRouter, type TestRouter } from '../testing.js';
import { Aliases } from './aliases.js';

const failing = new Set<string>();
const fail = (what: string) => {
  if (failing.has(what)) throw new Error(`${what} is broken`);
};
const game = (n: number) => ({
  ...{
    __typename: 'Game',
    id: String(n),
    title: `Game ${n}`,
    price: { minor: n * 100, note: null },
  },
  studio: { __typename: 'Studio', id: `s${(n % 2) + 1}` },
});

const GAMES = {
  sdl: `
    type Query { games(first: Int = 3): [Game!]! game(id: ID = "1"): Game node(id: ID): Node slow: String search: [Result] }
    type Mutation { rename: Game other: Int }
    type Subscription { changed: Game }
    interface Node { id: ID! }
    union Result = Game | Studio
    type Game implements Node @key(fields: "id") { id: ID! title: String! studio: Studio price: Price secret: String @authenticated }
    type Price { minor: Int! note: String }
    type Studio implements Node @key(fields: "id") { id: ID! }
  `,
  resolvers: {
    Query: {
      games: (_: unknown, { first }: { first: number }) =>
        Array.from({ length: first }, (_item, n) => game(n + 1)),
      game: (_: unknown, { id }: { id: string }) => (id === 'none' ? null : game(Number(id))),
      node: () => game(2),
      slow: () => {
        fail('slow');
        return 'at last';
      },
      search: () => [game(1), { __typename: 'Studio', id: 's2' }, null],
    },
    Mutation: { rename: () => game(1), other: () => 1 },
    Game: {
      __resolveReference: ({ id }: { id: string }) => game(Number(id)),
      secret: () => 'hush',
    },
  },
};
const STUDIOS = {
  sdl: `
    type Query { place: Place }
    interface Place { id: ID! }
    type Studio implements Place @key(fields: "id") { id: ID! name: String! country: String games: [Game] }
    type Game @key(fields: "id") { id: ID! rating: Float! awards: [Award!] }
    type Award { year: Int! name: String! }
  `,
  resolvers: {
    Query: { place: () => ({ __typename: 'Studio', id: 's1' }) },
    Studio: {
      __resolveReference: (reference: object) => reference,
      name: ({ id }: { id: string }) => `Studio ${id}`,
      country: ({ id }: { id: string }) => {
        if (id === 's2') fail('country');
        return 'DE';
      },
      games: () => [{ id: '1' }, { id: '2' }],
    },
    Game: {
      __resolveReference: (reference: object) => reference,
      rating: ({ id }: { id: string }) => {
        if (id === '2') fail('rating');
        return Number(id) / 2;
      },
      awards: ({ id }: { id: string }) => {
        fail('awards');
        return [{ year: 2025, name: id }];
      },
    },
  },
};

const DEFER = 'multipart/mixed;deferSpec=20220824';
const INCREMENTAL = 'multipart/mixed;incrementalSpec=v0.2';

// oxlint-disable-next-line typescript/no-explicit-any
type Result = any;

let router: TestRouter;
before(async () => {
  router = await startTestRouter({ games: GAMES, studios: STUDIOS });
});
after(() => router.stop());
beforeEach(() => {
  failing.clear();
  for (const stub of Object.values(router.stubs)) stub.intercept = undefined;
});

const send = (query: string, variables: object, accept: string) =>
  fetch(router.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: `${accept}, application/json` },
    body: JSON.stringify({ query, variables }),
  });

/** The payloads of the parts of a multipart body, whose framing is as it must be. */
function payloadsOf(text: string): Result[] {
  assert.ok(text.startsWith('\r\n--graphql\r\n') && text.endsWith('\r\n--graphql--\r\n'), text);
  const parts = text
    .slice('\r\n--graphql'.length, -'\r\n--graphql--\r\n'.length)
    .split('\r\n--graphql');
  return parts.map((part, n) => {
    const head = '\r\ncontent-type: application/json\r\n\r\n';
    assert.ok(part.startsWith(head), part);
    const payload: Result = JSON.parse(part.slice(head.length));
    assert.equal(payload.hasNext, n < parts.length - 1);
    return payload;
  });
}

async function installments(query: string, accept: string, variables: object = {}) {
  const response = await send(query, variables, accept);
  assert.equal(response.headers.get('content-type'), accept.replace(';', ';boundary="graphql";'));
  return payloadsOf(await response.text());
}

const at = (data: Result, path: (string | number)[]) =>
  path.reduce((value, step) => value?.[step], data);

function merge(target: Result, source: Result): void {
  for (const [key, value] of Object.entries(source)) {
    if (
      typeof target[key] === 'object' &&
      target[key] !== null &&
      typeof value === 'object' &&
      value
    )
      merge(target[key], value);
    else target[key] = value;
  }
}

/** What a client has in the end, by either dialect. */
function assembled(payloads: Result[]): { data: Result; errors: Result[]; labels: string[] } {
  const [{ data, errors = [] }] = payloads;
  const labels: string[] = [];
  const pending = new Map<string, Result>();
  for (const payload of payloads) {
    for (const each of payload.pending ?? []) {
      assert.ok(!pending.has(each.id));
      pending.set(each.id, each);
    }
    for (const { id, ...part } of payload.incremental ?? []) {
      const { path, label } = id === undefined ? part : pending.get(id);
      if (label !== undefined) labels.push(label);
      assert.ok(at(data, path), `${path.join('/')} is not there`);
      if (part.data) merge(at(data, path), part.data);
      errors.push(...(part.errors ?? []));
    }
    for (const { id, errors: reasons = [] } of payload.completed ?? []) {
      assert.ok(pending.delete(id));
      errors.push(...reasons);
    }
  }
  assert.equal(pending.size, 0);
  return { data, errors, labels };
}

/** Both dialects give what there is without `@defer`, in the end. */
async function compare(query: string, variables: object = {}, isErrorTwice = false) {
  const plain = await router.ask(query.replaceAll(/@defer(\([^)]*\))?/g, ''), variables);
  // What is asked in several parts is fetched for each, and fails in each.
  const sorted = (errors: Result[] = []) => {
    const texts = errors.map(error => JSON.stringify(error)).toSorted();
    return isErrorTwice ? [...new Set(texts)] : texts;
  };
  for (const dialect of [DEFER, INCREMENTAL]) {
    const { data, errors } = assembled(await installments(query, dialect, variables));
    assert.deepEqual(data, plain.data, `${dialect} ${query}`);
    assert.deepEqual(sorted(errors), sorted(plain.errors), `${dialect} ${query}`);
  }
}

const OPERATIONS = [
  '{ games { id ... @defer { rating } } }',
  '{ games { id ... @defer(label: "a") { title studio { name } } ... @defer(label: "b") { rating awards { year } } } }',
  '{ game { ... @defer { title } } }',
  '{ game { id ... @defer { studio { id ... @defer { name games { id ... @defer { rating } } } } } } }',
  '{ slow ... @defer { game { title rating } } }',
  '{ ... @defer { slow } }',
  '{ ...Top @defer } fragment Top on Query { games(first: 2) { ...Card @defer } game { ...Card @defer } } fragment Card on Game { title rating studio { ...Place @defer(label: "place") } } fragment Place on Studio { country }',
  '{ node { id ... on Game @defer { title rating } ... on Studio @defer { name } } }',
  '{ search { __typename ... on Game { id ... @defer { awards { name } } } ... on Studio @defer { name country } } }',
  '{ game { price { minor } ... @defer { price { minor note } } } }',
  '{ game { price { minor ... @defer { note } } } }',
  '{ game { id } ... @defer { game { rating } } }',
  '{ a: game(id: "1") { constructor: id ... @defer { toString: title } } b: game(id: "2") { ... @defer { title } } }',
  '{ game(id: "none") { ... @defer { title } } slow }',
  '{ __typename game { __typename ... @defer { __typename id } } ... @defer { __schema { queryType { name } } } }',
  'mutation { rename { id ... @defer { rating studio { name } } } other }',
  'query ($yes: Boolean = true, $no: Boolean = false) { game { ... @defer @include(if: $yes) { title } ... @defer @skip(if: $yes) { rating } ... @include(if: $no) { ... @defer { awards { name } } } } }',
];

const FIELDS: Record<string, Record<string, string>> = {
  Query: { games: 'Game', game: 'Game', node: 'Node', search: 'Result', slow: '' },
  Game: { id: '', title: '', studio: 'Studio', price: 'Price', rating: '', awards: 'Award' },
  Studio: { id: '', name: '', country: '', games: 'Game' },
  Price: { minor: '', note: '' },
  Award: { year: '', name: '' },
  Node: { id: '' },
  Result: {},
};

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomOperation(random: () => number): string {
  const selection = (type: string, depth: number): string => {
    const parts: string[] = [];
    for (const [name, below] of Object.entries(FIELDS[type]!)) {
      if (random() < 0.5 || (below && depth > 3)) continue;
      parts.push(below ? `${name} ${selection(below, depth + 1)}` : name);
    }
    const isAbstract = type === 'Node' || type === 'Result';
    for (const condition of isAbstract ? ['Game', 'Studio'] : [type]) {
      if (depth > 3 || random() < 0.4) continue;
      const defer = random() < 0.7 ? ' @defer' : '';
      parts.push(`... on ${condition}${defer} ${selection(condition, depth + 1)}`);
    }
    return `{ __typename ${parts.join(' ')} }`;
  };
  return `{ ... @defer { slow } ${selection('Query', 0).slice(1)}`;
}

describe('an operation with @defer', () => {
  for (const query of OPERATIONS) {
    it(`gives the same in the end: ${query}`, () => compare(query));
  }

  it('gives the same errors and nulls in the end', async () => {
    for (const what of ['country', 'awards', 'slow']) {
      failing.clear();
      failing.add(what);
      for (const query of OPERATIONS) await compare(query);
    }
  });

  it('gives the same for whatever is deferred', async () => {
    const random = seeded(20);
    failing.add('country');
    for (let n = 0; n < 60; n++) await compare(randomOperation(random), {}, true);
  });

  it('gives the same beside what is never included', async () => {
    await compare('{ ... @defer { game { id } } studio: node @skip(if: true) { id } }');
    await compare(
      'query ($no: Boolean!) { ... @defer { game { id } } studio: node @include(if: $no) { id } }',
      { no: false },
    );
  });

  it('gives the same where a condition leaves no field of an object', () =>
    compare(
      'query ($yes: Boolean!, $no: Boolean!) { place @include(if: $yes) { id @include(if: $no) } node { ... @defer { id } } }',
      { yes: true, no: false },
    ));

  it('does not wait for a fetch that the planner has left out', async () => {
    const deferred = new DeferredRuns();
    const [context, variables, data] = [undefined, {}, {}];
    const fetch = () => assert.fail('there is nothing to fetch');
    const part = { label: '0', depends: [{ id: '7' }], queryPath: [], subselection: '{ slow }' };
    const plan: PlanNode = { kind: 'Defer', primary: {}, deferred: [part] };
    const schema = buildSchema(GAMES.sdl, { assumeValidSDL: true });
    const aliases = new Aliases(parse('{ slow }'), new Set());
    const run = compilePlan<undefined>(schema, plan, {}, false);
    await run({ data, variables, errors: [], aliases, context, fetch, deferred });
    await deferred.get('0')!.done;
  });

  it('gives the same when a subgraph is down', async () => {
    router.stubs.studios!.intercept = () => 'no JSON';
    await compare('{ games { id ... @defer { awards { name } } } }');
    await compare('{ game { id studio { id ... @defer { country } } } }');
  });

  it('says in each dialect what comes, and what has come', async () => {
    const query = '{ game { id ... @defer(label: "more") { title } } }';
    assert.deepEqual(await installments(query, DEFER), [
      { data: { game: { id: '1' } }, hasNext: true },
      {
        incremental: [{ data: { title: 'Game 1' }, path: ['game'], label: 'more' }],
        hasNext: false,
      },
    ]);
    assert.deepEqual(await installments(query, INCREMENTAL), [
      {
        data: { game: { id: '1' } },
        pending: [{ id: '0', path: ['game'], label: 'more' }],
        hasNext: true,
      },
      {
        incremental: [{ id: '0', data: { title: 'Game 1' } }],
        completed: [{ id: '0' }],
        hasNext: false,
      },
    ]);
  });

  it('loses a part whose null may not be, and no more', async () => {
    failing.add('rating');
    const query = '{ games { id ... @defer { rating } } }';
    const [, { incremental }] = await installments(query, DEFER);
    assert.deepEqual(
      incremental.map(({ data, path }: Result) => [data, path]),
      [
        [{ rating: 0.5 }, ['games', 0]],
        [null, ['games', 1]],
        [{ rating: 1.5 }, ['games', 2]],
      ],
    );
    assert.deepEqual(incremental[1].errors[0].path, ['games', 1, 'rating']);
    const [, { completed }] = await installments(query, INCREMENTAL);
    assert.deepEqual(
      completed.map(({ errors }: Result) => errors?.[0].path),
      [undefined, ['games', 1, 'rating'], undefined],
    );
    const nested = '{ game(id: "2") { id ... @defer { rating ... @defer { title } } } }';
    const payloads = await installments(nested, INCREMENTAL);
    assert.deepEqual(payloads[0].data, { game: { id: '2' } });
    assert.deepEqual(payloads.flatMap(({ pending = [] }) => pending).length, 1);
  });

  it('has what is there first before the rest', async () => {
    let release = () => {};
    const held = new Promise<undefined>(resolve => (release = () => resolve(undefined)));
    router.stubs.studios!.intercept = () => held;
    const response = await send(
      '{ game { id ... @defer(label: "far") { rating } ... @defer(label: "near") { title } } }',
      {},
      DEFER,
    );
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk;
    })();
    await until('the near part is there', () => text.includes('"near"'));
    assert.ok(text.includes('{"data":{"game":{"id":"1"}},"hasNext":true}\r\n--graphql'));
    assert.ok(!text.includes('"far"'));
    release();
    await reading;
    assert.deepEqual(assembled(payloadsOf(text)).labels, ['near', 'far']);
  });

  it('asks for a deferred part while the rest is still on its way', async () => {
    const order: string[] = [];
    router.stubs.games!.intercept = async ({ query }) => {
      order.push(query.includes('title') ? 'title' : 'id');
      return undefined;
    };
    router.stubs.studios!.intercept = async () => {
      await until('the deferred part is asked for', () => order.includes('title'));
      return undefined;
    };
    await compare('{ game { studio { name } ... @defer { title } } }');
  });

  it('comes in one piece to who names no dialect, or switches it off', async () => {
    const query = 'query ($if: Boolean!) { game { id ... @defer(if: $if) { title } } }';
    const data = { game: { id: '1', title: 'Game 1' } };
    for (const accept of ['application/json', 'multipart/mixed', 'text/event-stream;q=0.1']) {
      const response = await send(query, { if: true }, accept);
      assert.match(response.headers.get('content-type')!, /^application\/json/);
      assert.deepEqual(await response.json(), { data });
    }
    const off = await send(query, { if: false }, DEFER);
    assert.match(off.headers.get('content-type')!, /^application\/json/);
    assert.deepEqual(await off.json(), { data });
    assert.equal((await installments(query, DEFER, { if: true })).length, 2);
    const literally = await send('{ game { ... @defer(if: false) { id } } }', {}, DEFER);
    assert.deepEqual(await literally.json(), { data: { game: { id: '1' } } });
    const alone = await fetch(router.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: INCREMENTAL },
      body: JSON.stringify({ query: '{ slow }' }),
    });
    assert.deepEqual(payloadsOf(await alone.text()), [
      { data: { slow: 'at last' }, hasNext: false },
    ]);
  });

  it('withholds within a part what the viewer may not see', async () => {
    const query = '{ game { id ... @defer { secret title } } }';
    for (const dialect of [DEFER, INCREMENTAL]) {
      const { data, errors } = assembled(await installments(query, dialect));
      assert.deepEqual(data, { game: { id: '1', secret: null, title: 'Game 1' } });
      assert.deepEqual(
        errors.map(({ path, extensions }) => [path, extensions.code]),
        [[['game', 'secret'], 'UNAUTHENTICATED']],
      );
    }
  });

  it('is refused where the spec has no @defer', async () => {
    const cases: [query: string, reason: RegExp][] = [
      ['{ game { id @defer } }', /may not be used on FIELD/],
      ['mutation { ... @defer { other } }', /Defer what is below/],
      ['subscription { changed { ... @defer { id } } }', /subscription cannot/],
      ['{ game { ... @defer(label: "a") { id } ... @defer(label: "a") { title } } }', /this label/],
      ['query ($l: String) { game { ... @defer(label: $l) { id } } }', /no variable/],
      ['{ game { ... @defer(if: "x") { id } } }', /Boolean/],
    ];
    for (const [query, reason] of cases) {
      const { errors } = await router.ask(query);
      assert.match(errors?.[0]?.message ?? 'it was taken', reason);
    }
  });

  it('leaves nothing running when its client goes', async () => {
    let isAsked = false;
    router.stubs.studios!.intercept = async () => {
      isAsked = true;
      await sleep(50);
      return undefined;
    };
    const abort = new AbortController();
    const response = await fetch(router.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: DEFER },
      body: JSON.stringify({
        query: '{ game { id ... @defer { rating ... @defer { awards { name } } } } }',
      }),
      signal: abort.signal,
    });
    assert.equal(response.status, 200);
    await until('the part is asked for', () => isAsked);
    abort.abort();
    assert.deepEqual((await router.ask('{ slow }')).data, { slow: 'at last' });
  });
});
