import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyDatabase, until } from '@gamegraph/test-support';
import pg from 'pg';
import { pino } from 'pino';
import { type Announcement, Live } from './live.js';

describe('a subscription of a process', () => {
  it('says that something may be missing when the session that told it was lost', async t => {
    const databaseUrl = await emptyDatabase('live');
    const log = pino({ level: 'silent' });
    const live = new Live({ subgraph: 'shop', databaseUrl, announcers: [], log });
    live.start();
    t.after(() => live.stop());
    const told: Announcement[] = [];
    const subscription = live.subscribe(['a']);
    const listening = (async () => {
      for await (const announcement of subscription) told.push(announcement);
    })();
    const untilTold = (id: string) =>
      until(`it is told of ${id}`, async () => {
        await live.announce([{ topic: 'a', id }]);
        return told.some(one => one.id === id);
      });
    await untilTold('1');

    const client = new pg.Client(databaseUrl);
    await client.connect();
    t.after(() => client.end());
    const sessions = async (pid: number | null) => {
      const others = `SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN live' AND datname = current_database()`;
      const { rows } = await client.query<{ pid: number }>(
        `${others} AND pid = coalesce($1, pid)`,
        [pid],
      );
      return rows;
    };
    const [{ pid }] = (await sessions(null)) as [{ pid: number }];
    await client.query('SELECT pg_terminate_backend($1)', [pid]);
    await until('its session is gone', async () => (await sessions(pid)).length === 0);
    await untilTold('2');
    await untilTold('3');
    await subscription.return!();
    await listening;
    const flagged = told.filter(({ isAfterGap }) => isAfterGap);
    assert.deepEqual(flagged, [{ topic: 'a', id: '2', isAfterGap: true }]);
    assert.equal(
      told.find(({ id }) => id === '2'),
      flagged[0],
    );
  });
});
