import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { JAVA, MAVEN, skipWithout, startKafka } from '@gamegraph/test-support';
import pg from 'pg';
import { Bench } from './bench.js';
import { ask, type Request } from './graphql.js';
import { LoadGenerator } from './load.js';
import { percentile } from './statistics.js';
import { figure, type Section } from './table.js';

/** Subgraphs with a copy of each user. */
const COPIES = ['builds', 'library', 'payments', 'social'];

const WRITERS = 8;
const WRITES_PER_SECOND = 50;

/** Milliseconds from a change of a user to what is seen of it elsewhere. */
interface Lag {
  firstCopyMs: number;
  allCopiesMs: number;
  /** From before the mutation, until all copies show it. */
  sinceAskedMs: number;
}

/** How long events take: from the commit of a change until copies in other subgraphs' databases show it. */
export async function measureEventLag(bench: Bench): Promise<Section> {
  const { isQuick } = bench;
  await bench.seed();
  const rows = await lagRows('event log', bench);
  const missing = isQuick ? 'This is the quick run.' : skipWithout(JAVA, MAVEN);
  if (!missing) rows.push(...(await lagRowsOnKafka()));
  return {
    title: 'Event lag',
    columns: [
      'bus, other writes',
      ...['first copy p50 ms', 'p99 ms'],
      ...['all copies p50 ms', 'p99 ms'],
      ...['since asked p50 ms', 'p99 ms'],
    ],
    rows,
    notes: [
      'From the commit of a changed profile in users to the commits of its copies in builds, library, payments and ' +
        `social, of ${probes(isQuick)} changes each, as PostgreSQL notifies of them. The other writes are ${WRITES_PER_SECOND} changed profiles a ` +
        'second, which all have to be copied as well.',
      ...(missing ? [`Not on Kafka. ${missing}`] : []),
    ],
  };
}

const probes = (isQuick: boolean) => (isQuick ? 30 : 200);

async function lagRowsOnKafka(): Promise<string[][]> {
  const bench = await Bench.make(false);
  const broker = await startKafka(`${bench.directory}/kafka`);
  try {
    await bench.start({ kafkaBrokers: broker.address });
    return await lagRows('Kafka', bench);
  } finally {
    await bench.stop();
    await broker.stop();
    await bench.remove();
  }
}

async function lagRows(bus: string, bench: Bench): Promise<string[][]> {
  const idle = await measureLags(bench);
  const load = new LoadGenerator();
  const requests: Request[] = [];
  for (let n = 0; n < WRITERS; n++) requests.push(changeProfile(await register(bench), n));
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      await load.run({
        ...{ url: bench.system.graphqlUrl, requests, connections: WRITERS },
        ...{ amount: WRITES_PER_SECOND, perSecond: WRITES_PER_SECOND },
      });
    }
  })();
  const measuring = measureLags(bench).finally(() => (isOver = true));
  const [busy] = await Promise.all([measuring, writing]).finally(() => load.stop());
  const row = (name: string, lags: Lag[]) => [
    name,
    ...(['firstCopyMs', 'allCopiesMs', 'sinceAskedMs'] as const).flatMap(which => {
      const values = lags.map(lag => lag[which]);
      return [figure(percentile(values, 0.5)), figure(percentile(values, 0.99))];
    }),
  ];
  return [row(`${bus}, none`, idle), row(`${bus}, ${WRITES_PER_SECOND}/s`, busy)];
}

/** Changes one user again and again, and looks when the copies change. */
async function measureLags({ isQuick, system }: Bench): Promise<Lag[]> {
  const user = await register({ system });
  const watch = (subgraph: string, table: string) =>
    CommitWatch.open(system.cluster.url(subgraph), table, user.id);
  const owner = await watch('users', 'user_profile');
  const copies = await Promise.all(COPIES.map(subgraph => watch(subgraph, 'user_copy')));
  const lags: Lag[] = [];
  for (let n = 0; n < probes(isQuick); n++) {
    await sleep(Math.random() * 50); // out of step with whatever looks at intervals
    const seen = Promise.all([owner.next(), ...copies.map(copy => copy.next())]);
    const askedAt = performance.now();
    await ask(system.graphqlUrl, changeProfile(user, n));
    const [committedAt, ...copiedAt] = await seen;
    lags.push({
      firstCopyMs: Math.min(...copiedAt) - committedAt,
      allCopiesMs: Math.max(...copiedAt) - committedAt,
      sinceAskedMs: Math.max(...copiedAt) - askedAt,
    });
  }
  await Promise.all([owner, ...copies].map(one => one.close()));
  return lags;
}

interface User {
  /** Their uuid. */
  id: string;
  token: string;
}

/** A new user. */
export async function register({ system }: Pick<Bench, 'system'>): Promise<User> {
  const name = `bench${randomUUID().replaceAll(/\D/g, '').slice(0, 12)}`;
  const { register: registered } = await ask<{ register: { accessToken: string } }>(
    system.graphqlUrl,
    {
      query: `mutation ($input: RegisterInput!) {
        register(input: $input) { ... on SignedIn { accessToken } }
      }`,
      variables: { input: { email: `${name}@bench.example`, password: 'bench', handle: name } },
    },
  );
  const token = registered.accessToken;
  const claims = Buffer.from(token.split('.')[1]!, 'base64url').toString();
  return { id: (JSON.parse(claims) as { sub: string }).sub, token };
}

export function changeProfile({ token }: User, n: number): Request {
  return {
    query: `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { avatarUrl } }`,
    variables: { input: { avatarUrl: `https://bench.example/${n}.png` } },
    token,
  };
}

/** Tells of commits that touched a row: by a trigger that notifies, so that nobody needs to look at intervals. */
class CommitWatch {
  #tell: (at: number) => void = () => {};

  private constructor(private readonly client: pg.Client) {
    client.on('notification', () => this.#tell(performance.now()));
  }

  static async open(databaseUrl: string, table: string, id: string): Promise<CommitWatch> {
    const client = new pg.Client(databaseUrl);
    await client.connect();
    const trigger = client.escapeIdentifier(`bench_${id}`);
    await client.query(
      `CREATE OR REPLACE FUNCTION bench_notify() RETURNS trigger LANGUAGE plpgsql
         AS 'BEGIN PERFORM pg_notify(TG_NAME, ''''); RETURN NULL; END';
       CREATE TRIGGER ${trigger} AFTER INSERT OR UPDATE ON ${client.escapeIdentifier(table)}
         FOR EACH ROW WHEN (NEW.id = ${client.escapeLiteral(id)}) EXECUTE FUNCTION bench_notify();
       LISTEN ${trigger}`,
    );
    return new CommitWatch(client);
  }

  /** When the next commit is heard of. */
  next(): Promise<number> {
    return new Promise(resolve => (this.#tell = resolve));
  }

  close(): Promise<void> {
    return this.client.end();
  }
}
