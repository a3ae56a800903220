import { randomUUID } from 'node:crypto';
import { emptyDatabase } from '@gamegraph/test-support';
import pg from 'pg';
import { describeEventBus } from './contract-suite.js';
import { PostgresBus } from './postgres-bus.js';

let url: string;

describeEventBus({
  name: 'a log in PostgreSQL',
  async setUp() {
    url = await emptyDatabase('event_log');
  },
  connect: () => new PostgresBus({ url, log: { warn: () => {} } }),
  async connectTooEarly() {
    const database = `event_log_${randomUUID()}`;
    const later = new URL(url);
    later.pathname = database;
    return {
      early: new PostgresBus({ url: later.href, log: { warn: () => {} } }),
      async bringUp() {
        const client = new pg.Client(url);
        await client.connect();
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
        await client.end();
      },
    };
  },
  async breakDown() {
    const client = new pg.Client(url);
    await client.connect();
    for (let n = 0; n < 5; n++) {
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    await client.end();
  },
  async tearDown() {},
});
