import { readFileSync } from 'node:fs';
import { Agent, createServer as createHttpServer, request as requestHttp } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { Connection } from './connection.js';
import { MessageReader, ok, post } from './http-message.js';

/** What the floor is told, in a file. */
export interface FloorSettings {
  origin: string;
  /** Its requests to subgraphs, in waves: each begins when the one before is answered. */
  waves: { path: string; body: object }[][];
  /** What it answers. */
  answer: object;
}

/**
 * What no router in Node can pass: it makes a router's requests, parses their answers and writes one of its own, without
 * knowing what any of it means. Arguments: a file with the settings, the port, and whose HTTP to use.
 */
const [file, port, http] = process.argv.slice(2);
const { origin, waves, answer } = JSON.parse(readFileSync(file!, 'utf8')) as FloorSettings;
const listen = [Number(port), '127.0.0.1'] as const;

async function run(ask: (path: string, body: string) => Promise<string>): Promise<string> {
  for (const wave of waves) {
    const answers = wave.map(({ path, body }) => ask(path, JSON.stringify(body)));
    for (const json of await Promise.all(answers)) JSON.parse(json);
  }
  return JSON.stringify(answer);
}

/** Sockets, and the least that can be done with them. */
function serveSockets(): void {
  const idle: Connection[] = [];
  const ask = (path: string, body: string) =>
    new Promise<string>(resolve => {
      const url = new URL(path, origin);
      const connection = idle.pop() ?? new Connection(url, () => {});
      connection.send(post(url, body), (_, bytes) => {
        idle.push(connection);
        resolve(bytes.toString());
      });
    });
  createServer({ noDelay: true }, socket => {
    const reader = new MessageReader((_, body) => {
      JSON.parse(body.toString());
      void run(ask).then(json => socket.write(ok(json)));
    });
    socket.on('data', chunk => reader.read(chunk)).on('error', () => {});
  }).listen(...listen);
}

/** Node's own client and server. */
function serveHttp(): void {
  const agent = new Agent({ keepAlive: true });
  const headers = { 'content-type': 'application/json' };
  const ask = (path: string, body: string) =>
    new Promise<string>((resolve, reject) => {
      requestHttp(new URL(path, origin), { agent, method: 'POST', headers }, response =>
        text(response).then(resolve, reject),
      )
        .on('error', reject)
        .end(body);
    });
  createHttpServer(
    (request, response) =>
      void text(request).then(async body => {
        JSON.parse(body);
        response.setHeader('content-type', 'application/json').end(await run(ask));
      }),
  ).listen(...listen);
}

if (http === 'sockets') serveSockets();
else serveHttp();
