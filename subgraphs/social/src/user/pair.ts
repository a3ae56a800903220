import { badInput } from '@gamegraph/subgraph-kit';

/** Two users without an order: the smaller id first, so that there is one way to write them. */
export interface Pair {
  userLow: string;
  userHigh: string;
}

/** @throws GraphError BAD_USER_INPUT when the two are one */
export function pairOf(one: string, other: string): Pair {
  if (one === other) throw badInput('That is yourself.');
  return one < other ? { userLow: one, userHigh: other } : { userLow: other, userHigh: one };
}
