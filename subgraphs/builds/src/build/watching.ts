import type { Announcement } from '@gamegraph/subgraph-kit';

/** What changed, and what is to be told of it. */
export interface Watched<Seen> extends Announcement {
  seen: Seen;
}

/**
 * A subscription that tells what its viewer sees when something is announced, and nothing while they may not. What it tells
 * is what was looked at when it was decided that they may: what is hidden a moment later fails nothing.
 *
 * @param isEnding whether it ends, rather than waits, when there is nothing to see
 */
export function watching<Seen>(
  source: AsyncIterableIterator<Announcement, undefined>,
  look: (announcement: Announcement) => Promise<Seen | null>,
  { isEnding = false } = {},
): AsyncIterableIterator<Watched<Seen>, undefined> {
  const end = async () => {
    await source.return?.();
    return { value: undefined, done: true as const };
  };
  const iterator = {
    async next(): Promise<IteratorResult<Watched<Seen>, undefined>> {
      for (;;) {
        const result = await source.next();
        if (result.done) return result;
        const seen = await look(result.value);
        if (seen !== null) return { value: { ...result.value, seen }, done: false };
        if (isEnding) return end();
      }
    },
    ...{ return: end, throw: end, [Symbol.asyncIterator]: () => iterator },
  };
  return iterator;
}

/**
 * The same announcements, after one of our own that comes at once. What they lead to is all there is to know, so the router
 * tells who joins a subscription later what was told last.
 */
export function beginningNow(
  source: AsyncIterableIterator<Announcement, undefined>,
  first: Announcement,
): AsyncIterableIterator<Announcement, undefined> {
  let isFirst = true;
  const end = async () => {
    await source.return?.();
    return { value: undefined, done: true as const };
  };
  const iterator = {
    async next(): Promise<IteratorResult<Announcement, undefined>> {
      const result = isFirst ? { value: first, done: false as const } : await source.next();
      isFirst = false;
      return result.done ? result : { value: { ...result.value, isWhole: true }, done: false };
    },
    ...{ return: end, throw: end, [Symbol.asyncIterator]: () => iterator },
  };
  return iterator;
}
