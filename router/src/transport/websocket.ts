import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Core, readParams, type RequestContext, tooOften } from '../core.js';
import { isObject, type JsonObject } from '../execution/json.js';
import { toldOf } from '../http/http-error.js';
import { BadToken, type Principal } from '../identity/authenticator.js';
import { asksForText } from '../operation/persisted-documents.js';
import type { Team } from '../workers/team.js';

/** @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
const TRANSPORT_WS = 'graphql-transport-ws';
/**
 * What subscriptions-transport-ws spoke; Flutter's clients still do by default, some without naming it.
 *
 * @see https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md
 */
const LEGACY_WS = 'graphql-ws';

const SECOND_TRY_MS = 1_000; // with its text, by a client whose hash is unknown

const CLOSE_TIMEOUT_MS = 1_000;
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;

export interface WebSocketOptions {
  core: Core;
  path: string;
  /** Throws `BadToken`. The parameters are what `connection_init` carries. */
  contextOf(request: IncomingMessage, params: JsonObject): Promise<RequestContext>;
  /** Calls back when somebody's token is not valid any more. Returns how to stop that. */
  whenOver(principal: Principal, onOver: () => void): () => void;
  frameBytesMax: number;
  /** How many sockets there may be, and operations on one of them: as it is set at the moment. */
  limits(): { sockets: number; socketsPerAddress?: number | undefined; socketOperations: number };
  /** Where a request is from, as far as limits go. */
  networkOf(request: IncomingMessage): string;
  /** Who counts sockets. */
  team: Pick<Team, 'take' | 'release'>;
  initTimeoutMs: number;
  pingIntervalMs: number;
  /** Whether a page of this origin may connect. Clients that are no browsers name none. */
  isAllowedOrigin(origin: string, host: string | undefined): boolean;
  log: Logger;
}

/** GraphQL over WebSocket in both subprotocols: subscriptions, queries and mutations. */
export class WebSocketTransport {
  readonly #sockets = new Set<Socket>();
  readonly #server: WebSocketServer;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #options: WebSocketOptions;
  #isDraining = false;

  constructor(options: WebSocketOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: options.frameBytesMax,
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: offered =>
        [TRANSPORT_WS, LEGACY_WS].find(known => offered.has(known)) ?? false,
    });
    this.#heartbeat = setInterval(() => {
      for (const socket of this.#sockets) socket.beat();
    }, options.pingIntervalMs).unref();
  }

  get count(): number {
    return this.#sockets.size;
  }

  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head).catch((error: unknown) => {
        this.#options.log.error({ error }, 'websocket: a connection could not be opened');
        socket.destroy();
      });
    });
  }

  /** Closes all sockets, a few at a time, so that their clients do not all come back at once. */
  async drain(spreadMs: number): Promise<void> {
    this.#isDraining = true;
    clearInterval(this.#heartbeat);
    const sockets = [...this.#sockets];
    await Promise.all(
      sockets.map(async (socket, n) => {
        await new Promise(resolve => setTimeout(resolve, (spreadMs * n) / sockets.length));
        socket.close(1012, 'Service restart'); // and no `complete`: clients subscribe again elsewhere
      }),
    );
    this.#server.close();
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const refuse = (status: string) =>
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.on('error', () => socket.destroy());
    const { path, limits, isAllowedOrigin, networkOf, team } = this.#options;
    if (request.url?.split('?', 1)[0] !== path) return void refuse('404 Not Found');
    const { origin, host, 'sec-websocket-protocol': protocols } = request.headers;
    if (origin !== undefined && !isAllowedOrigin(origin, host)) return void refuse('403 Forbidden');
    if (protocols !== undefined && !/\bgraphql-(transport-)?ws\b/.test(protocols))
      return void refuse('400 Bad Request');
    if (this.#isDraining) return void refuse('503 Service Unavailable');
    const { sockets, socketsPerAddress } = limits();
    const places = {
      sockets,
      ...(socketsPerAddress && { [`sockets from ${networkOf(request)}`]: socketsPerAddress }),
    };
    const full = await team.take(places);
    if (full !== undefined)
      return void refuse(full === 'sockets' ? '503 Service Unavailable' : '429 Too Many Requests');
    const leave = () => team.release(Object.keys(places));
    if (socket.destroyed) return leave();
    socket.once('close', leave);
    this.#server.handleUpgrade(request, socket, head, ws => {
      const opened: Socket = new Socket(ws, request, this.#options, () =>
        this.#sockets.delete(opened),
      );
      this.#sockets.add(opened);
      if (this.#isDraining) opened.close(1012, 'Service restart');
    });
  }
}

/** An operation in work: how to stop it, once it has begun. */
interface Work {
  stop?(): void;
}

/** One connection. Refuses what the protocol forbids with the close code that it names. */
class Socket {
  readonly #operations = new Map<string, Work>();
  readonly #isLegacy: boolean;
  readonly #initTimer: NodeJS.Timeout;
  #cutTimer: NodeJS.Timeout | undefined;
  #stopWaiting: () => void = () => {};
  #init: Promise<RequestContext | undefined> | undefined;
  #context: RequestContext | undefined;
  #isAlive = true;
  #refusals = 0;

  constructor(
    private readonly ws: WebSocket,
    private readonly request: IncomingMessage,
    private readonly options: WebSocketOptions,
    onClose: () => void,
  ) {
    this.#isLegacy = ws.protocol !== TRANSPORT_WS;
    this.#initTimer = setTimeout(() => {
      if (!this.#init) this.close(4408, 'Connection initialisation timeout');
    }, options.initTimeoutMs);
    ws.on('message', data => {
      this.#isAlive = true;
      if (ws.readyState !== ws.OPEN) return; // it is closing: what still comes is too late
      this.#receive((data as Buffer).toString()).catch((error: unknown) => {
        options.log.error({ error }, 'websocket: a message could not be handled');
        this.close(this.#isLegacy ? 1011 : 4500, 'Internal server error');
      });
    });
    ws.on('pong', () => (this.#isAlive = true));
    ws.on('error', () => ws.terminate()); // a frame that is too large, bytes that are no frame
    ws.on('close', () => {
      this.#stopAll();
      clearTimeout(this.#cutTimer);
      onClose();
    });
  }

  /** Finds out whether the other side is still there, and tells legacy clients that this one is. */
  beat(): void {
    if (!this.#isAlive) return this.ws.terminate();
    this.#isAlive = false;
    this.ws.ping();
    if (this.#isLegacy && this.#context) this.#send({ type: 'ka' });
  }

  /** Ends what runs at once, and waits a moment for the other side to take note. */
  close(code: number, reason: string): void {
    this.#stopAll();
    if (this.ws.readyState !== this.ws.OPEN) return;
    this.ws.close(code, reason);
    this.#cutTimer = setTimeout(() => this.ws.terminate(), CLOSE_TIMEOUT_MS);
  }

  #stopAll(): void {
    clearTimeout(this.#initTimer);
    this.#stopWaiting();
    for (const work of this.#operations.values()) work.stop?.();
    this.#operations.clear();
  }

  async #receive(text: string): Promise<void> {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      // said below
    }
    if (!isObject(message) || typeof message.type !== 'string') {
      return this.close(4400, 'Invalid message received');
    }
    const { type, id, payload } = message;
    switch (type) {
      case 'connection_init':
        return this.#initialise(isObject(payload) ? payload : {});
      case 'ping':
        return this.#send({ type: 'pong', ...(payload !== undefined && { payload }) });
      case 'pong':
        return undefined;
      case this.#isLegacy ? 'start' : 'subscribe':
        return this.#begin(id, payload).catch((error: unknown) => this.#fail(id, error));
      case this.#isLegacy ? 'stop' : 'complete':
        return this.#stop(id);
      case this.#isLegacy && 'connection_terminate':
        return this.close(1000, 'Terminated');
      default:
        return this.close(4400, 'Invalid message received');
    }
  }

  async #initialise(params: JsonObject): Promise<void> {
    if (this.#init) return this.close(4429, 'Too many initialisation requests');
    this.#init = this.options.contextOf(this.request, params).catch((error: unknown) => {
      if (!(error instanceof BadToken))
        this.options.log.warn({ error }, 'websocket: a token could not be checked');
      return undefined;
    });
    const context = await this.#init;
    if (this.ws.readyState !== this.ws.OPEN) return;
    if (!context) {
      if (this.#isLegacy)
        this.#send({ type: 'connection_error', payload: { message: 'Forbidden' } });
      // Not 4401: clients take that for final, and this one may come again with a new token.
      return this.close(4403, 'Forbidden');
    }
    this.#context = context;
    this.#send({ type: 'connection_ack' });
    if (this.#isLegacy) this.#send({ type: 'ka' });
    // Without `error` or `complete`: clients connect again with a new token, and go on where they were.
    this.#stopWaiting = this.options.whenOver(context.principal, () =>
      this.close(4403, 'Forbidden: the token is not valid any more'),
    );
  }

  async #begin(id: unknown, payload: unknown): Promise<void> {
    if (typeof id !== 'string' || id === '' || !isObject(payload)) {
      return this.close(4400, 'Invalid message received');
    }
    // Legacy clients do not wait for the acknowledgement.
    if (!(this.#isLegacy ? this.#init : this.#context)) return this.close(4401, 'Unauthorized');
    const present = this.#operations.get(id);
    if (present) {
      if (!this.#isLegacy) return this.close(4409, `Subscriber for ${id} already exists`);
      present.stop?.(); // legacy: the new one takes its place
      this.#operations.delete(id);
    }
    const { core } = this.options;
    const { socketOperations } = this.options.limits();
    if (this.#operations.size >= socketOperations) {
      if (++this.#refusals > socketOperations) return this.close(1008, 'Too many operations');
      const message = `There are ${socketOperations} operations on this connection, which is the limit.`;
      return this.#refuse(id, [{ message, extensions: { code: 'RATE_LIMITED' } }]);
    }
    if (this.ws.bufferedAmount > UNREAD_BYTES_MAX) return this.#giveUp();
    const work: Work = {};
    const isOver = () => this.#operations.get(id) !== work; // the client does not want it any more
    this.#operations.set(id, work);
    const context = this.#context ?? (await this.#init);
    if (!context || isOver()) return;
    const admission = core.admit(context);
    const verdict = admission && (await admission); // at once where nothing is limited
    if (isOver()) return;
    if (verdict?.retryAfterMs !== undefined) {
      this.#operations.delete(id);
      return this.#refuse(id, [tooOften(verdict)]);
    }
    const params = readParams(payload);
    const prepared = 'errors' in params ? params : core.prepare(params, context);
    if ('errors' in prepared) {
      this.#operations.delete(id);
      return this.#refuse(id, prepared.errors);
    }
    const finish = (send: () => void) => {
      if (isOver()) return;
      this.#operations.delete(id);
      send();
      this.#send({ id, type: 'complete' });
    };
    if (prepared.operation.kind === 'subscription') {
      work.stop = core.subscribe(prepared, context, {
        next: ({ json }) => this.#sendResult(id, json),
        // As a result, not as the protocol's `error`: of Flutter's clients, some never end on one.
        error: errors => finish(() => this.#sendResult(id, JSON.stringify({ data: null, errors }))),
        complete: () => finish(() => {}),
        bufferedBytes: () => this.ws.bufferedAmount,
        giveUp: () => this.#giveUp(),
      });
      return;
    }
    const { json } = await core.run(prepared, context);
    finish(() => this.#sendResult(id, json));
  }

  /** What goes wrong with one operation ends that one alone. */
  #fail(id: unknown, error: unknown): void {
    const [status, code, message] = toldOf(error);
    if (status === 500) this.options.log.error({ error }, 'websocket: an operation failed');
    if (typeof id !== 'string' || !this.#operations.delete(id)) return;
    this.#sendResult(
      id,
      JSON.stringify({ data: null, errors: [{ message, extensions: { code } }] }),
    );
    this.#send({ id, type: 'complete' });
  }

  #stop(id: unknown): void {
    if (typeof id !== 'string') return this.close(4400, 'Invalid message received');
    this.#operations.get(id)?.stop?.();
    if (this.#operations.delete(id) && this.#isLegacy) this.#send({ id, type: 'complete' });
  }

  /** The client has what it asked for, and does not read it. It may come again. */
  #giveUp(): void {
    this.close(1013, 'You read too slowly');
  }

  /** Tells what is wrong with a request that was not begun. */
  #refuse(id: string, errors: GraphQLFormattedError[]): void {
    const mayComeAgain = asksForText(errors);
    if (!this.#isLegacy && !mayComeAgain) return this.#send({ id, type: 'error', payload: errors });
    // A legacy `error` carries one error: a result tells all. And only in a result do clients look for what asks for a text.
    this.#sendResult(id, JSON.stringify({ data: null, errors }));
    const complete = () => this.#operations.has(id) || this.#send({ id, type: 'complete' });
    // Apollo Kotlin comes again by the same id, and would take an end that it meets on the way for that of the second.
    if (mayComeAgain) setTimeout(complete, SECOND_TRY_MS).unref();
    else complete();
  }

  #sendResult(id: string, json: string): void {
    const type = this.#isLegacy ? 'data' : 'next';
    this.#sendText(`{"id":${JSON.stringify(id)},"type":"${type}","payload":${json}}`);
  }

  #send(message: object): void {
    this.#sendText(JSON.stringify(message));
  }

  #sendText(text: string): void {
    if (this.ws.readyState === this.ws.OPEN) this.ws.send(text);
  }
}
