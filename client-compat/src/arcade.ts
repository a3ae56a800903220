import { EventEmitter } from 'node:events';
import {
  eventsOf,
  startTestRouter,
  type TestRouter,
  type TestSettings,
} from '@gamegraph/router/testing';

/** A game is known to two subgraphs, so that whatever a client asks or follows is put together from both. */
interface Game {
  id: string;
  name: string;
}

const gameOf = (n: number): Game => ({ id: `g${n}`, name: `Game ${n}` });

/** Told of each game that is launched; `launches` follows it. */
export const launched = new EventEmitter().setMaxListeners(0);

const GAMES = {
  sdl: `
    type Query { games(first: Int = 2): [Game!]! inbox: String @authenticated }
    scalar Upload
    type Mutation { renameGame(id: ID!, name: String!): Game! setCover(file: Upload!): String! }
    type Subscription {
      "As many as were asked for, and then no more."
      nextLaunches(count: Int!): Game!
      "Whatever is launched from now on."
      launches: Game!
      inbox: String! @authenticated
    }
    type Game @key(fields: "id") { id: ID! name: String! }
  `,
  resolvers: {
    Query: {
      games: (_: unknown, { first }: { first: number }) =>
        Array.from({ length: first }, (__, n) => gameOf(n + 1)),
      inbox: () => 'a letter',
    },
    Mutation: {
      renameGame: (_: unknown, game: Game) => game,
      setCover: async (_: unknown, { file }: { file: File }) =>
        `${file.name}: ${await file.text()}`,
    },
    Subscription: {
      nextLaunches: {
        async *subscribe(_: unknown, { count }: { count: number }) {
          for (let n = 1; n <= count; n++) yield gameOf(n);
        },
        resolve: (game: Game) => game,
      },
      launches: { subscribe: () => eventsOf(launched, 'launch'), resolve: (game: Game) => game },
      inbox: {
        async *subscribe() {
          yield 'a letter';
        },
        resolve: (text: string) => text,
      },
    },
  },
};

const REVIEWS = {
  sdl: 'type Game @key(fields: "id") { id: ID! stars: Int! }',
  resolvers: { Game: { stars: ({ id }: Game) => Number(id.slice(1)) } },
};

/** A router over the two, to which clients connect as they would to any. */
export function startArcade(settings?: TestSettings): Promise<TestRouter> {
  const uploads = { enabled: true };
  return startTestRouter({ games: GAMES, reviews: REVIEWS }, { uploads, ...settings });
}

export const webSocketUrl = (router: TestRouter) => router.url.replace('http', 'ws');

/** What `nextLaunches(count: 3) { id name stars }` tells. */
export const THREE_LAUNCHES = [1, 2, 3].map(n => ({ ...gameOf(n), stars: n }));
