import { setTimeout as sleep } from 'node:timers/promises';

const AT_ONCE_MAX = 16;
const COPY_TIMEOUT_MS = 60_000;
const COPY_INTERVAL_MS = 200;
const RENEW_BEFORE_MS = 60_000;

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

export interface SignedIn {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
  user: { id: string };
}

const SIGNED_IN = `... on SignedIn { accessToken accessTokenExpiresAt refreshToken user { id } }
  ... on Refusal { message }`;
const LOG_IN = `mutation logIn($email: String!, $password: String!) {
  logIn(email: $email, password: $password) { __typename ${SIGNED_IN} } }`;
const REGISTER = `mutation register($input: RegisterInput!) {
  register(input: $input) { __typename ${SIGNED_IN} } }`;
const REFRESH = `mutation refreshSession($refreshToken: String!) {
  refreshSession(refreshToken: $refreshToken) { __typename ${SIGNED_IN} } }`;

/** The graph said no. The message names the operation, and why. */
export class Refused extends Error {
  override name = 'Refused';

  constructor(
    operation: string,
    /** The type of the refusal, or the code of the error. */
    readonly kind: string,
    reason: string,
  ) {
    super(`${operation} was refused: ${kind}: ${reason}`);
  }
}

/** The router, as a client sees it. Only so many requests are under way at once, however many are asked for. */
export class Graph {
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly url: string) {}

  /** @throws Refused when there are errors, or when a mutation answers with a refusal */
  async ask<T>(document: string, variables: object = {}, accessToken?: string): Promise<T> {
    const operation = /^\s*(?:query|mutation) (\w+)/.exec(document)?.[1] ?? 'query';
    await this.#begin();
    let answer: Answer;
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(accessToken && { authorization: `Bearer ${accessToken}` }),
        },
        body: JSON.stringify({ query: document, variables }),
      });
      answer = (await response.json()) as Answer;
    } finally {
      this.#end();
    }
    const [error] = answer.errors ?? [];
    if (error || !answer.data)
      throw new Refused(operation, error?.extensions?.code ?? 'no data', error?.message ?? '');
    for (const result of Object.values(answer.data)) {
      const { __typename: kind, message, ...details } = (result ?? {}) as Record<string, unknown>;
      if (typeof message !== 'string') continue; // only refusals have one
      const more = Object.keys(details).length > 0 ? ` ${JSON.stringify(details)}` : '';
      throw new Refused(operation, String(kind), message + more);
    }
    return answer.data as T;
  }

  async register(input: object): Promise<Account> {
    const { register } = await this.ask<{ register: SignedIn }>(REGISTER, { input });
    return new Account(this, register);
  }

  async logIn(email: string, password: string): Promise<Account> {
    const { logIn } = await this.ask<{ logIn: SignedIn }>(LOG_IN, { email, password });
    return new Account(this, logIn);
  }

  async #begin(): Promise<void> {
    if (this.#underWay < AT_ONCE_MAX) this.#underWay++;
    else await new Promise<void>(resolve => this.#waiting.push(resolve)); // its place is handed on
  }

  #end(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#underWay--;
  }
}

/** Somebody who is logged in. */
export class Account {
  readonly id: string;
  #signedIn: Promise<SignedIn>;

  constructor(
    private readonly graph: Graph,
    signedIn: SignedIn,
  ) {
    this.id = signedIn.user.id;
    this.#signedIn = Promise.resolve(signedIn);
  }

  async ask<T>(document: string, variables: object = {}): Promise<T> {
    const { accessTokenExpiresAt } = await this.#signedIn;
    if (Date.parse(accessTokenExpiresAt) - Date.now() < RENEW_BEFORE_MS) await this.renew();
    return this.graph.ask(document, variables, (await this.#signedIn).accessToken);
  }

  /** Asks what needs something that another part of the graph may not have heard of yet, until it has. */
  askInTime<T>(document: string, variables: object = {}): Promise<T> {
    return inTime(() => this.ask<T>(document, variables));
  }

  /** Takes new tokens, which say what roles one has now. */
  async renew(): Promise<void> {
    const before = this.#signedIn;
    this.#signedIn = before.then(async ({ refreshToken }) => {
      const answer = await this.graph.ask<{ refreshSession: SignedIn }>(REFRESH, { refreshToken });
      return answer.refreshSession;
    });
    await this.#signedIn;
  }
}

/** What a request is answered with while a copy that it needs is still under way. */
const LATE_COPY = ['NOT_FOUND', 'FORBIDDEN', 'GameNotForSale', 'InventoryFaulty'];

/** Does what needs a copy that may be under way, until it can be done. */
export async function inTime<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + COPY_TIMEOUT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof Refused && LATE_COPY.includes(error.kind);
      if (!mayPass || Date.now() > deadline) throw error;
      await sleep(COPY_INTERVAL_MS);
    }
  }
}

/** Does some work for each, for so many at once that the router has enough to do, and no token grows old in a queue. */
export async function forEach<T>(
  list: Iterable<T>,
  work: (one: T, index: number) => Promise<unknown>,
): Promise<void> {
  const rest = [...list].entries();
  const worker = async () => {
    for (const [index, one] of rest) await work(one, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE_MAX }, worker));
}

/** Asks again until the answer is yes. @throws Error naming `what` when it is still not, after a while */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + COPY_TIMEOUT_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not within ${COPY_TIMEOUT_MS / 1000} s: ${what}.`);
    await sleep(COPY_INTERVAL_MS);
  }
}
