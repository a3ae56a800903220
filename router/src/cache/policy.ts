/** How long an answer holds, and whether it is for everybody. */
export interface CachePolicy {
  maxAgeMs: number;
  isPrivate: boolean;
}

export const NOT_AT_ALL: CachePolicy = { maxAgeMs: 0, isPrivate: true };

/**
 * What a subgraph's `cache-control` allows. An answer that is not called public is for one viewer: who knows nothing of
 * caches is not to find one viewer's data with another.
 */
export function readPolicy(cacheControl: string): CachePolicy {
  const directives = new Map(
    cacheControl
      .toLowerCase()
      .split(',')
      .map(each => each.trim().split('=', 2) as [string, string | undefined]),
  );
  if (directives.has('no-store') || directives.has('no-cache')) return NOT_AT_ALL;
  const seconds = directives.get('s-maxage') ?? directives.get('max-age') ?? '';
  const maxAgeMs = /^"?\d{1,9}"?$/.test(seconds) ? Number(seconds.replaceAll('"', '')) * 1000 : 0;
  return { maxAgeMs, isPrivate: directives.has('private') || !directives.has('public') };
}

/** What holds for an answer that is made of two. */
export function stricter(a: CachePolicy, b: CachePolicy): CachePolicy {
  return {
    maxAgeMs: Math.min(a.maxAgeMs, b.maxAgeMs),
    isPrivate: a.isPrivate || b.isPrivate,
  };
}
