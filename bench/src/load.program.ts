import autocannon, { type Options, type Result } from 'autocannon';
import { headersOf } from './graphql.js';
import { answer } from './helper.js';
import type { Load, LoadResult } from './load.js';
import { percentile } from './statistics.js';

answer(async ({ url, requests, connections, amount, perSecond }: Load): Promise<LoadResult> => {
  const options: Options = {
    ...{ url, connections, amount, method: 'POST' },
    sampleInt: 100, // it ends at a multiple of this
    ...(perSecond && { overallRate: perSecond }),
    requests: requests.map(({ token, ...body }) => ({
      headers: headersOf(token),
      body: JSON.stringify(body),
    })),
    // Both routers put `errors` before `data`.
    verifyBody: body => String(body).startsWith('{"data":'),
  };
  const timesMs: number[] = [];
  const began = performance.now();
  let endedAt = began;
  const { errors, mismatches, non2xx } = await new Promise<Result>((resolve, reject) => {
    const run = autocannon(options, (error: Error | null, result) =>
      error ? reject(error) : resolve(result),
    );
    // Its own percentiles are in whole milliseconds.
    run.on('response', (_client, _statusCode, _bytes, timeMs) => {
      timesMs.push(timeMs);
      endedAt = performance.now();
    });
  });
  return {
    requests: timesMs.length,
    seconds: (endedAt - began) / 1000,
    p50Ms: percentile(timesMs, 0.5),
    p99Ms: percentile(timesMs, 0.99),
    faults: errors + mismatches + non2xx,
  };
});
