import type { Announcement } from '@gamegraph/subgraph-kit';

/** What changed, and what is to be told of it. */
export interface Watched<Seen> extends Announcement {
  seen: Seen;
}

/**
 * A subscription that ends when there is nothing more for its viewer to see. What it tells is what was looked at when it
 * was decided that they may: what is hidden a moment later fails nothing.
 */
export function watching<Seen>(
  source: AsyncIterableIterator<Announcement, undefined>,
  look: (announcement: Announcement) => Promise<Seen | null>,
): AsyncIterableIterator<Watched<Seen>, undefined> {
  const end = async () => {
    await source.return?.();
    return { value: undefined, done: true as const };
  };
  const iterator = {
    async next(): Promise<IteratorResult<Watched<Seen>, undefined>> {
      const result = await source.next();
      if (result.done) return result;
      const seen = await look(result.value);
      return seen === null ? end() : { value: { ...result.value, seen }, done: false };
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
