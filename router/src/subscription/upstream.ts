import type { GraphQLFormattedError } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { errorsOf, isAnswer, type SubgraphAnswer } from '../execution/fetch.js';
import type { JsonObject } from '../execution/json.js';

const RETRY_DELAY_MS_MAX = 10_000;
const PING_INTERVAL_MS = 10_000;
const PONG_TIMEOUT_MS = 5_000;
const ACK_TIMEOUT_MS = 5_000;
/** A connection that has stood for so long is lost for the first time again. */
const STABLE_MS = 10_000;
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const NORMAL_CLOSE = 1000;
const ABNORMAL_CLOSE = 1006;

/** Where the events of a subscription go. */
export interface EventSink {
  /** @param isAfterGap the connection was lost and found since the last event: some may be missing */
  next(event: SubgraphAnswer, isAfterGap: boolean): void;
  error(errors: GraphQLFormattedError[]): void;
  complete(): void;
}

/** What to send with a subscription, made anew for each attempt: proofs of identity are good for seconds. */
export interface Subscribing {
  query: string;
  operationName: string | undefined;
  variables: JsonObject;
  extensions(): JsonObject;
}

export interface UpstreamOptions {
  urlOf(subgraph: string): string | undefined;
  /** What to say when a connection opens. */
  connectionParams(subgraph: string): JsonObject;
  /** How often a lost connection is made again, as it is set at the moment. */
  reconnects(): number;
  log: Logger;
}

/**
 * Subscribes to subgraphs by graphql-transport-ws: one connection to each carries the subscriptions of all viewers.
 * Lost connections are made again with growing delays; what cannot be made again ends with an error.
 */
export class Upstream {
  readonly #connections = new Map<string, Connection>(); // by subgraph and where it is

  constructor(private readonly options: UpstreamOptions) {}

  subscribe(subgraph: string, what: Subscribing, sink: EventSink): () => void {
    const url = this.options.urlOf(subgraph);
    if (!url) throw new Error(`There is no subgraph ${subgraph}.`);
    const key = `${subgraph} ${url}`;
    const connection =
      this.#connections.get(key) ??
      new Connection(subgraph, url, this.options, () => {
        // Whoever comes next is not to wait as long as those who have given up.
        if (this.#connections.get(key) === connection) this.#connections.delete(key);
      });
    this.#connections.set(key, connection);
    return connection.subscribe(what, sink);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map(connection => connection.close()));
  }
}

class Connection {
  readonly #client: Client;
  readonly #log: Logger;
  /** How often it has been opened: a subscription that began with another number has a gap. */
  #epoch = 0;
  #isOpen = false;
  #openSinceMs = Infinity;
  /** How often it was lost, or could not be made, in a row. */
  #losses = 0;
  #pongDue: NodeJS.Timeout | undefined;

  constructor(
    private readonly subgraph: string,
    url: string,
    { connectionParams, reconnects, log }: UpstreamOptions,
    private readonly onLost: () => void,
  ) {
    this.#log = log;
    class Socket extends WebSocket {
      #isEnded = false;

      constructor(address: string | URL, protocols: string | string[]) {
        super(address, protocols, {
          perMessageDeflate: false,
          handshakeTimeout: ACK_TIMEOUT_MS,
          maxPayload: MESSAGE_BYTES_MAX,
        });
      }

      override close(code?: number, reason?: string | Buffer): void {
        // So does graphql-ws when nobody subscribes any more; to a close of the other side's, `ws` answers with bytes.
        this.#isEnded ||= typeof reason === 'string';
        super.close(code, reason);
      }

      /** After a normal close, graphql-ws comes back at once and for ever: one that it did not ask for is a loss. */
      override emit(event: string | symbol, ...args: unknown[]): boolean {
        const isLoss = event === 'close' && args[0] === NORMAL_CLOSE && !this.#isEnded;
        return super.emit(event, ...(isLoss ? [ABNORMAL_CLOSE, args[1]] : args));
      }
    }
    this.#client = createClient({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: Socket,
      connectionParams: () => connectionParams(subgraph),
      lazyCloseTimeout: 3_000,
      keepAlive: PING_INTERVAL_MS,
      connectionAckWaitTimeout: ACK_TIMEOUT_MS,
      // It counts anew with each connection that is made, also one that is lost again at once.
      retryAttempts: Infinity,
      shouldRetry: () => this.#losses <= reconnects(),
      retryWait: () => {
        const delayMs = Math.min(250 * 2 ** (this.#losses - 1), RETRY_DELAY_MS_MAX);
        return new Promise(resolve => setTimeout(resolve, 50 + Math.random() * delayMs));
      },
      on: {
        connected: () => {
          this.#epoch++;
          this.#isOpen = true;
          this.#openSinceMs = performance.now();
        },
        // graphql-ws sends pings, but does nothing about one that is not answered.
        ping: received => {
          if (received) return;
          clearTimeout(this.#pongDue);
          this.#pongDue = setTimeout(() => this.#client.terminate(), PONG_TIMEOUT_MS).unref();
        },
        pong: received => received && clearTimeout(this.#pongDue),
        closed: event => {
          this.#isOpen = false;
          const isLoss = (event as { code: number }).code !== NORMAL_CLOSE;
          const wasStable = performance.now() - this.#openSinceMs > STABLE_MS;
          this.#openSinceMs = Infinity;
          if (!isLoss || wasStable) this.#losses = 0;
          if (isLoss) this.#losses++;
          clearTimeout(this.#pongDue);
        },
        error: error => log.warn({ error, subgraph }, 'upstream: a connection failed'),
      },
    });
  }

  subscribe(
    { query, operationName, variables, extensions }: Subscribing,
    sink: EventSink,
  ): () => void {
    let epoch = this.#isOpen ? this.#epoch : this.#epoch + 1;
    let isOver = false;
    const payload = {
      query,
      ...(operationName !== undefined && { operationName }),
      variables,
      // A getter: the client serialises the payload for each attempt, and gets a fresh proof each time.
      get extensions() {
        return extensions();
      },
    };
    const stop = this.#client.subscribe<JsonObject>(payload, {
      next: event => {
        if (isOver) return;
        const isAfterGap = epoch !== this.#epoch;
        epoch = this.#epoch;
        sink.next(isAnswer(event) ? event : this.#unreadable(), isAfterGap);
      },
      error: reason => {
        if (isOver) return;
        isOver = true;
        if (Array.isArray(reason)) return sink.error(this.#told(reason));
        this.onLost();
        sink.error([this.#lost()]);
      },
      complete: () => {
        if (isOver) return;
        isOver = true;
        sink.complete();
      },
    });
    return () => {
      if (isOver) return;
      isOver = true;
      stop();
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#pongDue);
    await this.#client.dispose();
  }

  #unreadable(): SubgraphAnswer {
    const { subgraph } = this;
    this.#log.warn({ subgraph }, 'upstream: an event is not in GraphQL');
    const message = `${subgraph} did not answer in GraphQL.`;
    return { errors: [{ message, extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] };
  }

  #told(errors: unknown[]): GraphQLFormattedError[] {
    return errorsOf({ errors }).map(({ extensions, ...error }) => ({
      ...error,
      extensions: {
        code: 'INTERNAL_SERVER_ERROR',
        ...extensions,
        serviceName: this.subgraph,
      },
    }));
  }

  #lost(): GraphQLFormattedError {
    return {
      message: `${this.subgraph} is not reachable now, so this subscription has ended.`,
      extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: this.subgraph },
    };
  }
}
