const TIMER_MS_MAX = 2 ** 31 - 1; // a longer one would fire at once

/** Calls back when an instant has come. Returns how to stop waiting for it. */
export function whenExpired(expiresAtMs: number | undefined, callback: () => void): () => void {
  if (expiresAtMs === undefined) return () => {};
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const leftMs = expiresAtMs - Date.now();
    if (leftMs <= 0) return callback();
    timer = setTimeout(wait, Math.min(leftMs, TIMER_MS_MAX)).unref();
  };
  timer = setTimeout(wait, 0);
  return () => clearTimeout(timer);
}
