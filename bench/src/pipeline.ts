import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '@gamegraph/embedded-postgres';
import { KafkaBus } from '@gamegraph/event-bus';
import { JAVA, MAVEN, skipWithout, startKafka } from '@gamegraph/test-support';
import { Bench } from './bench.js';
import { Helper } from './helper.js';
import type { Moments, Question, Rate } from './pipeline.program.js';
import { median, percentile } from './statistics.js';
import { figure, type Section } from './table.js';

const PATIENCE_MS = 60_000;
const LAG_P99_MS_MAX = 250;

/** How many events go from one database through Kafka into another, and how long each takes. */
export async function measurePipeline({ isQuick }: Bench): Promise<Section> {
  const columns = ['', 'events/s', 'share', 'limit', 'p50 ms', 'p99 ms'];
  const title = 'Events';
  const missing = skipWithout(JAVA, MAVEN);
  if (missing) return { title, columns, rows: [], notes: [missing] };
  const bench = await Bench.make(isQuick);
  const cluster = await startCluster({ directory: `${bench.directory}/postgres` });
  const broker = await startKafka(`${bench.directory}/kafka`);
  const [owner, reader] = [new Side(), new Side()];
  try {
    const bus = new KafkaBus({ brokers: [broker.address], clientId: 'bench', log: console });
    await bus.ensureTopics(['bench.plain']);
    await bus.close();
    for (const [role, side] of [
      ['owner', owner],
      ['reader', reader],
    ] as const) {
      const databaseUrl = await cluster.createDatabase({ name: role });
      await side.ask({ kind: 'start', role, databaseUrl, broker: broker.address });
    }
    const seconds = isQuick ? 2 : 6;
    const [inserts, produced, through]: number[][] = [[], [], []];
    await run(owner, reader, { seconds }); // warm
    for (let round = 0; round < (isQuick ? 1 : 5); round++) {
      inserts!.push(rateOf(await owner.ask<Rate>({ kind: 'insert', seconds })));
      produced!.push(rateOf(await owner.ask<Rate>({ kind: 'produce', seconds })));
      const { lags, tookMs } = await run(owner, reader, { seconds });
      through!.push((lags.length / tookMs) * 1000);
    }
    const rate = median(through!);
    const perSecond = Math.round(rate / 2);
    const { lags } = await run(owner, reader, { seconds: isQuick ? 5 : 30, perSecond });
    const share = (of: number[]) => figure(rate / median(of));
    return {
      ...{ title, columns },
      rows: [
        ['plain inserts', figure(median(inserts!)), share(inserts!), '–', '–', '–'],
        ['bare kafkajs producer', figure(median(produced!)), share(produced!), '–', '–', '–'],
        ['outbox, relay, Kafka, inbox', figure(rate), '1', '–', '–', '–'],
        [
          ...['the same, at half of that', String(perSecond), '–', `p99 < ${LAG_P99_MS_MAX} ms`],
          ...[figure(percentile(lags, 0.5)), figure(percentile(lags, 0.99))],
        ],
      ],
      notes: [
        'A transaction of one row and its event in one database, until it is committed as a copy in another: two processes, ' +
          'eight connections each, durable. The share is that of the first two that ours reaches; a plain insert is one row ' +
          'and one commit, prepared, by eight connections; the producer sends 500 messages of the same size at a time, as ' +
          'safe as ours. All share this machine, so ours is five programs on its cores: two of ours, two databases’, Kafka. ' +
          `Medians of rounds in turns. The lag is from the commit at the owner to that at the reader, of ${lags.length} events.`,
      ],
    };
  } finally {
    await Promise.all([owner.stop(), reader.stop()]);
    await broker.stop();
    await cluster.stop();
    await bench.remove();
  }
}

class Side {
  readonly #helper = new Helper('pipeline.program.js');

  ask<Answer>(question: Question): Promise<Answer> {
    return this.#helper.ask(question);
  }

  stop(): Promise<void> {
    return this.#helper.stop();
  }
}

let next = 0; // no number comes twice

/** Writes for so long, and waits until all of it has been seen. Returns how long each took, and how long all together. */
async function run(
  owner: Side,
  reader: Side,
  { seconds, perSecond }: { seconds: number; perSecond?: number },
): Promise<{ lags: number[]; tookMs: number }> {
  const from = next;
  const beganMs = performance.timeOrigin + performance.now();
  const question = { kind: 'write', from, seconds, ...(perSecond && { perSecond }) } as const;
  const committed = await owner.ask<Moments>(question);
  next = Math.max(...committed.map(([n]) => n)) + 1;
  const seen = new Map<number, number>();
  for (const deadline = Date.now() + PATIENCE_MS; seen.size < committed.length;) {
    if (Date.now() > deadline)
      throw new Error(
        `${committed.length - seen.size} of ${committed.length} events did not come.`,
      );
    for (const [n, atMs] of await reader.ask<Moments>({ kind: 'seen' })) seen.set(n, atMs);
    await sleep(20);
  }
  const lags = committed.map(([n, atMs]) => seen.get(n)! - atMs);
  return { lags, tookMs: Math.max(...seen.values()) - beganMs };
}

function rateOf({ events, seconds }: Rate): number {
  return events / seconds;
}
