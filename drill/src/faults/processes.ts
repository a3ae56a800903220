import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Random } from '@gamegraph/seed/random';
import { until } from '@gamegraph/test-support';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';
import { leaseHolder } from './leases.js';

const run = promisify(execFile);

const STRUCK_WITHIN_MS = 20_000;
const TAKEOVER_LIMIT_MS = 10_000; // two seconds, where a machine has time
const SIGTERM_LIMIT_MS = 10_000;
const SESSION_TIMEOUT_MS = 10_000; // of a member of Kafka's group

/** The steps of a purchase at which a process may die, and who takes them. */
const SAGA: { step: string; service: string; who: string; withinMs?: number }[] = [
  { step: 'P1', service: 'payments', who: 'request' },
  { step: 'L1', service: 'library', who: 'inbox' },
  { step: 'P2', service: 'payments', who: 'inbox' },
  { step: 'J', service: 'games', who: 'inbox' },
  { step: 'J', service: 'users', who: 'inbox' },
  { step: 'J', service: 'social', who: 'inbox' },
  { step: 'T', service: 'payments', who: 'job', withinMs: 70_000 },
];

const killAtSteps: Fault = {
  name: 'F1',
  description: 'kill -9 of a service before its transaction, before COMMIT, after COMMIT',
  async inject({ stage }, random) {
    // Three services at a time, each at one of its points.
    const victims = random
      .shuffled(SAGA)
      .filter((one, n, all) => all.findIndex(({ service }) => service === one.service) === n)
      .slice(0, 3);
    const told = await Promise.all(
      victims.map(({ step, service, who, withinMs }) =>
        killAt(stage, random, { step, service, who, withinMs }),
      ),
    );
    return { what: told.join(', ') };
  },
};

async function killAt(
  stage: Stage,
  random: Random,
  at: { step: string; service: string; who: string; withinMs?: number | undefined },
): Promise<string> {
  const name = `${at.who}.${random.pick(['begin', 'commit', 'committed'])}`;
  const { exited } = stage.system.service(at.service);
  const nth = at.who === 'job' ? 1 : random.whole(1, 10);
  stage.arm(at.service, { name, action: 'kill', nth });
  const within = sleep(at.withinMs ?? STRUCK_WITHIN_MS, 'not struck', { ref: false });
  const reason = await Promise.race([exited, within]);
  return `${at.step} ${at.service} ${name} ${reason === 'SIGKILL' ? '' : `(${reason})`}`.trim();
}

const killRelay: Fault = {
  name: 'F2',
  description:
    'kill -9 of a relay after reading, after sending before deleting: another takes over',
  async inject({ stage }, random) {
    const service = random.pick(stage.subgraphs);
    const at = { name: `relay.${random.pick(['read', 'sent'])}`, nth: random.whole(1, 5) };
    const former = await until(`${service} publishes`, () => leaseHolder(stage, service));
    const standby = await stage.system.startReplica(service);
    if (!(await stage.killAndHold(service, at, STRUCK_WITHIN_MS)))
      return { what: `${service} ${at.name} (not struck)`, mend: () => standby.stop() };
    const mend = async () => {
      await stage.start(service);
      await standby.stop();
    };
    try {
      const tookMs = await untilPublished(stage, service, former);
      return { what: `${service} ${at.name}, taken over after ${tookMs} ms`, mend };
    } catch (error) {
      await mend();
      throw error;
    }
  },
};

/** Waits until another session has the leases, and has published what was left. After how many milliseconds it had them. */
async function untilPublished(stage: Stage, service: string, former: number): Promise<number> {
  const struckAt = Date.now();
  const isTaken = async () => {
    const holder = await leaseHolder(stage, service);
    return holder !== undefined && holder !== former;
  };
  const soon = { timeoutMs: TAKEOVER_LIMIT_MS, intervalMs: 50 };
  await until(`another process publishes for ${service}`, isTaken, soon);
  const tookMs = Date.now() - struckAt;
  const isPublished = async () => {
    const left = 'SELECT 1 FROM events.outbox WHERE created_at <= $1 LIMIT 1';
    return (await stage.rows(service, left, [new Date(struckAt)])).length === 0;
  };
  await until(`what ${service} left is published`, isPublished);
  return tookMs;
}

const terminate: Fault = {
  name: 'F3',
  description: 'SIGTERM of a service in the middle of a handler',
  async inject({ stage }, random) {
    const service = random.pick(stage.subgraphs);
    const { exited } = stage.system.service(service);
    stage.arm(service, { name: 'inbox.commit', action: 'term', nth: random.whole(1, 10) });
    const reason = await Promise.race([
      exited,
      sleep(STRUCK_WITHIN_MS, 'not struck', { ref: false }),
    ]);
    const other = random.pick([...stage.subgraphs, 'router'].filter(name => name !== service));
    const began = Date.now();
    await stage.system.service(other).stop();
    const tookMs = Date.now() - began;
    if (tookMs > SIGTERM_LIMIT_MS)
      throw new Error(`${other} took ${tookMs} ms to end after SIGTERM.`);
    return {
      what: `${service} in a handler (${reason}), ${other} (${tookMs} ms)`,
      mend: () => stage.start(other),
    };
  },
};

const killRouter: Fault = {
  name: 'F4',
  description: 'kill -9 of the router in the middle of mutations',
  async inject({ stage }, random) {
    const mend = await stage.kill('router');
    return { what: 'the router', holdMs: random.whole(0, 1_000), mend };
  },
};

const pause: Fault = {
  name: 'F16',
  description: 'a consumer that is slower than its session lasts',
  async inject({ stage }, random) {
    const service = random.pick(stage.subgraphs);
    const ms = SESSION_TIMEOUT_MS + random.whole(1_000, 5_000);
    if (random.chance(0.5)) {
      stage.arm(service, { name: 'inbox.commit', action: 'hang', ms });
      await sleep(ms);
      return { what: `${service}: a handler takes ${ms} ms` };
    }
    const { pid } = stage.system.service(service);
    process.kill(pid, 'SIGSTOP');
    return {
      what: `${service} stands still for ${ms} ms`,
      holdMs: ms,
      mend: async () => process.kill(pid, 'SIGCONT'),
    };
  },
};

const rebalance: Fault = {
  name: 'F17',
  description: 'members join and leave a group again and again',
  async inject({ stage }, random) {
    const service = random.pick(stage.subgraphs);
    for (let times = 0; times < 3; times++) {
      const replica = await stage.system.startReplica(service);
      await sleep(random.whole(500, 3_000));
      await (random.chance(0.5) ? replica.kill() : replica.stop());
    }
    return { what: `${service}: a second process came and went three times` };
  },
};

const exhaust: Fault = {
  name: 'F20',
  description: 'no file descriptors left, or no memory',
  impossible: () => (process.platform === 'linux' ? undefined : 'needs prlimit, which Linux has'),
  async inject({ stage }, random) {
    const service = random.pick(stage.subgraphs);
    if (random.chance(0.5)) {
      const mend = await stage.kill(service);
      await mend();
      const { pid } = stage.system.service(service);
      await run('prlimit', ['--pid', String(pid), '--nofile=64:']);
      return {
        what: `${service} with 64 file descriptors`,
        holdMs: 5_000,
        mend: () => run('prlimit', ['--pid', String(pid), '--nofile=65536:']).catch(() => {}),
      };
    }
    await stage.kill(service);
    await stage.start(service, { nodeFlags: ['--max-old-space-size=64'] });
    return {
      what: `${service} with a heap of 64 MB`,
      holdMs: 5_000,
      mend: async () => (await stage.kill(service))(),
    };
  },
};

export const processFaults = [
  killAtSteps,
  killRelay,
  terminate,
  killRouter,
  pause,
  rebalance,
  exhaust,
];
