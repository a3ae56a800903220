import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { Principal } from '../identity/authenticator.js';
import type { Delivery, Listener } from '../subscription/hub.js';
import type { Team } from '../workers/team.js';
import { BOUNDARY, lastPart, part, streamHeaders } from './multipart.js';

/** How results are written into the body of a response that does not end. */
interface Framing {
  contentType: string;
  opening: string;
  heartbeat: string;
  result(json: string): string;
  /** The end with a reason that is no result of the operation. */
  failure(errors: GraphQLFormattedError[]): string;
  complete: string;
  /** The end when this router stops; undefined: the connection is cut, which clients take as a reason to come again. */
  restart: string | undefined;
}

const SSE_COMPLETE = 'event: complete\ndata:\n\n'; // without data, parsers drop the event

/**
 * Server-sent events, a connection for each operation. Comments are heartbeats.
 *
 * @see https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md "distinct connections mode"
 */
const SSE: Framing = {
  contentType: 'text/event-stream; charset=utf-8',
  opening: '',
  heartbeat: ':\n\n',
  result: json => `event: next\ndata: ${json}\n\n`,
  failure: errors => `event: next\ndata: ${JSON.stringify({ errors })}\n\n${SSE_COMPLETE}`,
  complete: SSE_COMPLETE,
  restart: undefined,
};

/**
 * Empty parts are heartbeats; a payload of null says that the subscription has failed.
 *
 * @see https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
 */
const MULTIPART: Framing = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  opening: BOUNDARY,
  heartbeat: part('{}'),
  result: json => part(`{"payload":${json}}`),
  failure: errors => lastPart(JSON.stringify({ payload: null, errors })),
  complete: '--\r\n',
  restart: lastPart(
    JSON.stringify({
      payload: null,
      errors: [
        {
          message: 'This router is shutting down. Subscribe again.',
          extensions: { code: 'SUBSCRIPTION_SERVER_SHUTDOWN' },
        },
      ],
    }),
  ),
};

const FRAMINGS = { sse: SSE, multipart: MULTIPART };

export type StreamForm = keyof typeof FRAMINGS;

const UNSENT_GRACE_MS = 5_000; // for a client to read what is left, after the end

/** The responses over which subscriptions run. */
export class EventStreams {
  readonly #streams = new Set<EventStream>();
  readonly #heartbeats: NodeJS.Timeout[];

  /**
   * @param max how many there may be: as it is set at the moment
   * @param team who counts them
   * @param whenOver calls back when somebody's token is not valid any more; returns how to stop that
   */
  constructor(
    private readonly max: () => number,
    private readonly team: Pick<Team, 'take' | 'release'>,
    private readonly whenOver: (principal: Principal, onOver: () => void) => () => void,
    heartbeats: { sseMs: number; multipartMs: number },
  ) {
    const beat = (framing: Framing) => {
      for (const stream of this.#streams) if (stream.framing === framing) stream.beat();
    };
    this.#heartbeats = [
      setInterval(beat, heartbeats.sseMs, SSE).unref(),
      setInterval(beat, heartbeats.multipartMs, MULTIPART).unref(),
    ];
  }

  get count(): number {
    return this.#streams.size;
  }

  /**
   * Begins the response. What it subscribes to is stopped when it ends, whoever ends it.
   *
   * @returns whether there is room for it; nothing is begun when not
   */
  async open(
    response: ServerResponse,
    form: StreamForm,
    principal: Principal,
    subscribe: (listener: Listener) => () => void,
  ): Promise<boolean> {
    if ((await this.team.take({ streams: this.max() })) !== undefined) return false;
    const leave = () => this.team.release(['streams']);
    if (response.closed) {
      leave(); // the client has gone meanwhile
      return true;
    }
    const stream = new EventStream(response, FRAMINGS[form]);
    this.#streams.add(stream);
    const stop = subscribe(stream);
    const stopWaiting = this.whenOver(principal, () => stream.expire());
    response.once('close', () => {
      this.#streams.delete(stream);
      stopWaiting();
      stop();
      leave();
    });
    return true;
  }

  /** Ends all streams, a few at a time, so that their clients do not all come back at once. */
  async drain(spreadMs: number): Promise<void> {
    this.#heartbeats.forEach(clearInterval);
    const streams = [...this.#streams];
    await Promise.all(
      streams.map(async (stream, n) => {
        await new Promise(resolve => setTimeout(resolve, (spreadMs * n) / streams.length));
        stream.restart();
      }),
    );
  }
}

class EventStream implements Listener {
  #isEnded = false;

  constructor(
    private readonly response: ServerResponse,
    readonly framing: Framing,
  ) {
    response.on('error', () => response.destroy());
    response.on('close', () => (this.#isEnded = true));
    response.writeHead(200, streamHeaders(framing.contentType));
    response.write(framing.opening + framing.heartbeat); // so that clients know that it is open
  }

  next(delivery: Delivery): void {
    if (this.#isEnded) return;
    const { contentType, result } = this.framing;
    let bytes = delivery.forms.get(contentType);
    if (!bytes) delivery.forms.set(contentType, (bytes = Buffer.from(result(delivery.json))));
    this.response.write(bytes);
  }

  error(errors: GraphQLFormattedError[]): void {
    this.#end(this.framing.failure(errors));
  }

  complete(): void {
    this.#end(this.framing.complete);
  }

  bufferedBytes(): number {
    return this.response.writableLength;
  }

  giveUp(): void {
    this.error([{ message: 'You read too slowly.', extensions: { code: 'RATE_LIMITED' } }]);
  }

  beat(): void {
    // Where bytes wait already, one more tells nothing.
    if (!this.#isEnded && this.response.writableLength === 0)
      this.response.write(this.framing.heartbeat);
  }

  expire(): void {
    const message =
      'The access token is not valid any more, so this subscription has ended. Renew it.';
    this.error([{ message, extensions: { code: 'SUBSCRIPTION_JWT_EXPIRED' } }]);
  }

  restart(): void {
    if (this.framing.restart !== undefined) this.#end(this.framing.restart);
    else this.response.destroy();
  }

  #end(bytes: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.response.end(bytes);
    // One who does not read would hold what waits for them for ever.
    const cut = setTimeout(() => this.response.destroy(), UNSENT_GRACE_MS).unref();
    this.response.once('close', () => clearTimeout(cut));
  }
}

/** Answers with one result, in the form of a stream. */
export function sendAsStream(response: ServerResponse, form: StreamForm, json: string): void {
  const framing = FRAMINGS[form];
  response.writeHead(200, streamHeaders(framing.contentType));
  response.end(framing.opening + framing.result(json) + framing.complete);
}
