import assert from 'node:assert/strict';
import { until } from '@gamegraph/test-support';
import type { GraphQLFormattedError } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { TypedDocumentString } from './gql/graphql.js';

/** Nobody waits longer than that for an answer. */
const ANSWER_TIMEOUT_MS = 30_000;

export interface Answer<Result> {
  data: Result | null;
  errors?: GraphQLFormattedError[];
  extensions?: Record<string, unknown>;
}

/** The variables; they may be left out when none is needed. */
type Arguments<Variables> =
  Record<string, never> extends Variables ? [variables?: Variables] : [variables: Variables];

/** Somebody with a client: sends operations to the router, as whoever the token names. */
export class Client {
  constructor(
    readonly url: string,
    public token?: string,
  ) {}

  get headers(): Record<string, string> {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
  }

  ask<Result, Variables>(
    operation: TypedDocumentString<Result, Variables>,
    ...[variables]: Arguments<Variables>
  ): Promise<Answer<Result>> {
    return this.send(operation.toString(), variables);
  }

  async send<Result>(
    query: string,
    variables: unknown,
    { headers = {}, extensions }: { headers?: Record<string, string>; extensions?: object } = {},
  ): Promise<Answer<Result>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.headers, ...headers },
      body: JSON.stringify({ query, variables, extensions }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return (await response.json()) as Answer<Result>;
  }

  /** As `ask`, and returns the data; there must be no errors. */
  async data<Result, Variables>(
    operation: TypedDocumentString<Result, Variables>,
    ...variables: Arguments<Variables>
  ): Promise<Result> {
    const { data, errors } = await this.ask(operation, ...variables);
    assert.deepEqual(errors, undefined);
    return data!;
  }

  /** As `ask`, and returns the code of the one error. */
  async code<Result, Variables>(
    operation: TypedDocumentString<Result, Variables>,
    ...variables: Arguments<Variables>
  ): Promise<unknown> {
    const { errors } = await this.ask(operation, ...variables);
    assert.equal(errors?.length, 1, 'there is one error');
    return errors[0]!.extensions?.code;
  }

  subscribe<Result, Variables>(
    operation: TypedDocumentString<Result, Variables>,
    ...[variables]: Arguments<Variables>
  ): Subscription<Result> {
    return new Subscription(this, operation.toString(), variables as object | undefined);
  }

  /** Subscribes again, from where an event's token says that one was. */
  resume<Result, Variables>(
    token: string,
    operation: TypedDocumentString<Result, Variables>,
    ...[variables]: Arguments<Variables>
  ): Subscription<Result> {
    const extensions = { consistency: { token } };
    return new Subscription(
      this,
      operation.toString(),
      variables as object | undefined,
      extensions,
    );
  }

  /** Subscribes, and does something again and again until it is told: from then on nothing is missed. */
  async listen<Result, Variables>(
    poke: () => Promise<unknown>,
    operation: TypedDocumentString<Result, Variables>,
    ...variables: Arguments<Variables>
  ): Promise<Subscription<Result>> {
    const subscription = this.subscribe(operation, ...variables);
    await subscription.pokeUntilTold(poke);
    return subscription;
  }
}

/** A user of the platform who is logged in. */
export class Person extends Client {
  constructor(
    url: string,
    token: string,
    readonly id: string,
    readonly handle: string,
  ) {
    super(url, token);
  }
}

/** A subscription by graphql-ws, which comes back when its connection is lost. */
export class Subscription<Result> {
  readonly events: Result[] = [];
  /** What each event says beside its data. */
  readonly extensions: (Record<string, unknown> | undefined)[] = [];
  #errors: readonly GraphQLFormattedError[] | undefined;
  readonly #stop: () => void;

  constructor(
    { url, headers }: Client,
    query: string,
    variables: object = {},
    asked: Record<string, unknown> = {},
  ) {
    const client = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: headers,
      retryAttempts: Infinity,
      retryWait: () => new Promise(resolve => setTimeout(resolve, 50)),
      shouldRetry: () => true,
    });
    const unsubscribe = client.subscribe<Result>(
      { query, variables: { ...variables }, extensions: asked },
      {
        next: ({ data, errors, extensions }) => {
          if (errors) return void (this.#errors = errors);
          this.events.push(data!);
          this.extensions.push(extensions as Record<string, unknown> | undefined);
        },
        error: errors => (this.#errors = errors as GraphQLFormattedError[]),
        complete: () => {},
      },
    );
    this.#stop = () => {
      unsubscribe();
      void client.dispose();
    };
  }

  /** The token of the last event. */
  get token(): string {
    return (this.extensions.at(-1)!.consistency as { token: string }).token;
  }

  /** Waits for an event that is as `isIt` says. */
  told(what: string, isIt: (event: Result) => boolean): Promise<Result> {
    return until(what, () => {
      assert.equal(this.#errors, undefined);
      return this.events.find(isIt);
    });
  }

  /** Waits for the subscription to be refused; the code of why. */
  async refusal(): Promise<unknown> {
    const errors = await until('the subscription is refused', () => this.#errors);
    assert.deepEqual(this.events, []);
    return errors[0]!.extensions?.code;
  }

  async pokeUntilTold(poke: () => Promise<unknown>): Promise<void> {
    const before = this.events.length;
    const isTold = async () => {
      assert.equal(this.#errors, undefined);
      if (this.events.length > before) return true;
      await poke();
      return false;
    };
    // The router waits longer from try to try for a subgraph that is gone.
    await until('the subscription is on', isTold, { intervalMs: 100, timeoutMs: 30_000 });
  }

  stop(): void {
    this.#stop();
  }
}

/** A member of a result's union, which must be of this type. */
export function as<Union extends { __typename: string }, Name extends Union['__typename']>(
  name: Name,
  outcome: Union,
): Extract<Union, { __typename: Name }> {
  assert.equal(outcome.__typename, name, JSON.stringify(outcome));
  return outcome as Extract<Union, { __typename: Name }>;
}

/** The nodes of a connection. */
export function nodes<Node>(connection: { edges: { node: Node }[] } | null | undefined): Node[] {
  assert.ok(connection, 'there is a list');
  return connection.edges.map(({ node }) => node);
}

interface Page<Node> {
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  edges: { node: Node }[];
}

/** The nodes of all pages of a list. */
export async function allPages<Node>(
  page: (after: string | null) => Promise<Page<Node>>,
): Promise<Node[]> {
  const found: Node[] = [];
  for (let after: string | null = null, isMore = true; isMore;) {
    const list = await page(after);
    found.push(...nodes(list));
    isMore = list.pageInfo.hasNextPage;
    after = list.pageInfo.endCursor;
  }
  return found;
}
