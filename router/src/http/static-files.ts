import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

// Everything from this origin alone. Monaco writes styles, and carries its icons' font in them.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the files of a folder that a build has made: names with a hash are kept by browsers for ever. */
export class StaticFiles {
  constructor(private readonly directory: string) {}

  /** @param path below the folder; the empty one is its index.html. Returns whether there is such a file. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    const file = join(this.directory, normalize(`${sep}${path === '' ? 'index.html' : path}`));
    const type = TYPES[extname(file)];
    if (!type) return false;
    const accepted = request.headers['accept-encoding'] ?? '';
    const packed = accepted.includes('br')
      ? await readFile(`${file}.br`).catch(() => undefined)
      : undefined;
    const body = packed ?? (await readFile(file).catch(() => undefined));
    if (!body) return false;
    response.writeHead(200, {
      'content-type': type,
      'content-length': body.length,
      'cache-control': path.startsWith('assets/')
        ? 'public, max-age=31536000, immutable'
        : 'no-cache',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      vary: 'accept-encoding',
      ...(packed && { 'content-encoding': 'br' }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
    return true;
  }
}
