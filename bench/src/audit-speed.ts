import { setTimeout as sleep } from 'node:timers/promises';
import { audit, Operator } from '@gamegraph/router';
import pg from 'pg';
import { Bench } from './bench.js';
import { cpuSeconds } from './cpu.js';
import { figure, type Section } from './table.js';

const COPIES = 1_000_000;
const COPIES_QUICK = 20_000;
const SECONDS_MAX = 60;
const PROJECTION = 'payments.user';
const LOOK_MS = 100;

/** How long a full audit takes, and what it keeps from others meanwhile. */
export async function measureAudit({ isQuick }: Bench): Promise<Section> {
  const copies = isQuick ? COPIES_QUICK : COPIES;
  const bench = await Bench.make(isQuick);
  try {
    await bench.start();
    const { cluster, subgraphUrls, secrets } = bench.system;
    await fill(cluster.url('users'), USERS, copies);
    await fill(cluster.url('payments'), COPIES_OF_USERS, copies);
    const operator = new Operator(secrets.routerKey, subgraphUrls);
    const cpu = async () => (await bench.backendCpu()) + (await cpuSeconds([process.pid]));
    const cpuBefore = await cpu();
    const watch = LockWatch.begin(cluster.url('users'));
    const beganMs = performance.now();
    const [report] = await audit(operator, { projections: [PROJECTION] });
    const seconds = (performance.now() - beganMs) / 1000;
    const cpuUsed = (await cpu()) - cpuBefore;
    const { longestMs, locks } = await watch.end();
    if (report!.compared !== copies || report!.differing.length > 0)
      throw new Error(`The audit is wrong: ${JSON.stringify(report)}`);
    return {
      title: 'Audits',
      columns: [
        'copies',
        's',
        'limit s',
        'rows/s',
        'all CPU s',
        'longest transaction ms',
        'locks that others wait for',
      ],
      rows: [
        [
          ...[String(copies), figure(seconds), String(SECONDS_MAX), figure(copies / seconds)],
          ...[figure(cpuUsed), figure(longestMs), String(locks)],
        ],
      ],
      notes: [
        'A full audit of the copies that payments has of users: every one compared with its owner at equal versions, 1,000 at a ' +
          `time. CPU is of the subgraphs, PostgreSQL and this process, which compares as the router does: on a machine that others ` +
          `use too, it tells more than the time. Its transactions and their locks were looked at every ${LOOK_MS} ms; readers’ locks, for which only a change of the ` +
          'table itself would wait, are not counted.',
      ],
    };
  } finally {
    await bench.remove();
  }
}

const ID = `('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;

const USERS = (copies: number) => [
  `DROP INDEX user_profile_handle_words, user_profile_name_words`, // a minute of work that no audit sees
  `INSERT INTO user_profile (id, handle, handle_skeleton, display_name, roles, privacy, is_banned, created_at,
     friends_count, games_count, builds_count)
   SELECT ${ID}, 'user' || n, 'user' || n, 'User ' || n, '{}',
     '{"library": "PUBLIC", "friends": "PUBLIC", "activity": "PUBLIC", "presence": "PUBLIC"}', false, now(), 0, 0, 0
   FROM generate_series(1, ${copies}) AS n`,
  `INSERT INTO events.outbox_head SELECT 'users.user', id::text, 1 FROM user_profile`,
  `VACUUM ANALYZE user_profile`,
  `VACUUM ANALYZE events.outbox_head`,
];

const COPIES_OF_USERS = (copies: number) => [
  `INSERT INTO user_copy (id, handle, source_version, source_at)
   SELECT ${ID}, 'user' || n, 1, now() FROM generate_series(1, ${copies}) AS n`,
  `INSERT INTO events.inbox_head (consumer, aggregatetype, aggregateid, version)
   SELECT '${PROJECTION}', 'users.user', id::text, 1 FROM user_copy`,
  `VACUUM ANALYZE user_copy`,
  `VACUUM ANALYZE events.inbox_head`,
];

async function fill(
  url: string,
  statements: (copies: number) => string[],
  copies: number,
): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  for (const statement of statements(copies)) await client.query(statement);
  await client.end();
}

/** Looks at what transactions hold, in all databases of the server. */
class LockWatch {
  #isOver = false;
  readonly #looking: Promise<{ longestMs: number; locks: number }>;

  private constructor(url: string) {
    this.#looking = this.#look(url);
  }

  static begin(url: string): LockWatch {
    return new LockWatch(url);
  }

  end(): Promise<{ longestMs: number; locks: number }> {
    this.#isOver = true;
    return this.#looking;
  }

  async #look(url: string): Promise<{ longestMs: number; locks: number }> {
    const client = new pg.Client(url);
    await client.connect();
    const most = { longestMs: 0, locks: 0 };
    while (!this.#isOver) {
      const { rows } = await client.query<{ longest_ms: number | null; locks: number }>(
        `SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) * 1000 AS longest_ms,
           (SELECT count(*)::int FROM pg_locks AS held JOIN pg_stat_activity AS by USING (pid)
            WHERE held.mode <> 'AccessShareLock' AND held.locktype IN ('relation', 'tuple', 'page')
              AND by.query ~ 'user_copy|user_profile' AND by.pid <> pg_backend_pid()) AS locks
         FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
           AND query ~ 'user_copy|user_profile|outbox_head'`,
      );
      most.longestMs = Math.max(most.longestMs, rows[0]!.longest_ms ?? 0);
      most.locks = Math.max(most.locks, rows[0]!.locks);
      await sleep(LOOK_MS);
    }
    await client.end();
    return most;
  }
}
