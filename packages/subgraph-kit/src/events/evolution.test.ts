import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type AggregateState,
  defineAggregate,
  defineEvent,
  encode,
  type EventContract,
  type Message,
  PostgresBus,
} from '@gamegraph/event-bus';
import { emptyDatabase, until } from '@gamegraph/test-support';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { Migration } from '@mikro-orm/migrations';
import { sql } from 'kysely';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { createOrm, migrate } from '../store/orm.js';
import { query } from '../store/sql.js';
import { ARCHIVE_POSITIONS } from './archive-positions.js';
import { Copy, defineCopy } from './copy.js';
import { Inbox } from './inbox.js';
import { OPERATOR_TABLES } from './operator-tables.js';
import { EVENT_TABLES } from './tables.js';

const TOPIC = 'shop.article';
const log = pino({ level: 'silent' });
const quiet = { warn: () => {} };

@Entity({ tableName: 'article_copy' })
class ArticleCopy extends Copy {
  @Property({ type: 'text' }) name!: string;
}

@Entity({ tableName: 'article_copy' })
class NextArticleCopy extends Copy {
  @Property({ type: 'text' }) name!: string;
  @Property({ type: 'text[]' }) tags!: string[];
}

class Tables extends Migration {
  override up() {
    for (const statement of [...EVENT_TABLES, ...OPERATOR_TABLES, ...ARCHIVE_POSITIONS])
      this.addSql(statement);
    // As a migration leaves it that both versions can live with: what is new has a default.
    this.addSql(`CREATE TABLE article_copy (id uuid PRIMARY KEY, name text NOT NULL, tags text[] NOT NULL DEFAULT '{}',
                 source_version bigint NOT NULL, source_at timestamptz NOT NULL)`);
  }
}

/** The contract, and the copy, as they are now. */
const article = defineAggregate({
  ...{ topic: TOPIC, description: 'Something with a name.' },
  state: z.object({ id: z.uuid(), name: z.string() }),
});
const changed = defineEvent('ArticleChanged', article, 'changed', 'It is not as it was.');
const copy = defineCopy({
  ...{ name: 'wiki.article', of: article, into: ArticleCopy },
  columns: ({ name }) => ({ name }),
});

/** And as the next version of the code has them: one more field, one more kind of event. */
const nextArticle = defineAggregate({
  ...{ topic: TOPIC, description: 'Something with a name.' },
  state: z.object({ id: z.uuid(), name: z.string(), tags: z.array(z.string()).default([]) }),
});
const nextChanged = defineEvent('ArticleChanged', nextArticle, 'changed', 'It is not as it was.');
const recalled = defineEvent('ArticleRecalled', nextArticle, 'recalled', 'It is not on sale.');
const nextCopy = defineCopy({
  ...{ name: 'wiki.article', of: nextArticle, into: NextArticleCopy },
  columns: ({ name, tags }) => ({ name, tags }),
});

const VERSIONS = {
  N: { entity: ArticleCopy, consumer: copy.consumer },
  'N+1': { entity: NextArticleCopy, consumer: nextCopy.consumer },
};

describe('two versions of the code side by side', { timeout: 120_000 }, () => {
  let databaseUrl: string;
  let logUrl: string;
  let bus: PostgresBus;
  before(async () => {
    [databaseUrl, logUrl] = [await emptyDatabase('wiki'), await emptyDatabase('event_log')];
    bus = new PostgresBus({ url: logUrl, log: quiet });
  });
  after(() => bus?.close());

  /** Runs the consumer as one version has it, until `work` is done. */
  async function running(version: keyof typeof VERSIONS, work: () => Promise<unknown>) {
    const { entity, consumer } = VERSIONS[version];
    const migrations = [{ name: 'Tables', class: Tables }];
    const orm = await createOrm({ databaseUrl, entities: [entity], migrations });
    await migrate(orm);
    const own = new PostgresBus({ url: logUrl, log: quiet });
    const inbox = new Inbox({
      ...{ subgraph: 'wiki', orm, bus: own, consumers: [consumer], ownTopics: [], log },
    });
    const rows = (id: string) =>
      query<Row>(orm.em.fork(), sql`SELECT name, tags FROM article_copy WHERE id = ${id}`);
    try {
      await inbox.start();
      look = async id => (await rows(id))[0];
      parked = async id => {
        const found = await query<{ told: string }>(
          orm.em.fork(),
          sql`SELECT version || ' ' || reason AS told FROM events.inbox_parked
              WHERE aggregateid = ${id} ORDER BY version`,
        );
        return found.map(({ told }) => told);
      };
      await work();
    } finally {
      await inbox.stop();
      await own.close();
      await orm.close();
    }
  }

  interface Row {
    name: string;
    tags: string[];
  }
  let look: (id: string) => Promise<Row | undefined>;
  let parked: (id: string) => Promise<string[]>;

  const settled = () =>
    until('all has been taken', async () => (await bus.lag('wiki', [TOPIC])) === 0);

  /** An event as whoever announces it puts it on the bus. */
  const event = (
    kind: Pick<EventContract<never>, 'type'>,
    version: number,
    state: AggregateState,
  ) =>
    encode({
      ...{ id: uuidv7(), source: '/gamegraph/shop', type: kind.type, topic: TOPIC },
      ...{ subject: state.id, version, time: new Date().toISOString(), data: state },
    });
  const publish = async (...messages: Message[]) => {
    await bus.ensureTopics([TOPIC]);
    await bus.publish(messages);
    await settled();
  };

  it('reads the events of the next version, without what it does not know', async () => {
    const id = uuidv7();
    await running('N', async () => {
      await publish(event(nextChanged, 1, nextChanged({ id, name: 'Ring', tags: ['gold'] }).data));
      assert.equal((await look(id))?.name, 'Ring');
    });
  });

  it('reads the events of the version before, with the default for what they lack', async () => {
    const id = uuidv7();
    await running('N+1', async () => {
      await publish(event(changed, 1, changed({ id, name: 'Ring' }).data));
      assert.deepEqual(await look(id), { name: 'Ring', tags: [] });
    });
  });

  it('leaves a kind of event that it does not know to the next version, with all that comes behind it', async () => {
    const [id, other] = [uuidv7(), uuidv7()];
    const state = (name: string) => ({ id, name, tags: ['gold'] });
    await running('N', async () => {
      await publish(
        event(nextChanged, 1, state('v1')),
        event(recalled, 2, state('v2')),
        event(nextChanged, 3, state('v3')),
        event(changed, 1, { ...state('other'), id: other }),
      );
      assert.equal((await look(id))?.name, 'v1', 'its position is where it can judge');
      assert.deepEqual(await parked(id), ['2 poison', '3 waiting']);
      assert.equal((await look(other))?.name, 'other', 'others go on');
    });
    await running('N', async () => {
      assert.deepEqual(
        await parked(id),
        ['2 poison', '3 waiting'],
        'a new start is no new version',
      );
    });
    await running('N+1', async () => {
      await until('it is taken', async () => (await parked(id)).length === 0);
      assert.deepEqual(await look(id), { name: 'v3', tags: ['gold'] });
    });
  });

  it('leaves a value that it cannot read to the next version too', async () => {
    const id = uuidv7();
    await running('N', async () => {
      await publish(event(changed, 1, { id, name: null } as AggregateState));
      assert.deepEqual(await parked(id), ['1 poison']);
    });
  });
});
