import { createServer } from 'node:net';

/** Whether something could listen on this loopback port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

// Below those that systems give to outgoing connections (Linux: 32768 and up): such a one could be gone again before
// anybody listens, or while who listened there is started again.
const LOWEST = 10_000;
const COUNT = 22_000;

let next = (process.pid * 64) % COUNT; // processes that look at the same time look in different places

/** `preferred` when it is free, else another loopback port that is, and that this process has not had from here. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred;
  for (let tries = 0; tries < COUNT; tries++) {
    const port = LOWEST + next;
    next = (next + 1) % COUNT;
    if (await isPortFree(port)) return port;
  }
  throw new Error('No loopback port is free.');
}
