import { connect as connectTcp, type Socket } from 'node:net';
import { MessageReader } from './http-message.js';

/** What is read goes into this buffer again and again; a big answer fits. */
const READ_BYTES = 256 * 1024;

/** A connection to a server, kept open, for one request at a time. */
export class Connection {
  readonly #socket: Socket;
  #answered: ((head: string, body: Buffer) => void) | undefined;

  /** @param onEnd told once when no answer can be expected any more */
  constructor({ hostname, port }: URL, onEnd: () => void) {
    const reader = new MessageReader((head, body) => this.#answered!(head, body));
    const callback = (count: number, buffer: Uint8Array) => {
      reader.read(Buffer.from(buffer.buffer, buffer.byteOffset, count));
      return true;
    };
    this.#socket = connectTcp({
      ...{ host: hostname, port: Number(port) },
      onread: { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback },
    });
    this.#socket
      .setNoDelay(true)
      .on('error', () => {})
      .on('close', onEnd);
  }

  send(request: Buffer, answered: (head: string, body: Buffer) => void): void {
    this.#answered = answered;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }
}
