import { request } from 'node:http';
import { answer } from '../helper.js';
import { percentile } from '../statistics.js';

export type Transport = 'graphql-transport-ws' | 'graphql-ws' | 'sse' | 'multipart';

export type Question =
  | { open: number; url: string; transport: Transport; query: string }
  /** Waits for this many events, or until no more come; they are forgotten then. */
  | { await: number }
  | 'close';

export interface Heard {
  events: number;
  p50Ms: number;
  p99Ms: number;
}

const STALLED_MS = 5_000;
const MARK = '"at":';
const ACCEPT = {
  sse: 'text/event-stream',
  multipart: 'multipart/mixed;subscriptionSpec=1.0',
};

let lags: number[] = [];
let wanted = Infinity;
let isThere: () => void = () => {};
let cuts: (() => void)[] = [];

/** Holds many subscriptions, and tells how old their events are when they come. */
answer(async (question: Question) => {
  if (question === 'close') {
    for (const cut of cuts) cut();
    cuts = [];
    lags = [];
    return undefined;
  }
  if ('await' in question) {
    wanted = question.await;
    await new Promise<void>(resolve => {
      let before = -1;
      const stalled = setInterval(() => {
        if (lags.length === before) isThere();
        before = lags.length;
      }, STALLED_MS);
      isThere = () => {
        clearInterval(stalled);
        resolve();
      };
      if (lags.length >= wanted) isThere();
    });
    const told: Heard = {
      events: lags.length,
      p50Ms: percentile(lags, 0.5),
      p99Ms: percentile(lags, 0.99),
    };
    lags = [];
    wanted = Infinity;
    return told;
  }
  const { open, url, transport, query } = question;
  const subscribe =
    transport === 'sse' || transport === 'multipart' ? byStream(transport) : bySocket(transport);
  for (let left = open; left > 0; left -= 50)
    await Promise.all(Array.from({ length: Math.min(50, left) }, () => subscribe(url, query)));
  return undefined;
});

/** Reads one connection. Looks for the instants in what comes, and for nothing else: clients must not be what is slow. */
function ear(): (data: Buffer) => void {
  let rest = '';
  return data => {
    const now = performance.timeOrigin + performance.now();
    const text = rest + data.toString('latin1');
    let read = 0;
    for (let at = text.indexOf(MARK); at !== -1; at = text.indexOf(MARK, read)) {
      const end = text.indexOf('}', at);
      if (end === -1) break; // the rest is on its way
      lags.push(now - Number(text.slice(at + MARK.length, end)));
      read = end;
    }
    const mark = text.indexOf(MARK, read);
    rest = text.slice(mark === -1 ? Math.max(read, text.length - MARK.length) : mark);
    if (lags.length >= wanted) isThere();
  };
}

const PING = 0x89;
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/** A message in a frame, with a mask that changes nothing. */
function frame(message: object): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

function bySocket(protocol: string) {
  const start = protocol === 'graphql-ws' ? 'start' : 'subscribe';
  return (url: string, query: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = {
        ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
        ...{ 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': protocol },
      };
      const sent = request(url, { agent: false, headers }).end();
      sent.on('error', reject);
      sent.on('upgrade', (_, socket) => {
        cuts.push(() => socket.destroy());
        socket.on('error', () => {});
        socket.once('data', () => {
          socket.write(frame({ id: '1', type: start, payload: { query } }));
          resolve();
          const hear = ear();
          socket.on('data', data => (data[0] === PING ? socket.write(PONG) : hear(data)));
        });
        socket.write(frame({ type: 'connection_init' }));
      });
    });
}

function byStream(transport: 'sse' | 'multipart') {
  return (url: string, query: string) =>
    new Promise<void>((resolve, reject) => {
      const target = `${url}?query=${encodeURIComponent(query)}`;
      const sent = request(target, { agent: false, headers: { accept: ACCEPT[transport] } });
      cuts.push(() => sent.destroy());
      sent.on('error', reject);
      sent.on('response', response => {
        response.on('data', ear()).on('error', () => {});
        resolve();
      });
      sent.end();
    });
}
