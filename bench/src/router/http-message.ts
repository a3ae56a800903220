/** What is wanted of a message before it can be cut off. */
interface Framing {
  bodyAt: number;
  /** Undefined where chunks say it: then the body is everything up to the last of them, as it came. */
  bodyBytes: number | undefined;
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/**
 * Cuts what a connection brings into messages of HTTP/1.1. Half of what a bench does is this, on the core that the load
 * and the subgraphs share: a client and a server of Node's own would take more of it than the routers leave.
 */
export class MessageReader {
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #wantedBytes = 0;

  /** @param onMessage gets the first line with the headers, and a body that is good until it returns */
  constructor(private readonly onMessage: (head: string, body: Buffer) => void) {}

  /** @param chunk may be written over when this has returned */
  read(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#keptBytes > 0) {
      this.#keep(chunk);
      if (this.#keptBytes < this.#wantedBytes) return;
      bytes = Buffer.concat(this.#kept);
      this.#kept = [];
      this.#keptBytes = 0;
    }
    while (bytes.length > 0) {
      const framing = framingOf(bytes);
      const end = framing && endOf(framing, bytes);
      if (end === undefined || end > bytes.length) {
        this.#wantedBytes = end ?? 0;
        return this.#keep(bytes);
      }
      const { bodyAt } = framing!;
      this.onMessage(bytes.toString('latin1', 0, bodyAt), bytes.subarray(bodyAt, end));
      bytes = bytes.subarray(end);
    }
  }

  #keep(bytes: Buffer): void {
    this.#kept.push(Buffer.from(bytes));
    this.#keptBytes += bytes.length;
  }
}

function framingOf(bytes: Buffer): Framing | undefined {
  const bodyAt = bytes.indexOf('\r\n\r\n') + 4;
  if (bodyAt < 4) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, bodyAt))?.[1];
  return { bodyAt, bodyBytes: length === undefined ? undefined : Number(length) };
}

function endOf({ bodyAt, bodyBytes }: Framing, bytes: Buffer): number | undefined {
  if (bodyBytes !== undefined) return bodyAt + bodyBytes;
  const isWhole = bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
  return isWhole ? bytes.length : undefined;
}

/** A request that sends JSON. */
export function post({ host, pathname }: URL, body: string): Buffer {
  return Buffer.from(
    `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** An answer of JSON. */
export function ok(body: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
