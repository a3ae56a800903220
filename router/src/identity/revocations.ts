import { IDENTITY_HEADER, IdentitySigner } from '@gamegraph/identity';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { RouterConfig } from '../config/schema.js';
import type { Principal } from './authenticator.js';

const ANSWER_TIMEOUT_MS = 2_000;

const Answer = z.object({
  revoked: z.array(
    z.object({
      /** All tokens of this session. */
      session: z.string().nullish(),
      /** Those that this user was given before `at`. */
      user: z.string().nullish(),
      at: z.coerce.date(),
    }),
  ),
  /** What to send with the next request, to be told what is new. */
  cursor: z.string(),
  /** How long an access token is good for: older revocations concern none. */
  tokenLifetimeS: z.number().positive(),
});

type Settings = Pick<RouterConfig, 'authentication' | 'subgraphs'>;

interface Watcher {
  principal: Principal;
  onRevoked(): void;
}

/**
 * Access tokens that are not to be believed though they are not old, as whoever issues them tells. While that cannot be
 * asked, what is known stays known, and nobody else is locked out.
 */
export class Revocations {
  /** `session <id>` or `user <id>` -> since when, and until when it matters. */
  readonly #revoked = new Map<string, { atMs: number; untilMs: number }>();
  readonly #watchers = new Set<Watcher>();
  #settings: Settings | undefined;
  #cursor: string | undefined;
  #toldAtMs = Date.now();
  #isTold = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly log: Logger) {}

  /** How many are known. */
  get count(): number {
    return this.#revoked.size;
  }

  /** For how long nothing could be learned; 0 where nobody is asked. */
  get ageS(): number {
    return this.#settings ? (Date.now() - this.#toldAtMs) / 1000 : 0;
  }

  /** Asks by these settings from now on. Resolves when it was asked once. */
  async use(settings: Settings): Promise<void> {
    const { url } = settings.authentication.revocations;
    if (url !== this.#settings?.authentication.revocations.url) this.#cursor = undefined;
    this.#settings = url === undefined ? undefined : settings;
    clearTimeout(this.#timer);
    if (url !== undefined) await this.#poll(settings, url);
  }

  isRevoked({ viewer, issuedAtMs }: Principal): boolean {
    if (!viewer || this.#revoked.size === 0) return false;
    const user = this.#revoked.get(`user ${viewer.userId}`);
    if (user && issuedAtMs < user.atMs) return true;
    return this.#revoked.has(`session ${viewer.sessionId}`);
  }

  /** Calls back when, or if already, they are revoked. Returns how to stop waiting for it. */
  whenRevoked(principal: Principal, onRevoked: () => void): () => void {
    if (!principal.viewer) return () => {};
    const watcher = { principal, onRevoked };
    this.#watchers.add(watcher);
    // It may have come since they were let in.
    if (this.isRevoked(principal)) queueMicrotask(() => this.#watchers.has(watcher) && onRevoked());
    return () => this.#watchers.delete(watcher);
  }

  close(): void {
    this.#settings = undefined;
    clearTimeout(this.#timer);
  }

  async #poll(settings: Settings, url: string): Promise<void> {
    const { intervalMs } = settings.authentication.revocations;
    try {
      const told = await this.#ask(settings, url);
      if (this.#settings !== settings) return; // others have come meanwhile
      this.#learn(told, settings.authentication.clockLeewayS);
      if (!this.#isTold) this.log.info('revoked tokens are known again');
      this.#isTold = true;
    } catch (error) {
      if (this.#settings !== settings) return;
      if (this.#isTold)
        this.log.error({ error }, 'cannot learn which tokens are revoked; going on as before');
      this.#isTold = false;
    }
    this.#timer = setTimeout(() => void this.#poll(settings, url), intervalMs).unref();
  }

  async #ask({ authentication, subgraphs }: Settings, url: string) {
    const target = new URL(url);
    if (this.#cursor !== undefined) target.searchParams.set('cursor', this.#cursor);
    const { signingKey } = subgraphs;
    const identity = { viewer: undefined, client: {}, isOperator: true };
    const about = target.pathname + target.search;
    const { audience } = authentication.revocations;
    const response = await fetch(target, {
      headers: signingKey && {
        [IDENTITY_HEADER]: new IdentitySigner(signingKey).sign(audience, about, identity),
      },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return Answer.parse(await response.json());
  }

  #learn({ revoked, cursor, tokenLifetimeS }: z.output<typeof Answer>, clockLeewayS: number): void {
    this.#cursor = cursor;
    const now = (this.#toldAtMs = Date.now());
    for (const [key, { untilMs }] of this.#revoked) if (untilMs < now) this.#revoked.delete(key);
    // A token is believed for the leeway longer, and whoever issued it may be as far behind.
    const untilMs = now + (tokenLifetimeS + 2 * clockLeewayS) * 1000;
    let isNew = false;
    for (const { session, user, at } of revoked) {
      const key = session ? `session ${session}` : `user ${user}`;
      const atMs = at.getTime();
      if (atMs <= (this.#revoked.get(key)?.atMs ?? -Infinity)) continue; // told again
      this.#revoked.set(key, { atMs, untilMs });
      isNew = true;
    }
    if (!isNew) return;
    for (const { principal, onRevoked } of [...this.#watchers])
      if (this.isRevoked(principal)) onRevoked();
  }
}
