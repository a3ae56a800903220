import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { freshToken, session } from './session.js';
import { Store } from './store.js';

/** The result that was shown last, for panels that show it in another way. */
export const lastResult = new Store<unknown>(undefined);

const sockets = createClient({
  url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
  lazy: true,
  retryAttempts: 10,
  shouldRetry: () => true,
  // A function: each connection gets the token of its moment.
  connectionParams: async () => {
    const token = await freshToken();
    return token ? { authorization: `Bearer ${token}` } : {};
  },
});

// A connection belongs to who opened it: another user gets another one.
session.subscribe(() => sockets.terminate());

const ask = createGraphiQLFetcher({ url: '/graphql', wsClient: sockets });

/** Asks as whoever is logged in, and remembers what was answered. */
export const fetcher: Fetcher = async (params, options) => {
  const token = await freshToken();
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...options?.headers,
  };
  const result = await ask(params, { ...options, headers });
  if (params.operationName === 'IntrospectionQuery') return result;
  if (isStream(result)) return remembering(result);
  lastResult.set(result);
  return result;
};

function isStream(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

async function* remembering(results: AsyncIterable<unknown>) {
  for await (const result of results) {
    lastResult.set(result);
    yield result as never;
  }
}
