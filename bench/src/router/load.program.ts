import { answer } from '../helper.js';
import { percentile } from '../statistics.js';
import { Connection } from './connection.js';
import { post } from './http-message.js';
import { NUMBER } from './number.js';

/** Requests sent in rotation for some time, the next on each connection as soon as it has its answer. */
export interface PressureOptions {
  url: string;
  bodies: string[];
  /** How many bytes the answers of these bodies have. */
  answerBytes: number[];
  connections: number;
  seconds: number;
}

export interface Pressure {
  requests: number;
  /** How long it really took: all answers are waited for. */
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers that were none, or not as long as they should be. */
  faults: number;
}

/** Of two answers in chunks, one may have a chunk more. */
const LENGTHS_DIFFER_MAX = 0.002;

let sent = 0;

answer(async (options: PressureOptions): Promise<Pressure> => {
  const url = new URL(options.url);
  const { bodies, answerBytes } = options;
  const isNumbered = bodies.some(body => body.includes(NUMBER));
  const requests = bodies.map(body => post(url, body));
  const timesMs: number[] = [];
  let faults = 0;
  const beganMs = performance.now();
  const endMs = beganMs + options.seconds * 1000;

  const work = () =>
    new Promise<void>(resolve => {
      const connection = new Connection(url, resolve);
      const next = () => {
        const sentMs = performance.now();
        if (sentMs > endMs) return connection.close();
        const which = sent++ % bodies.length;
        const body = bodies[which]!;
        const request = isNumbered
          ? post(url, body.replaceAll(NUMBER, String(sent).padStart(NUMBER.length, '0')))
          : requests[which]!;
        connection.send(request, (head, { length }) => {
          timesMs.push(performance.now() - sentMs);
          const differ = Math.abs(length / answerBytes[which]! - 1);
          if (!head.startsWith('HTTP/1.1 200') || differ > LENGTHS_DIFFER_MAX) faults++;
          next();
        });
      };
      next();
    });
  await Promise.all(Array.from({ length: options.connections }, work));
  const endedMs = performance.now();
  return {
    requests: timesMs.length,
    seconds: (endedMs - beganMs) / 1000,
    p50Ms: percentile(timesMs, 0.5),
    p99Ms: percentile(timesMs, 0.99),
    // A connection that ended before its time brought no further answer.
    faults: endedMs < endMs ? faults + 1 : faults,
  };
});
