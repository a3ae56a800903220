import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a connection suffers. */
export type Trouble =
  /** Everything comes so much later. */
  | { kind: 'latency'; ms: number }
  /** No more than so much comes through. */
  | { kind: 'bandwidth'; bytesPerSecond: number }
  /** What is sent at once comes in small pieces. */
  | { kind: 'pieces' }
  /** Nothing comes through, either way, and nobody is told. */
  | { kind: 'silence' }
  /** What the server answers is lost. */
  | { kind: 'lost answers' }
  /** Each connection is reset after so long. */
  | { kind: 'reset'; afterMs: number };

type Direction = 'to server' | 'to client';

/** Stands between clients and a server on this machine, and lets everything through until told otherwise. */
export class Proxy {
  readonly #sockets = new Set<Socket>();
  #trouble: Trouble | undefined;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async open(targetPort: number): Promise<Proxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new Proxy(server, (server.address() as AddressInfo).port);
    server.on('connection', client => proxy.#join(client, targetPort));
    return proxy;
  }

  /** Connections suffer this from now on. */
  trouble(trouble: Trouble): void {
    this.#trouble = trouble;
    if (trouble.kind === 'reset') for (const socket of this.#sockets) this.#resetLater(socket);
  }

  /** Lets everything through again. Connections of which something may be missing are ended. */
  heal(): void {
    const was = this.#trouble?.kind;
    this.#trouble = undefined;
    if (was === 'silence' || was === 'lost answers') this.#resetAll();
  }

  close(): void {
    this.server.close();
    this.#resetAll();
  }

  #join(client: Socket, port: number): void {
    const upstream = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    if (this.#trouble?.kind === 'reset') this.#resetLater(client);
    void this.#carry(client, upstream, 'to server');
    void this.#carry(upstream, client, 'to client');
  }

  async #carry(from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from) await this.#pass(chunk as Buffer, to, direction);
      to.end();
    } catch {
      to.destroy(); // the one side is gone, so the other goes
    }
  }

  async #pass(chunk: Buffer, to: Socket, direction: Direction): Promise<void> {
    const trouble = this.#trouble;
    if (trouble?.kind === 'silence') return;
    if (trouble?.kind === 'lost answers' && direction === 'to client') return;
    if (trouble?.kind === 'latency') await sleep(trouble.ms);
    if (trouble?.kind === 'bandwidth') await sleep((1000 * chunk.length) / trouble.bytesPerSecond);
    if (trouble?.kind !== 'pieces') return write(to, chunk);
    for (let start = 0; start < chunk.length;) {
      const end = Math.min(chunk.length, start + Math.max(1, Math.ceil(chunk.length / 8)));
      await write(to, chunk.subarray(start, end));
      await sleep(1);
      start = end;
    }
  }

  #resetLater(socket: Socket): void {
    const { kind, afterMs = 0 } = this.#trouble as { kind: string; afterMs?: number };
    if (kind === 'reset') setTimeout(() => socket.resetAndDestroy(), afterMs).unref();
  }

  #resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}

async function write(to: Socket, chunk: Buffer): Promise<void> {
  if (!to.write(chunk) && !to.destroyed) await Promise.race([once(to, 'drain'), once(to, 'close')]);
}
