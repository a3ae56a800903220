import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compose } from '@gamegraph/router';
import { eventsOf, startRouterBy, startStub, stubSchema } from '@gamegraph/router/testing';
import { answer } from '../helper.js';

/** What the program is, and what it does as that. */
export type Role =
  /** Two subgraphs: one tells of games, the other knows their prices. Answers with their supergraph. */
  | { be: 'subgraphs' }
  /** A graphql-ws server that knows all by itself. Answers with its address. */
  | { be: 'graphql-ws' }
  /** Our router in front of subgraphs. Answers with its address. */
  | { be: 'router'; supergraph: string }
  | { emit: number; perSecond: number }
  /** Answers with how many subscriptions it has. */
  | 'subscriptions'
  | 'memory';

export interface Memory {
  rssKiB: number;
  heapKiB: number;
}

const GAME = 'type Game @key(fields: "id") { id: ID!';
const GAMES = `type Query { game: Game } type Subscription { gameChanged: Game } ${GAME} title: String at: Float }`;
const PRICES = `${GAME} price: Int }`;

const emitter = new EventEmitter().setMaxListeners(0);
const title = 'The Witness, the long way round, in a title as long as most';
const Subscription = {
  gameChanged: {
    subscribe: () => eventsOf(emitter, 'game'),
    resolve: (at: number) => ({ id: '1', title, price: 1999, at }),
  },
};

/** As late as a garbage collection, so that what is left is what is held. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

answer(async (role: Role) => {
  if (role === 'memory') {
    collectGarbage();
    await sleep(200);
    collectGarbage();
    const { rss, heapUsed } = process.memoryUsage();
    return { rssKiB: rss / 1024, heapKiB: heapUsed / 1024 } satisfies Memory;
  }
  if (role === 'subscriptions') return emitter.listenerCount('game');
  if ('emit' in role) {
    const began = performance.now();
    for (let n = 0; n < role.emit; n++) {
      await sleep(Math.max(0, began + (n * 1000) / role.perSecond - performance.now()));
      emitter.emit('game', performance.timeOrigin + performance.now());
    }
    return undefined;
  }
  switch (role.be) {
    case 'subgraphs': {
      const prices = {
        Game: { __resolveReference: ({ id }: { id: string }) => ({ id, price: 1999 }) },
      };
      const games = await startStub(stubSchema(GAMES, { Subscription }));
      const others = await startStub(stubSchema(PRICES, prices));
      const subgraphs = [
        { name: 'games', url: games.url, sdl: `${LINK}\n${GAMES}` },
        { name: 'prices', url: others.url, sdl: `${LINK}\n${PRICES}` },
      ];
      return compose(subgraphs).sdl;
    }
    case 'graphql-ws': {
      const sdl = GAMES.replace('at: Float', 'at: Float price: Int');
      return (await startStub(stubSchema(sdl, { Subscription }))).url;
    }
    case 'router': {
      const directory = await mkdtemp(join(tmpdir(), 'gamegraph-bench-router-'));
      const [supergraph, configFile] = ['supergraph.graphql', 'router.config.yaml'].map(name =>
        join(directory, name),
      ) as [string, string];
      await writeFile(supergraph, role.supergraph);
      await writeFile(configFile, JSON.stringify({ supergraph, listen: { port: 0 } }));
      const { url } = await startRouterBy(configFile);
      await rm(directory, { recursive: true });
      return url;
    }
  }
});

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key"])';
