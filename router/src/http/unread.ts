import type { ServerResponse } from 'node:http';

const GRACE_MS = 30_000;
const BYTES_PER_MS_MIN = 16;

/** Cuts off a client that does not read its answer, or hardly: for as long as it did not, the answer would be held. */
export function cutUnread(
  response: ServerResponse,
  graceMs = GRACE_MS,
  bytesPerMsMin = BYTES_PER_MS_MIN,
): void {
  const { writableLength, writableEnded } = response;
  if (!writableEnded || writableLength === 0) return; // a stream, which sees to itself, or all is sent
  const cut = setTimeout(() => response.destroy(), graceMs + writableLength / bytesPerMsMin);
  cut.unref();
  response.once('close', () => clearTimeout(cut));
}
