import { type CachePolicy, stricter } from './policy.js';

/** What caches know of who asks. */
export interface Asker {
  principal: { viewer: { userId: string } | undefined; scope: string };
  /** Headers of the client's that subgraphs get as they came. */
  forwarded: Record<string, string> | undefined;
  /** What the client wants no part of, where it has a say. */
  bypass?: 'no-cache' | 'no-store' | undefined;
}

/** One query in work: what it may have from caches, and what becomes known of its answer on the way. */
export class RequestCaching {
  /** Answers for one viewer are kept under this; undefined when nobody is logged in: then they are not kept. */
  readonly scope: string | undefined;
  /** What every answer may depend on. */
  readonly forwarded: string;
  readonly mayRead: boolean;
  readonly mayKeep: boolean;
  /** The name of the viewer's own changes. */
  readonly viewerName: string;
  /** Names of all that the answer depends on. */
  readonly names = new Set<string>();
  #policy: CachePolicy | undefined;

  readonly #isForOne: boolean;
  #oldest: number;

  /**
   * @param begun the tick at which it is begun: all that changed before is in the answer
   * @param isForOne whether others may have other rights to it
   */
  constructor(
    { principal, forwarded, bypass }: Asker,
    readonly begun: number,
    isForOne: boolean,
  ) {
    this.#oldest = begun;
    this.#isForOne = isForOne;
    this.scope = principal.viewer && principal.scope;
    this.viewerName = viewerNameOf(principal.viewer);
    this.forwarded = forwarded ? JSON.stringify(forwarded) : '';
    this.mayRead = bypass === undefined;
    this.mayKeep = bypass !== 'no-store';
  }

  /** What holds for the answer by now; undefined while there is nothing in it. */
  get policy(): CachePolicy | undefined {
    return this.#policy && this.#isForOne ? { ...this.#policy, isPrivate: true } : this.#policy;
  }

  /** When the oldest part of it was begun. Another viewer may have changed something since, which caches were not told. */
  get oldest(): number {
    return this.#oldest;
  }

  restrict(policy: CachePolicy): void {
    this.#policy = this.#policy ? stricter(this.#policy, policy) : policy;
  }

  /** Something that was kept goes into the answer. */
  take(entry: { isPrivate: boolean; expiresAtMs: number; begun: number }): void {
    this.#oldest = Math.min(this.#oldest, entry.begun);
    const maxAgeMs = Math.max(0, entry.expiresAtMs - performance.now());
    this.restrict({ maxAgeMs, isPrivate: entry.isPrivate });
  }

  dependOn(names: Iterable<string>): void {
    for (const name of names) this.names.add(name);
  }
}

/** The name under which changes are marked that this viewer has made. Whoever is not logged in is one and the same. */
export function viewerNameOf(viewer: { userId?: string | undefined } | undefined): string {
  return `viewer ${viewer?.userId ?? ''}`;
}
