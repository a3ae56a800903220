import { defineAggregate, defineEvent, KafkaBus } from '@gamegraph/event-bus';
import {
  afterCommit,
  ARCHIVE_POSITIONS,
  Copy,
  createOrm,
  defineCopy,
  EVENT_TABLES,
  execute,
  migrate,
  record,
  transact,
} from '@gamegraph/subgraph-kit';
import { Inbox, Relay } from '@gamegraph/subgraph-kit/events';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { Migration } from '@mikro-orm/migrations';
import kafkajs from 'kafkajs';
import { sql } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { answer } from './helper.js';

// One of two processes: the one that owns articles and announces them, and the one that copies them. What they do is
// what subgraphs do, without GraphQL.

const CONNECTIONS = 8;
const PRODUCED = 500; // messages in a batch, as the relay has them at most
const TOPIC = 'bench.article';
const log = pino({ level: 'silent' });

const article = defineAggregate({
  ...{ topic: TOPIC, description: 'Something with a name.' },
  state: z.object({
    ...{ id: z.uuid(), n: z.number().int(), name: z.string(), tags: z.array(z.string()) },
  }),
});
const changed = defineEvent('ArticleChanged', article, 'changed', 'It is not as it was.');
type State = z.infer<typeof article.state>;
const stateOf = (n: number): State => ({
  ...{ id: uuidv7(), n, name: `Article ${n}`, tags: ['ring', 'gold', 'old'] },
});

@Entity({ tableName: 'article_copy' })
class ArticleCopy extends Copy {
  @Property({ type: 'text' }) name!: string;
  @Property({ type: 'text[]' }) tags!: string[];
}

class Tables extends Migration {
  override up() {
    for (const statement of [...EVENT_TABLES, ...ARCHIVE_POSITIONS]) this.addSql(statement);
    this.addSql(
      'CREATE TABLE article (id uuid PRIMARY KEY, name text NOT NULL, tags text[] NOT NULL)',
    );
    this.addSql('CREATE TABLE plain (id uuid PRIMARY KEY, payload jsonb NOT NULL)');
    this.addSql(`CREATE TABLE article_copy (id uuid PRIMARY KEY, name text NOT NULL, tags text[] NOT NULL,
                 source_version bigint NOT NULL, source_at timestamptz NOT NULL)`);
  }
}

interface Setting {
  role: 'owner' | 'reader';
  databaseUrl: string;
  broker: string;
}

/** What one of the processes is asked for. */
export type Question =
  | ({ kind: 'start' } & Setting)
  /** Write for so long, at most so many a second. Returns when the last n were committed. */
  | { kind: 'write'; from: number; seconds: number; perSecond?: number }
  /** What a plain insert and a bare producer reach. */
  | { kind: 'insert' | 'produce'; seconds: number }
  /** When each n was seen, of those since the last time that this was asked. */
  | { kind: 'seen' };

/** `[n, at]`, the latter in milliseconds since 1970. */
export type Moments = [n: number, atMs: number][];

export interface Rate {
  events: number;
  seconds: number;
}

let setting: Setting;
let orm: Awaited<ReturnType<typeof createOrm>>;
let seen: Moments = [];

const nowMs = () => performance.timeOrigin + performance.now();

answer(async (question: Question): Promise<unknown> => {
  switch (question.kind) {
    case 'start':
      return start(question);
    case 'write':
      return write(question);
    case 'insert':
      return insert(question.seconds);
    case 'produce':
      return produce(question.seconds);
    case 'seen': {
      const those = seen;
      seen = [];
      return those;
    }
  }
});

async function start(those: Setting): Promise<void> {
  setting = those;
  const { role, databaseUrl, broker } = setting;
  const migrations = [{ name: 'Tables', class: Tables }];
  orm = await createOrm({
    databaseUrl,
    entities: [ArticleCopy],
    migrations,
    poolSize: CONNECTIONS,
  });
  await migrate(orm);
  const bus = new KafkaBus({ brokers: [broker], clientId: role, log });
  await bus.ensureTopics([TOPIC]);
  if (role === 'owner') {
    new Relay({ databaseUrl, subgraph: 'bench', bus, log });
    return;
  }
  const copy = defineCopy({
    ...{ name: 'reader.article', of: article, into: ArticleCopy },
    columns: ({ name, tags }) => ({ name, tags }),
  });
  const { handleAll } = copy.consumer;
  copy.consumer.handleAll = (events, em) => {
    afterCommit(em, () =>
      seen.push(...events.map(({ data }): Moments[number] => [(data as State).n, nowMs()])),
    );
    return handleAll!(events, em);
  };
  const consumers = [copy.consumer];
  await new Inbox({ subgraph: 'reader', orm, bus, consumers, ownTopics: [], log }).start();
}

/** Each writer has one transaction in work at a time, with one row and its event. */
async function write({
  from,
  seconds,
  perSecond,
}: Extract<Question, { kind: 'write' }>): Promise<Moments> {
  const committed: Moments = [];
  const beganMs = performance.now();
  let next = from;
  const writer = async () => {
    while (performance.now() - beganMs < seconds * 1000) {
      const n = next++;
      if (perSecond) await until(beganMs + ((n - from) / perSecond) * 1000);
      const state = stateOf(n);
      await transact(orm.em.fork(), async tx => {
        await execute(
          tx,
          sql`INSERT INTO article VALUES (${state.id}, ${state.name}, ${state.tags}::text[])`,
        );
        record(tx, changed(state), new Date());
      });
      committed.push([n, nowMs()]);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, writer));
  return committed;
}

async function until(atMs: number): Promise<void> {
  const restMs = atMs - performance.now();
  if (restMs > 0) await new Promise(resolve => setTimeout(resolve, restMs));
}

/** As `pgbench -M prepared` would: one insert, one commit, and the next. */
async function insert(seconds: number): Promise<Rate> {
  const beganMs = performance.now();
  let events = 0;
  const writer = async () => {
    const client = new pg.Client(setting.databaseUrl);
    await client.connect();
    while (performance.now() - beganMs < seconds * 1000) {
      const state = stateOf(events++);
      const values = [state.id, JSON.stringify(state)];
      await client.query({ name: 'plain', text: 'INSERT INTO plain VALUES ($1, $2)', values });
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, writer));
  return { events, seconds: (performance.now() - beganMs) / 1000 };
}

/** As safe as ours: idempotent, acknowledged by all, one batch in flight. */
async function produce(seconds: number): Promise<Rate> {
  const { Kafka, logLevel, Partitioners } = kafkajs;
  const kafka = new Kafka({ brokers: [setting.broker], logLevel: logLevel.NOTHING });
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner });
  await producer.connect();
  const beganMs = performance.now();
  let events = 0;
  while (performance.now() - beganMs < seconds * 1000) {
    const states = Array.from({ length: PRODUCED }, () => stateOf(events++));
    const messages = states.map(state => ({ key: state.id, value: JSON.stringify(state) }));
    await producer.send({ topic: 'bench.plain', acks: -1, messages });
  }
  const rate = { events, seconds: (performance.now() - beganMs) / 1000 };
  await producer.disconnect();
  return rate;
}
