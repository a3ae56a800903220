import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A new, empty database on the run's PostgreSQL. Returns its URL, with the superuser's rights. */
export async function emptyDatabase(name: string): Promise<string> {
  const database = uniqueName(name);
  await asSuperuser(client => client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`));
  return urlOf(database);
}

/**
 * A new database that is a copy of the one called `name`, which the run's first caller fills. Returns the copy's URL.
 *
 * @param fill gets the URL of an empty database, and closes every connection to it before it resolves
 */
export async function templateDatabase(
  name: string,
  fill: (url: string) => Promise<void>,
): Promise<string> {
  const template = `template_${name}`;
  const database = uniqueName(name);
  await asSuperuser(async client => {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [template]); // test files run side by side
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (found.rowCount === 0) {
      const unfinished = `${template}_unfinished`;
      await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(unfinished)}`);
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(unfinished)}`);
      await fill(urlOf(unfinished));
      const [from, to] = [client.escapeIdentifier(unfinished), client.escapeIdentifier(template)];
      await client.query(`ALTER DATABASE ${from} RENAME TO ${to}`);
    }
    const [copy, original] = [client.escapeIdentifier(database), client.escapeIdentifier(template)];
    await client.query(`CREATE DATABASE ${copy} TEMPLATE ${original} STRATEGY file_copy`);
  });
  return urlOf(database);
}

const uniqueName = (name: string) => `${name}_${randomBytes(4).toString('hex')}`;

function urlOf(database: string): string {
  const url = new URL(superuserUrl());
  url.pathname = `/${database}`;
  return url.href;
}

async function asSuperuser(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(superuserUrl());
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function superuserUrl(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url)
    throw new Error(
      'There is no PostgreSQL for the tests. Run them with `npm test` (`npm test -- PATTERN`).',
    );
  return url;
}
