import type { ApolloServerPlugin } from '@apollo/server';
import type { Head } from '@gamegraph/identity';
import type { Lagging } from '../events/reached.js';
import { currentScope, type RequestScope } from './request-scope.js';

const HEADS_MAX = 64;

/** What the router is told beside an answer; it tells clients nothing of it as it is. */
export interface ConsistencyReport {
  /** The versions that the request has made, the newest of them when they are many. */
  moved: Head[];
  /** Whether it has made more. */
  isPartial: boolean;
  /** Whose copies were asked before they included what they were to. */
  lagging: Lagging[];
  /** Of an event: whether more was missed before it than could be told. */
  isAfterGap?: boolean;
}

/** Tells the router, in the answer's extensions, what it needs for consistency tokens; mostly that is nothing. */
export const consistencyReports: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ response: { body } }) {
        const scope = currentScope();
        if (!scope || body.kind !== 'single') return;
        const report = reportOf(scope);
        if (report) body.singleResult.extensions = { consistency: report };
      },
    };
  },
};

function reportOf({ moved, lagging }: RequestScope): ConsistencyReport | undefined {
  if (moved.length === 0 && lagging.length === 0) return undefined;
  const newest = new Map<string, Head>();
  for (const head of moved) {
    const key = `${head.aggregatetype} ${head.aggregateid}`;
    newest.delete(key);
    newest.set(key, head);
  }
  const isPartial = newest.size > HEADS_MAX;
  return { moved: [...newest.values()].slice(-HEADS_MAX), isPartial, lagging };
}
