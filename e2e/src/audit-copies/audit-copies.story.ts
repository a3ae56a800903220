import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, before, describe, it } from 'node:test';
import * as launcher from '@gamegraph/launcher';
import {
  AuditCopiesDocument,
  type AuditCopiesQueryVariables,
  RepairCopiesDocument,
  TakeHandleDocument,
} from '../gql/graphql.js';
import type { Person } from '../person.js';
import type { World } from '../world.js';

export function auditCopies(world: World): void {
  describe('auditing copies', () => {
    let analyst: Person;
    let ana: Person;
    before(async () => {
      analyst = await world.givenPlayer('analyst', { roles: ['ANALYST'] });
      ana = await world.givenPlayer('ana');
      await world.givenFriends(analyst, ana);
      await world.settled();
    });

    const audit = async (variables: AuditCopiesQueryVariables = {}) =>
      (await analyst.data(AuditCopiesDocument, variables)).projectionAudit;
    const auditOne = async (projection: string) => (await audit({ projections: [projection] }))[0]!;
    const repair = async (projection: string) =>
      (await world.admin.data(RepairCopiesDocument, { projection })).repairProjection;
    const sql = (database: string, statement: string, ...values: unknown[]) =>
      world.sql(database, async client => (await client.query(statement, values)).rows);

    afterEach(async () => {
      const damaged = (await audit()).filter(({ differing }) => differing > 0);
      assert.deepEqual(damaged, [], 'what was damaged is repaired');
    });

    it('tells of every projection of every subgraph that it is as its owner says', async () => {
      const all = await audit();
      assert.deepEqual(
        [...new Set(all.map(({ projection }) => projection.split('.')[0]))].sort(),
        [...world.system.subgraphUrls.keys()].sort(),
      );
      for (const { differing, behind, examples, firstMissingEvent, ...one } of all) {
        assert.deepEqual([differing, behind, examples, firstMissingEvent], [0, 0, [], null]);
        assert.deepEqual([one.isComplete, one.endCursor], [true, null]);
        assert.ok(one.topic.startsWith(`${one.owner}.`));
      }
      const users = all.find(({ projection }) => projection === 'builds.user')!;
      const [counted] = await sql('users', 'SELECT count(*)::int FROM user_profile');
      assert.equal(users.compared, counted.count);
    });

    it('tells which column of which row is wrong, and repairs it', async () => {
      await sql('builds', `UPDATE user_copy SET handle = 'no' WHERE id = $1`, uuid(ana));
      const { examples, ...report } = await auditOne('builds.user');
      assert.deepEqual([report.differing, report.behind, report.firstMissingEvent], [1, 0, null]);
      const [example] = examples;
      assert.deepEqual([example!.id, example!.fields], [uuid(ana), ['handle']]);
      assert.equal((example!.copy as { handle: string }).handle, 'no');
      assert.equal((example!.owner as { handle: string }).handle, ana.handle);
      assert.ok(example!.ownerVersion > 0);
      assert.equal(example!.copyVersion, example!.ownerVersion);

      const told = { projection: 'builds.user', differing: 1, behind: 0 };
      assert.deepEqual(await repair('builds.user'), { audit: told, repaired: 1, remaining: 0 });
      assert.equal((await auditOne('builds.user')).differing, 0);
      const [row] = await sql('builds', 'SELECT handle FROM user_copy WHERE id = $1', uuid(ana));
      assert.equal(row.handle, ana.handle);
    });

    it('tells of rows that are missing and rows that are too many', async () => {
      const stranger = randomUUID();
      await sql(
        'payments',
        `INSERT INTO user_copy SELECT (jsonb_populate_record(c, jsonb_build_object('id', $2::text))).*
         FROM user_copy AS c WHERE id = $1`,
        uuid(ana),
        stranger,
      );
      await sql('payments', 'DELETE FROM user_copy WHERE id = $1', uuid(ana));
      const { differing, examples } = await auditOne('payments.user');
      assert.equal(differing, 2);
      const byId = new Map(examples.map(example => [example.id, example]));
      assert.equal(byId.get(uuid(ana))!.copy, null);
      assert.equal(byId.get(stranger)!.owner, null);
      const { repaired, remaining } = await repair('payments.user');
      assert.deepEqual([repaired, remaining], [2, 0]);
    });

    it('tells of a count that is wrong', async () => {
      const statement = 'UPDATE user_profile SET friends_count = 7 WHERE id = $1';
      await sql('users', statement, uuid(ana));
      const { differing, examples } = await auditOne('users.friends-count');
      const count = { copyVersion: 0, ownerVersion: 0, fields: [] };
      assert.deepEqual(
        [differing, examples],
        [1, [{ ...count, id: uuid(ana), copy: 7, owner: 1 }]],
      );
      const { repaired, remaining } = await repair('users.friends-count');
      assert.deepEqual([repaired, remaining], [1, 0]);
    });

    it('tells the event that has never come, and repairs what lacks it', async () => {
      const eventId = randomUUID();
      await world.sql('users', async client => {
        await client.query('BEGIN'); // the relay sees all of it or nothing
        await client.query(`UPDATE user_profile SET region = 'KZ' WHERE id = $1`, [uuid(ana)]);
        await client.query(
          `INSERT INTO events.outbox (id, aggregatetype, aggregateid, type, payload, headers, created_at)
           SELECT $2, aggregatetype, aggregateid, 'users.user.updated.v1', payload || '{"region": "KZ"}', '{}', now()
           FROM events.outbox_archive WHERE aggregateid = $1 ORDER BY version DESC LIMIT 1`,
          [uuid(ana), eventId],
        );
        await client.query(
          `WITH told AS (DELETE FROM events.outbox WHERE id = $1 RETURNING *)
           INSERT INTO events.outbox_archive
           SELECT aggregatetype, aggregateid, version, id, type, payload, headers, created_at FROM told`,
          [eventId],
        );
        await client.query('COMMIT');
      });
      const { examples, firstMissingEvent, ...report } = await auditOne('builds.user');
      assert.deepEqual([report.differing, report.behind], [1, 1]);
      const [example] = examples;
      assert.deepEqual([example!.id, example!.fields], [uuid(ana), ['region']]);
      assert.equal(example!.copyVersion, example!.ownerVersion - 1);
      assert.deepEqual(
        { ...firstMissingEvent, at: undefined },
        {
          ...{ id: eventId, type: 'users.user.updated.v1', at: undefined },
          ...{ aggregateId: uuid(ana), version: example!.ownerVersion },
        },
      );

      const told = { projection: 'builds.user', differing: 1, behind: 1 };
      assert.deepEqual(await repair('builds.user'), { audit: told, repaired: 1, remaining: 0 });
      // What the event did not change for the others they lack without differing, until the next one comes.
      const handle = `later_${ana.handle}`;
      await ana.data(TakeHandleDocument, { handle });
      await world.settled();
      for (const subgraph of ['builds', 'library', 'payments', 'social']) {
        const statement = 'SELECT handle FROM user_copy WHERE id = $1';
        assert.deepEqual(await sql(subgraph, statement, uuid(ana)), [{ handle }]);
      }
    });

    it('compares, and repairs, page by page', async () => {
      const count = 1_200; // more than a page has
      const known = (await auditOne('builds.user')).compared;
      await sql(
        'users',
        `INSERT INTO user_profile
         SELECT (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid(), 'handle', 'many' || n, 'handle_skeleton', 'many' || n))).*
         FROM user_profile AS one, generate_series(1, $2::int) AS n WHERE id = $1`,
        uuid(ana),
        count,
      );
      const { compared, differing, examples } = await auditOne('builds.user');
      assert.deepEqual([compared, differing, examples.length], [known + count, count, 5]);
      const { repaired, remaining } = await repair('builds.user');
      assert.deepEqual([repaired, remaining], [count, 0]);

      await sql('users', `DELETE FROM user_profile WHERE handle LIKE 'many%'`);
      assert.equal((await auditOne('builds.user')).differing, count);
      assert.equal((await repair('builds.user')).remaining, 0);
    });

    it('does not take for wrong what comes while it looks', async () => {
      const { operator } = world;
      const get = operator.get.bind(operator);
      let isFirst = true;
      operator.get = async <T>(...asked: Parameters<typeof get>) => {
        const page = await get<T>(...asked);
        if (asked[1] === 'snapshots' && isFirst && (page as object[]).length === 0) {
          isFirst = false;
          await world.givenPlayer('newcomer'); // copied, and not on the last page
        }
        return page;
      };
      const [report] = await launcher.audit(operator, { projections: ['builds.user'] });
      assert.deepEqual(report!.examples, []);
      assert.equal(isFirst, false);
    });

    it('says what there was no time for', async () => {
      const endsAtMs = performance.now();
      const reports = await launcher.audit(world.operator, {
        projections: ['builds.user'],
        endsAtMs,
      });
      assert.deepEqual(
        reports.map(({ compared, isComplete }) => ({ compared, isComplete })),
        [{ compared: 0, isComplete: false }],
      );
    });

    it('compares a sample of those that are asked for', async () => {
      const projections = ['builds.user', 'games.owners-count'];
      const reports = await audit({ projections, sample: 2 });
      assert.deepEqual(reports.map(({ projection }) => projection).sort(), projections);
      const users = reports.find(({ projection }) => projection === 'builds.user')!;
      assert.deepEqual([users.compared, users.isComplete], [2, true]);
    });

    it('goes on behind a cursor', async () => {
      const [last] = await sql(
        'users',
        'SELECT id FROM user_profile ORDER BY id DESC OFFSET 2 LIMIT 1',
      );
      const [report] = await audit({ projections: ['builds.user'], after: last.id });
      assert.equal(report!.compared, 2);
    });

    it('is on the command line too: npm run drift', async () => {
      const drift = (...args: string[]) =>
        new Promise<{ code: number; last: unknown }>(resolve => {
          const program = join(launcher.ROOT, 'packages/launcher/dist/drift.js');
          const argv = [program, '--directory', world.directory, ...args];
          execFile(process.execPath, argv, (error, stdout) =>
            resolve({
              code: Number(error?.code ?? 0),
              last: JSON.parse(stdout.trim().split('\n').at(-1)!),
            }),
          );
        });
      const { code, last } = await drift();
      const { compared, projections } = last as Record<string, number>;
      assert.ok(compared! > 10 && projections! > 15);
      const equal = { compared, projections, differing: 0 };
      assert.deepEqual({ code, last }, { code: 0, last: equal });

      await sql('builds', `UPDATE user_copy SET handle = 'no' WHERE id = $1`, uuid(ana));
      assert.deepEqual(await drift(), { code: 1, last: { ...equal, differing: 1 } });
      assert.deepEqual(await drift('--repair'), { code: 0, last: { ...equal, repaired: 1 } });
      assert.deepEqual(await drift(), { code: 0, last: equal });
    });

    it('is for analysts; repairs are for admins', async () => {
      assert.equal(await world.nobody.code(AuditCopiesDocument), 'UNAUTHENTICATED');
      assert.equal(await ana.code(AuditCopiesDocument), 'FORBIDDEN');
      const projection = 'builds.user';
      const refused = [world.nobody, ana, analyst].map(one =>
        one.code(RepairCopiesDocument, { projection }),
      );
      assert.deepEqual(await Promise.all(refused), ['UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN']);
    });

    it('says what is wrong with a question', async () => {
      const told = async (variables: AuditCopiesQueryVariables) => {
        const { errors } = await analyst.ask(AuditCopiesDocument, variables);
        assert.equal(errors?.length, 1);
        assert.equal(errors[0]!.extensions?.code, 'BAD_USER_INPUT');
        return errors[0]!.message;
      };
      assert.match(
        await told({ projections: ['builds.users'] }),
        /^There is no projection "builds.users". There are: .*builds.user, /,
      );
      for (const sample of [0, 1001])
        assert.equal(await told({ sample }), `\`sample\` must be 1 to 1000, and is ${sample}.`);
      const after = randomUUID();
      assert.match(await told({ after }), /^`after` goes with one projection/);
      assert.match(
        await told({ projections: ['builds.user'], after: 'there' }),
        /must be the `endCursor` of an audit/,
      );
      const projection = 'nothing';
      const code = await world.admin.code(RepairCopiesDocument, { projection });
      assert.equal(code, 'BAD_USER_INPUT');
    });
  });
}

/** What somebody's id is within the databases. */
function uuid({ id }: Person): string {
  return Buffer.from(id, 'base64url').toString().split(':')[1]!;
}
