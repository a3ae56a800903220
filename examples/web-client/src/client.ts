import { type Client as Sockets, createClient } from 'graphql-ws';
import {
  LogInDocument,
  LogOutDocument,
  RefreshSessionDocument,
  type TokensFragment,
  type TypedDocumentString,
} from './gql/graphql.js';

/** Before an access token ends, for requests that take a while, and clocks that differ. */
const RENEW_BEFORE_MS = 30_000;
const RETRY_DELAY_MS_MAX = 10_000;
/** A socket whose access token has ended, or was not taken, is closed so. */
const FORBIDDEN = 4403;

/** Where tokens are kept between two visits. */
export interface TokenStore {
  load(): TokensFragment | undefined;
  save(tokens: TokensFragment | undefined): void;
}

export interface GraphError {
  message: string;
  extensions?: { code?: string; [key: string]: unknown };
}

/** The answer has errors. @see docs/errors.md */
export class AnswerError extends Error {
  constructor(readonly errors: readonly GraphError[]) {
    super(errors[0]?.message);
  }
}

/** They may be left out when none is needed. */
type Variables<V> = Record<string, never> extends V ? [variables?: V] : [variables: V];

/** One Gamegraph, asked as whoever is logged in. */
export class Gamegraph {
  readonly #url: string;
  readonly #store: TokenStore | undefined;
  #sockets: Sockets;
  #tokens: TokensFragment | undefined;
  #renewal: Promise<void> | undefined;

  /** @param url `https://…/graphql`; subscriptions go to the same address */
  constructor(url: string, store?: TokenStore) {
    this.#url = url;
    this.#store = store;
    this.#tokens = store?.load();
    this.#sockets = this.#connect();
  }

  get isLoggedIn(): boolean {
    return this.#tokens !== undefined;
  }

  /** Returns why not, in words for the user, or undefined when it went well. */
  async logIn(email: string, password: string): Promise<string | undefined> {
    const { outcome } = await this.#send(LogInDocument, { email, password });
    if (outcome.__typename !== 'SignedIn') return outcome.message;
    this.#become(outcome);
    return undefined;
  }

  async logOut(): Promise<void> {
    await this.ask(LogOutDocument);
    this.#become(undefined);
  }

  /** @throws AnswerError when any part of the answer failed */
  async ask<R, V>(document: TypedDocumentString<R, V>, ...[variables]: Variables<V>): Promise<R> {
    const token = await this.#accessToken();
    try {
      return await this.#send(document, variables, token);
    } catch (error) {
      const code = error instanceof AnswerError && error.errors[0]?.extensions?.code;
      if (code !== 'UNAUTHENTICATED' || token === undefined) throw error;
      this.#distrust(token);
      return this.#send(document, variables, await this.#accessToken());
    }
  }

  /** Goes on through lost connections and renewed tokens, until somebody else logs in, or out. @throws AnswerError */
  async *follow<R, V>(
    document: TypedDocumentString<R, V>,
    ...[variables]: Variables<V>
  ): AsyncGenerator<R, void> {
    const query = document.toString();
    const results = this.#sockets.iterate<R>({ query, variables: variables as object as never });
    try {
      for await (const { data, errors } of results) {
        if (errors) throw new AnswerError(errors);
        yield data!;
      }
    } catch (error) {
      throw Array.isArray(error) ? new AnswerError(error as GraphError[]) : error;
    }
  }

  /** A connection belongs to who opened it: with somebody else, what is followed ends. */
  #become(tokens: TokensFragment | undefined): void {
    this.#keep(tokens);
    void this.#sockets.dispose();
    this.#sockets = this.#connect();
  }

  #connect(): Sockets {
    let token: string | undefined;
    return createClient({
      url: this.#url.replace(/^http/, 'ws'),
      // A function: each connection gets the token of its moment.
      connectionParams: async () => headersFor((token = await this.#accessToken())),
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: tries =>
        new Promise(resolve =>
          setTimeout(
            resolve,
            Math.min(2 ** tries * 250, RETRY_DELAY_MS_MAX) * (0.5 + Math.random()),
          ),
        ),
      on: {
        closed: event => {
          if ((event as { code?: number }).code === FORBIDDEN) this.#distrust(token);
        },
      },
    });
  }

  async #accessToken(): Promise<string | undefined> {
    const tokens = this.#tokens;
    if (tokens && Date.parse(tokens.accessTokenExpiresAt) - Date.now() < RENEW_BEFORE_MS) {
      // A refresh token is good for one use: however many need it at once, one request is sent.
      this.#renewal ??= this.#renew(tokens).finally(() => (this.#renewal = undefined));
      await this.#renewal;
    }
    return this.#tokens?.accessToken;
  }

  async #renew({ refreshToken }: TokensFragment): Promise<void> {
    const { outcome } = await this.#send(RefreshSessionDocument, { refreshToken });
    if (this.#tokens?.refreshToken !== refreshToken) return; // somebody else logged in meanwhile
    this.#keep(outcome.__typename === 'SignedIn' ? outcome : undefined);
  }

  /** The router does not take an access token, whatever our clock says of it: the next use renews it. */
  #distrust(token: string | undefined): void {
    if (this.#tokens && this.#tokens.accessToken === token)
      this.#tokens = { ...this.#tokens, accessTokenExpiresAt: new Date(0).toISOString() };
  }

  #keep(tokens: TokensFragment | undefined): void {
    this.#tokens = tokens;
    this.#store?.save(tokens);
  }

  async #send<R, V>(
    document: TypedDocumentString<R, V>,
    variables?: V,
    token?: string,
  ): Promise<R> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersFor(token) },
      body: JSON.stringify({ query: document, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: R; errors?: GraphError[] };
    if (errors) throw new AnswerError(errors);
    return data!;
  }
}

const headersFor = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };
