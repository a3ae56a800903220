import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode, type Envelope, type Message } from '@gamegraph/event-bus';
import type { Random } from '@gamegraph/seed/random';
import { envelopeOf, type OutboxRow } from '@gamegraph/subgraph-kit/events';
import { until } from '@gamegraph/test-support';
import type { Stage } from '../stage.js';
import type { Fault, Scene } from './fault.js';
import { leasesOf, takeLeases } from './leases.js';

const REPUBLISHED_MAX = 200;
const HELD_BACK_MS = 4_000;
const DRILL = '/drill'; // where events come from that nobody announced
const SOON = { timeoutMs: 60_000, intervalMs: 100 };

const messageOf = (row: OutboxRow, subgraph: string): Message => encode(envelopeOf(row, subgraph));

const duplicates: Fault = {
  name: 'F11',
  description: 'events come three times',
  async inject({ stage }, random) {
    const told: string[] = [];
    for (const subgraph of random.sample(stage.subgraphs, 3)) {
      const rows = await stage.rows<OutboxRow>(
        subgraph,
        `SELECT * FROM events.outbox_archive ORDER BY created_at, version
         OFFSET floor($1::float8 * (SELECT count(*) FROM events.outbox_archive))::bigint LIMIT $2`,
        [random.next(), REPUBLISHED_MAX],
      );
      const messages = rows.map(row => messageOf(row, subgraph));
      for (let times = 0; times < 3; times++) await stage.bus.publish(messages);
      told.push(`${rows.length} of ${subgraph}`);
    }
    return { what: told.join(', ') };
  },
};

const disorder: Fault = {
  name: 'F12',
  description: 'the events of an aggregate come the wrong way round',
  async inject(scene, random) {
    const { stage } = scene;
    const subgraph = random.pick(['payments', 'games', 'users', 'builds', 'library']);
    const reversed = await withoutRelay(stage, subgraph, async rows => {
      await stage.bus.publish(rows.toReversed().map(row => messageOf(row, subgraph)));
      return rows.length;
    });
    return { what: `${reversed} events of ${subgraph}` };
  },
};

const gap: Fault = {
  name: 'F13',
  description: 'an event is gone from the log',
  async inject({ stage }, random) {
    const subgraph = random.pick(['payments', 'games', 'users', 'builds', 'library']);
    const dropped = await withoutRelay(stage, subgraph, async rows => {
      // Those behind which there is another: nobody could miss the last.
      const ids = rows
        .filter(row =>
          rows.some(
            other =>
              other.aggregateid === row.aggregateid && Number(other.version) > Number(row.version),
          ),
        )
        .map(({ id }) => id);
      await stage.rows(
        subgraph,
        `WITH gone AS (DELETE FROM events.outbox WHERE id = ANY($1) RETURNING *)
         INSERT INTO events.outbox_archive
         SELECT aggregatetype, aggregateid, version, id, type, payload, headers, created_at FROM gone`,
        [ids],
      );
      return ids.length;
    });
    return { what: `${dropped} events of ${subgraph}` };
  },
};

/** Does something with what waits in a subgraph's outbox, while its relay may not publish. */
async function withoutRelay<T>(
  stage: Stage,
  subgraph: string,
  work: (rows: OutboxRow[]) => Promise<T>,
): Promise<T> {
  return stage.world.sql(subgraph, async client => {
    let isTaken = false;
    void takeLeases(client).then(() => (isTaken = true));
    const own = (client as unknown as { processID: number }).processID;
    // Who holds a shard loses it with the session, and we are next.
    await until(
      'the shards are ours',
      async () => {
        for (const { pid } of await leasesOf(stage, subgraph))
          if (pid !== own) await stage.rows(subgraph, 'SELECT pg_terminate_backend($1)', [pid]);
        return isTaken;
      },
      SOON,
    );
    await sleep(HELD_BACK_MS);
    const { rows } = await client.query<OutboxRow>('SELECT * FROM events.outbox ORDER BY seq');
    return work(rows);
  });
}

const poison: Fault = {
  name: 'F14',
  description:
    'events that cannot be read, or whose handler fails: set aside, then discarded or replayed',
  async inject(scene, random) {
    const { stage, poisoned } = scene;
    const envelope = (type: string, data: unknown): Envelope => ({
      ...{ id: randomUUID(), source: DRILL, type, topic: 'users.user', subject: randomUUID() },
      ...{ version: 1, time: new Date().toISOString(), data },
    });
    const wrongSchema = envelope('users.user.registered.v1', { id: 'no uuid' });
    const unreadable = encode(envelope('users.user.registered.v1', {}));
    const empty = encode(envelope('users.user.registered.v1', {}));
    const messages = [
      { ...unreadable, value: '{"id":' },
      { ...empty, value: null },
      encode(wrongSchema),
      encode(envelope('users.user.teleported.v9', { id: randomUUID() })),
      encode(envelope('users.user.teleported.v9', { text: 'x'.repeat(900_000) })),
    ];
    for (const { headers } of messages) poisoned.add(headers.ce_id!);
    const victim = random.pick(['library', 'social', 'builds', 'payments']);
    // Tried three times, and poison then.
    stage.arm(victim, { name: 'inbox.handle', action: 'throw', nth: random.whole(1, 5), times: 4 });
    await stage.bus.publish(messages);
    return {
      what: `five kinds, and handlers of ${victim} that fail`,
      holdMs: 5_000,
      mend: () => untilNoPoison(scene),
    };
  },
};

/** Discards what can never be read, and has the rest tried again. */
async function untilNoPoison({ stage, poisoned }: Scene): Promise<void> {
  const { operator } = stage.world;
  await until(
    'nothing is poisoned any more',
    async () => {
      let left = 0;
      for (const subgraph of stage.subgraphs) {
        const letters = await operator
          .post<{ id: string; kind: string }[]>(subgraph, 'dead-letters', { limit: 1_000 })
          .catch(() => undefined);
        if (!letters) return false;
        left += letters.length;
        for (const { id, kind } of letters) {
          if (kind === 'HANDLER_FAILED') {
            poisoned.add(id.slice(id.indexOf('/') + 1)); // behind the consumer, the event's own
            await operator.post(subgraph, 'dead-letters/replay', { id });
          } else {
            const why = { reason: 'the drill has sent it', by: DRILL };
            await operator.post(subgraph, 'dead-letters/discard', { id, ...why });
          }
        }
      }
      return left === 0;
    },
    SOON,
  );
}

const replay: Fault = {
  name: 'F15',
  description: 'a group reads the whole log again, from its beginning',
  async inject({ stage }, random) {
    const subgraph = random.pick(stage.subgraphs);
    await stage.system.service(subgraph).stop();
    await until(
      'the group is empty',
      () =>
        stage.bus.forget(subgraph).then(
          () => true,
          () => false,
        ),
      SOON,
    );
    return { what: subgraph, mend: () => stage.start(subgraph) };
  },
};

const lostRaces: Fault = {
  name: 'F21',
  description: 'deadlocks and serialization failures',
  async inject({ stage }, random: Random) {
    const sqlState = random.pick(['40P01', '40001']);
    for (const service of stage.subgraphs) {
      for (const who of ['request', 'inbox']) {
        const name = `${who}.commit`;
        stage.arm(service, { name, action: 'throw', sqlState, nth: random.whole(1, 5), times: 3 });
      }
    }
    return { what: `${sqlState} before COMMIT, three times in each subgraph`, holdMs: 4_000 };
  },
};

const refundRaces: Fault = {
  name: 'F23',
  description: 'twelve refunds of one order at once, while it is bought',
  async inject({ crowd }, random) {
    await crowd.raceForRefund(random);
    return { what: 'twelve at a time, for three seconds' };
  },
};

export const eventFaults = [duplicates, disorder, gap, poison, replay, lostRaces, refundRaces];
