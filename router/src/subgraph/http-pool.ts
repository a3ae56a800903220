import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AnswerReader } from './http-answer.js';

const CONNECTIONS_MAX = 64;
const READ_BYTES = 64 * 1024;
/** Servers close a connection that nobody uses, Node's after 5 s. Who sends at that moment gets no answer. */
const IDLE_MS_MAX = 4_000;
const SERVER_IDLE_LEEWAY_MS = 1_000;

/** A request, and who waits for its answer. One of the two is called, once, unless it is taken back. */
export interface HttpExchange {
  path: string;
  headers: Record<string, string>;
  body: string | Buffer;
  /** @param body good until this returns */
  answered(status: number, body: Buffer, cacheControl: string | undefined): void;
  failed(error: Error): void;
}

/**
 * Connections to one server, for POST requests: HTTP/1.1, kept open, one request at a time on each.
 *
 * Half of what a router does is asking subgraphs: with undici's `dispatch`, the cheapest of the known clients, a request
 * took 30 µs more CPU than its bytes on a socket do, a quarter of all that an operation with seven of them takes.
 */
export class HttpPool {
  readonly #server: URL;
  readonly #connections = new Set<Connection>();
  readonly #idle: Connection[] = []; // the one that was used last is at the end, and the first to be used again
  readonly #waiting = new Set<HttpExchange>();
  readonly #sweep: NodeJS.Timeout;

  constructor(
    origin: string,
    private readonly answerBytesMax: number,
  ) {
    this.#server = new URL(origin);
    this.#sweep = setInterval(() => this.#closeUnused(), IDLE_MS_MAX).unref();
  }

  /** Returns how to take the request back: its connection is closed, if it has one. */
  send(exchange: HttpExchange): () => void {
    for (const name in exchange.headers) {
      if (NOT_OF_A_HEADER.test(exchange.headers[name]!))
        throw new Error(`The header ${name} cannot be sent.`);
    }
    const connection = this.#free();
    if (connection) connection.begin(exchange);
    else this.#waiting.add(exchange);
    return () => {
      if (this.#waiting.delete(exchange)) return;
      for (const each of this.#connections) if (each.exchange === exchange) each.drop();
    };
  }

  close(): void {
    clearInterval(this.#sweep);
    for (const exchange of this.#waiting)
      exchange.failed(new Error('The router is shutting down.'));
    this.#waiting.clear();
    for (const connection of this.#connections) connection.close();
  }

  #free(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (!connection) break;
      if (connection.isUsable(performance.now())) return connection;
      connection.close();
    }
    if (this.#connections.size >= CONNECTIONS_MAX) return undefined;
    const opened: Connection = new Connection(
      this.#server,
      this.answerBytesMax,
      () => this.#release(opened),
      () => this.#forget(opened),
    );
    this.#connections.add(opened);
    return opened;
  }

  #release(connection: Connection): void {
    const [next] = this.#waiting;
    if (!next) return void this.#idle.push(connection);
    this.#waiting.delete(next);
    connection.begin(next);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    const [next] = this.#waiting;
    if (!next) return;
    this.#waiting.delete(next);
    this.#free()!.begin(next);
  }

  #closeUnused(): void {
    const now = performance.now();
    for (const connection of [...this.#idle]) if (!connection.isUsable(now)) connection.close();
  }
}

class Connection {
  exchange: HttpExchange | undefined;
  readonly #host: string;
  readonly #socket: Socket;
  readonly #reader: AnswerReader;
  #idleSinceMs = 0;

  constructor(
    { protocol, hostname, port, host }: URL,
    answerBytesMax: number,
    private readonly onFree: () => void,
    private readonly onClose: () => void,
  ) {
    const name = hostname.replace(/^\[|\]$/g, ''); // of an IPv6 address
    this.#host = host;
    this.#reader = new AnswerReader(answerBytesMax);
    // What is read goes into one buffer again and again: one for each read, of 64 KiB, kept the garbage collector busy.
    const callback = (count: number, buffer: Uint8Array) => {
      this.#receive(Buffer.from(buffer.buffer, buffer.byteOffset, count));
      return true;
    };
    this.#socket =
      protocol === 'https:'
        ? connectTls({ host: name, port: Number(port) || 443, servername: name })
        : connectTcp({
            ...{ host: name, port: Number(port) || 80 },
            onread: { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback },
          });
    this.#socket
      .setNoDelay(true)
      .on('data', (chunk: Buffer) => this.#receive(chunk)) // over TLS
      .on('error', error => this.#fail(error))
      .on('end', () => this.#end())
      .on('close', () => {
        this.#fail(new Error('The connection was closed.'));
        this.onClose();
      });
  }

  isUsable(nowMs: number): boolean {
    const { keepAliveMs = Infinity } = this.#reader;
    const idleMs = Math.min(IDLE_MS_MAX, keepAliveMs - SERVER_IDLE_LEEWAY_MS);
    return !this.#socket.destroyed && nowMs - this.#idleSinceMs < idleMs;
  }

  begin(exchange: HttpExchange): void {
    this.exchange = exchange;
    const { path, headers, body } = exchange;
    let head = `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    head += '\r\n';
    // Node reads headers byte by byte (latin1), so that is how they go on.
    if (typeof body === 'string' && IS_ASCII.test(head)) {
      this.#socket.write(head + body);
    } else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    }
  }

  /** The answer is of no use any more. */
  drop(): void {
    this.exchange = undefined;
    this.close();
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (!this.exchange) return this.close(); // nobody has asked
    let body: Buffer | undefined;
    try {
      body = this.#reader.read(chunk);
    } catch (error) {
      this.#fail(error as Error);
      return this.close();
    }
    if (body) this.#answer(body);
  }

  #answer(body: Buffer): void {
    const { exchange } = this;
    this.exchange = undefined;
    const { status, mayReuse, cacheControl } = this.#reader;
    exchange!.answered(status, body, cacheControl);
    if (!mayReuse) return this.close();
    this.#idleSinceMs = performance.now();
    this.onFree();
  }

  #end(): void {
    const body = this.exchange && this.#reader.close();
    if (body) this.#answer(body);
    else this.close();
  }

  #fail(error: Error): void {
    const { exchange } = this;
    this.exchange = undefined;
    exchange?.failed(error);
  }
}

const NOT_OF_A_HEADER = /[\r\n\0]/;
const IS_ASCII = /^[\0-\x7f]*$/;
