const HEAD_BYTES_MAX = 32 * 1024;
const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');

/** What came is no HTTP/1.1, or more than there may be. */
export class BadAnswer extends Error {
  override name = 'BadAnswer';
}

/**
 * Reads one HTTP/1.1 response after the other from the bytes of a connection.
 *
 * Stricter than it has to be: where the length of a body could be read in two ways, what follows it could be too.
 *
 * @see RFC 9112
 */
export class AnswerReader {
  status = 0;
  /** Whether the connection is good for another request, when the response has ended. */
  mayReuse = true;
  /** For how long the server says it keeps the connection open without one. */
  keepAliveMs: number | undefined;
  /** What the response says to caches. */
  cacheControl: string | undefined;
  #state: 'head' | 'sized' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' =
    'head';
  /** Bytes that are not enough to go on with. */
  #rest: Buffer | undefined;
  /** Of the body, or of the present chunk. */
  #left = 0;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly bytesMax: number) {}

  /**
   * Returns the body once it is whole; it may be a part of the chunk.
   *
   * @param chunk is copied where it is needed for longer
   * @throws BadAnswer
   */
  read(chunk: Buffer): Buffer | undefined {
    const owned = this.#parts.length;
    const body = this.#readOn(chunk);
    if (body) return body;
    for (let n = owned; n < this.#parts.length; n++) this.#parts[n] = Buffer.from(this.#parts[n]!);
    if (this.#rest) this.#rest = Buffer.from(this.#rest);
    return undefined;
  }

  #readOn(chunk: Buffer): Buffer | undefined {
    let bytes = chunk;
    if (this.#rest) {
      bytes = Buffer.concat([this.#rest, chunk]);
      this.#rest = undefined;
    }
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head': {
          const end = bytes.indexOf(HEAD_END, at);
          if ((end < 0 ? bytes.length : end) - at > HEAD_BYTES_MAX)
            throw new BadAnswer('The headers are too large.');
          if (end < 0) return this.#wait(bytes, at);
          const isEmpty = this.#readHead(bytes.toString('latin1', at, end));
          at = end + 4;
          if (isEmpty) return this.#end(bytes, at);
          break;
        }
        case 'sized':
        case 'chunk': {
          const part = bytes.subarray(at, at + this.#left);
          this.#keep(part);
          at += part.length;
          this.#left -= part.length;
          if (this.#left > 0) return undefined;
          if (this.#state === 'sized') return this.#end(bytes, at);
          this.#state = 'chunk-end';
          break;
        }
        case 'chunk-size': {
          const end = bytes.indexOf(LINE_END, at);
          if (end < 0) return this.#wait(bytes, at);
          const line = bytes.toString('latin1', at, end);
          const size = /^[0-9a-f]{1,8}(?=$|[;\s])/i.exec(line)?.[0];
          if (!size) throw new BadAnswer('A chunk has no size.');
          at = end + 2;
          this.#left = Number.parseInt(size, 16);
          this.#state = this.#left > 0 ? 'chunk' : 'trailers';
          break;
        }
        case 'chunk-end':
          if (bytes.length - at < 2) return this.#wait(bytes, at);
          if (bytes[at] !== 13 || bytes[at + 1] !== 10)
            throw new BadAnswer('A chunk is longer than it said.');
          at += 2;
          this.#state = 'chunk-size';
          break;
        case 'trailers': {
          const end = bytes.indexOf(LINE_END, at);
          if (end < 0) return this.#wait(bytes, at);
          const isLast = end === at;
          at = end + 2;
          if (isLast) return this.#end(bytes, at);
          break;
        }
        case 'until-close':
          this.#keep(bytes.subarray(at));
          return undefined;
      }
    }
    return undefined;
  }

  /** The connection has ended. Returns the body when that was its end. */
  close(): Buffer | undefined {
    return this.#state === 'until-close' ? this.#end(Buffer.alloc(0), 0) : undefined;
  }

  #wait(bytes: Buffer, from: number): undefined {
    if (bytes.length - from > HEAD_BYTES_MAX) throw new BadAnswer('A line is too long.');
    this.#rest = bytes.subarray(from);
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.bytesMax) throw new BadAnswer('It is too large.');
    this.#parts.push(part);
  }

  #end(bytes: Buffer, at: number): Buffer {
    if (at < bytes.length) this.mayReuse = false; // nobody has asked for what follows
    const parts = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    this.#state = 'head';
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Returns whether there is no body. */
  #readHead(head: string): boolean {
    const [statusLine, ...lines] = head.split('\r\n');
    const [, minor, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine!) ?? [];
    if (!status) throw new BadAnswer('This is no HTTP/1.1.');
    this.status = Number(status);
    if (this.status < 200) return false; // one of its own will follow, and this has no body
    let length: string | undefined;
    let coding: string | undefined;
    this.mayReuse = minor === '1';
    this.cacheControl = undefined;
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new BadAnswer('A header has no name.');
      switch (line.slice(0, colon).toLowerCase()) {
        case 'content-length': {
          const given = line.slice(colon + 1).trim();
          if (!/^\d{1,15}$/.test(given) || (length ?? given) !== given)
            throw new BadAnswer('The length is no number.');
          length = given;
          break;
        }
        case 'transfer-encoding':
          coding = `${coding ? `${coding},` : ''}${line
            .slice(colon + 1)
            .trim()
            .toLowerCase()}`;
          break;
        case 'connection':
          if (/\bclose\b/i.test(line)) this.mayReuse = false;
          break;
        case 'cache-control': {
          const told = line.slice(colon + 1).trim();
          this.cacheControl =
            this.cacheControl === undefined ? told : `${this.cacheControl}, ${told}`;
          break;
        }
        case 'keep-alive': {
          const seconds = /timeout=(\d{1,6})/i.exec(line)?.[1];
          if (seconds) this.keepAliveMs = Number(seconds) * 1000;
          break;
        }
        case 'content-encoding':
          if (!/:\s*(identity)?\s*$/i.test(line))
            throw new BadAnswer('It is compressed, which nobody has asked for.');
          break;
      }
    }
    if (coding !== undefined) {
      if (coding !== 'chunked' || length !== undefined)
        throw new BadAnswer('It says in two ways how long it is.');
      this.#state = 'chunk-size';
      return false;
    }
    if (this.status === 204 || this.status === 304 || length === '0') return true;
    this.#left = Number(length ?? 0);
    if (this.#left > this.bytesMax) throw new BadAnswer('It is too large.');
    this.#state = length === undefined ? 'until-close' : 'sized';
    if (length === undefined) this.mayReuse = false;
    return false;
  }
}
