import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage.js';
import { type Fault, onlyOnKafka } from './fault.js';

const TERMINATIONS = 20;

const brokerOutage: Fault = {
  name: 'F5',
  description: 'the broker is killed, and gone for a while',
  async inject({ stage, outageMs }, random) {
    const holdMs = random.whole(outageMs / 4, outageMs);
    const { kafka } = stage;
    if (kafka) {
      await kafka.kill();
      return { what: `Kafka gone for ${holdMs} ms`, holdMs, mend: () => kafka.start() };
    }
    await allowEventLog(stage, false);
    return {
      what: `the event log gone for ${holdMs} ms`,
      holdMs,
      mend: () => allowEventLog(stage, true),
    };
  },
};

async function allowEventLog(stage: Stage, isAllowed: boolean): Promise<void> {
  await stage.rows('postgres', `ALTER DATABASE event_log ALLOW_CONNECTIONS ${isAllowed}`);
  if (!isAllowed)
    await stage.rows(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'event_log'`,
    );
}

const brokerWiped: Fault = {
  name: 'F6',
  description: "the broker's disk is lost, with all topics and positions",
  impossible: onlyOnKafka,
  async inject({ stage }) {
    const { kafka } = stage as { kafka: NonNullable<Stage['kafka']> };
    await kafka.kill();
    await kafka.wipe();
    return { what: 'Kafka without its log', mend: () => kafka.start() };
  },
};

const databaseCrash: Fault = {
  name: 'F7',
  description: 'PostgreSQL ends at once (-m immediate) and recovers: all databases',
  async inject({ stage }, random) {
    const mend = await stage.crashPostgres();
    return { what: 'PostgreSQL', holdMs: random.whole(0, 2_000), mend };
  },
};

const sessionsCut: Fault = {
  name: 'F8',
  description: 'sessions of PostgreSQL are terminated at random',
  async inject({ stage }, random) {
    let cut = 0;
    for (let times = 0; times < TERMINATIONS; times++) {
      const sessions = await stage.rows<{ pid: number }>(
        'postgres',
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid`,
      );
      for (const { pid } of random.sample(sessions, 2)) {
        await stage.rows('postgres', 'SELECT pg_terminate_backend($1)', [pid]);
        cut++;
      }
      await sleep(random.whole(50, 400));
    }
    return { what: `${cut} sessions` };
  },
};

const diskFull: Fault = {
  name: 'F19',
  description: 'a disk is full: of PostgreSQL, then of Kafka',
  impossible: ({ disks }) =>
    disks.size > 0 ? undefined : 'needs root on Linux, to mount a disk that may be filled',
  async inject({ stage }, random) {
    for (const disk of stage.disks.values()) {
      const free = await disk.fill();
      await sleep(random.whole(3_000, 6_000));
      await free();
    }
    return {
      what: `no space for ${[...stage.disks.keys()].join(', then for ')}`,
      // A broker that cannot write gives up; whoever made room starts it again.
      mend: async () => {
        await stage.kafka?.kill();
        await stage.kafka?.start();
      },
    };
  },
};

export const storageFaults = [brokerOutage, brokerWiped, databaseCrash, sessionsCut, diskFull];
