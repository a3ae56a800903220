import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { type Received, startTestRouter, type TestRouter } from '../testing.js';

const TOKEN = 'a-token-of-some-length';
const IDS = ['1', '2', '3', '4', '5'];
const DELAY_MS_MAX = 4; // of an answer, after what is in it was read: changes come in between
const READERS = ['', 'ada', 'bob', 'eve'];

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SUBGRAPHS = {
  games: {
    sdl: `
      type Query { games: [Game!]! studio: Studio! }
      type Mutation { change(id: ID!): Game! }
      type Game @key(fields: "id") { id: ID! version: Int! }
      type Studio @key(fields: "id") { id: ID! }
    `,
    resolvers: {},
  },
  shop: {
    sdl: `
      type Game @key(fields: "id") { id: ID! price: Int! offer: Offer! }
      type Studio @key(fields: "id") { id: ID! best: Game! }
      type Offer { viewer: String! price: Int! }
    `,
    resolvers: {},
  },
};

const QUERIES = [
  '{ games { id version price } }',
  '{ games { id price offer { viewer price } } }',
  '{ studio { best { id price } } }',
  '{ games { id offer { viewer price } } studio { best { id price } } }',
];

interface GameRead {
  id: string;
  version?: number;
  price?: number;
  offer?: { viewer: string; price: number };
}

describe('what is kept while it changes', () => {
  for (const [responses, entities] of [
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const what = [...(responses ? ['responses'] : []), ...(entities ? ['entities'] : [])];
    it(`is never older than what the router was told, and never another’s: ${what.join(' and ')}`, async () => {
      const cache = {
        responses: { enabled: responses },
        entities: { enabled: entities },
        invalidation: { token: TOKEN },
      };
      const router = await startTestRouter(SUBGRAPHS, { cache });
      try {
        await new Story(router).run();
        const metrics = await (await fetch(new URL('/metrics', router.url))).text();
        for (const each of what) {
          const hits = new RegExp(`^router_cache_${each}_total{outcome="hit"} (\\d+)`, 'm');
          assert.ok(Number(hits.exec(metrics)?.[1]) > 20, `${each} were kept`);
        }
      } finally {
        await router.stop();
      }
    });
  }
});

/** Games that change while they are read. Each has a version, which is in all that subgraphs tell of it. */
class Story {
  readonly #random = seeded(7);
  readonly #versions = new Map(IDS.map(id => [id, 0]));
  /** The version that each game had when the router acknowledged that it had changed. */
  readonly #acknowledged = new Map(this.#versions);
  /** The same for who has changed it through the router: viewer and game -> version. */
  readonly #own = new Map<string, number>();

  constructor(private readonly router: TestRouter) {
    const { games, shop } = router.stubs;
    games!.intercept = request => this.#answer(request, this.#gamesIn(request));
    shop!.intercept = request => this.#answer(request, this.#shopIn(request));
    games!.cacheControl = () => 'public, max-age=60';
    shop!.cacheControl = ({ query }) =>
      query.includes('offer') ? 'private, max-age=60' : 'public, max-age=60';
  }

  async run(): Promise<void> {
    const tokens = new Map(
      await Promise.all(
        READERS.map(async sub => [sub, sub && (await this.router.token({ sub }))] as const),
      ),
    );
    const headersOf = (viewer: string): Record<string, string> =>
      viewer ? { authorization: `Bearer ${tokens.get(viewer)}` } : {};
    const times = (count: number, work: () => Promise<void>) =>
      (async () => {
        for (let n = 0; n < count; n++) await work();
      })();
    await Promise.all([
      ...READERS.flatMap(viewer => [
        times(80, () => this.#read(viewer, headersOf(viewer))),
        times(80, () => this.#read(viewer, headersOf(viewer))),
      ]),
      times(60, () => this.#change()),
      times(20, () => this.#change()),
      ...['', 'ada'].map(viewer => times(20, () => this.#mutate(viewer, headersOf(viewer)))),
    ]);
    assert.deepEqual(this.#acknowledged, this.#versions);
    for (let n = 0; n < 20; n++)
      for (const viewer of READERS) await this.#read(viewer, headersOf(viewer));
  }

  async #read(viewer: string, headers: Record<string, string>): Promise<void> {
    if (this.#random() < 0.2) await sleep(this.#random() * DELAY_MS_MAX);
    const atLeast = new Map(
      IDS.map(id => [
        id,
        Math.max(this.#acknowledged.get(id)!, this.#own.get(`${viewer} ${id}`) ?? 0),
      ]),
    );
    const query = QUERIES[Math.floor(this.#random() * QUERIES.length)]!;
    const { data, errors } = await this.router.ask(query, {}, headers);
    assert.equal(errors, undefined);
    const games: GameRead[] = [...(data.games ?? []), ...(data.studio ? [data.studio.best] : [])];
    assert.ok(games.length > 0);
    for (const { id, version, price, offer } of games) {
      for (const told of [version, price, offer?.price]) {
        if (told === undefined) continue;
        const told_ = `${query} as ${viewer}: game ${id} is at ${told}`;
        assert.ok(told >= atLeast.get(id)!, `${told_}, not at ${atLeast.get(id)}`);
      }
      if (offer) assert.equal(offer.viewer, viewer);
    }
  }

  /** Changes a game behind the router's back, and tells it then. */
  async #change(): Promise<void> {
    const id = this.#anyId();
    const version = this.#raise(id);
    if (this.#random() < 0.5) await sleep(this.#random() * DELAY_MS_MAX);
    await this.#tell(id, version);
  }

  /** Changes a game through the router, which is told only later. */
  async #mutate(viewer: string, headers: Record<string, string>): Promise<void> {
    const id = this.#anyId();
    const query = 'mutation ($id: ID!) { change(id: $id) { id version price } }';
    const { data } = await this.router.ask(query, { id }, headers);
    const { version, price } = data.change as { version: number; price: number };
    assert.ok(price >= version, 'a mutation is answered with what it has changed');
    const key = `${viewer} ${id}`;
    this.#own.set(key, Math.max(version, this.#own.get(key) ?? 0));
    await sleep(this.#random() * 3 * DELAY_MS_MAX);
    await this.#tell(id, version);
  }

  async #tell(id: string, version: number): Promise<void> {
    const { status } = await fetch(new URL('/invalidate', this.router.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify([{ type: 'Game', id }]),
    });
    assert.equal(status, 204);
    this.#acknowledged.set(id, Math.max(version, this.#acknowledged.get(id)!));
  }

  #anyId(): string {
    return IDS[Math.floor(this.#random() * IDS.length)]!;
  }

  #raise(id: string): number {
    const version = this.#versions.get(id)! + 1;
    this.#versions.set(id, version);
    return version;
  }

  async #answer(_: Received, data: unknown): Promise<string> {
    const json = JSON.stringify({ data });
    await sleep(this.#random() * DELAY_MS_MAX);
    return json;
  }

  #gamesIn({ query, variables }: Received): unknown {
    const gameOf = (id: string) => ({ __typename: 'Game', id, version: this.#versions.get(id) });
    if (query.startsWith('mutation')) {
      const id = variables.id as string;
      this.#raise(id);
      return { change: gameOf(id) };
    }
    return { games: IDS.map(gameOf), studio: { __typename: 'Studio', id: 's' } };
  }

  #shopIn({ variables, headers }: Received): unknown {
    const { sub: viewer = '' } = decodeJwt(String(headers['gamegraph-identity']));
    const representations = variables.representations as { __typename: string; id: string }[];
    const gameOf = (id: string) => {
      const price = this.#versions.get(id)!;
      return { __typename: 'Game', id, price, offer: { viewer, price } };
    };
    return {
      _entities: representations.map(({ __typename, id }) =>
        __typename === 'Game' ? gameOf(id) : { __typename, id, best: gameOf('1') },
      ),
    };
  }
}
