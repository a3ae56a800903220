import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { ROOT } from '@gamegraph/launcher';
import { until } from '@gamegraph/test-support';
import {
  AuditCopiesDocument,
  DeadLettersDocument,
  type DeadLettersQueryVariables,
  DiscardDeadLetterDocument,
  DiscardedDeadLettersDocument,
  EventConsumersDocument,
  RebuildCopiesDocument,
  RebuildProgressDocument,
  ReplayDeadLetterDocument,
  TakeHandleDocument,
} from '../gql/graphql.js';
import { nodes, type Person } from '../person.js';
import type { World } from '../world.js';

export function operateEvents(world: World): void {
  describe('operating events', () => {
    let analyst: Person;
    let bob: Person;
    before(async () => {
      analyst = await world.givenPlayer('watcher', { roles: ['ANALYST'] });
      bob = await world.givenPlayer('bob');
      await world.settled();
    });
    const sql = (database: string, statement: string, ...values: unknown[]) =>
      world.sql(database, async client => (await client.query(statement, values)).rows);
    const cli = (program: string, ...args: string[]) =>
      new Promise<{ code: number; last: unknown; said: string }>(resolve => {
        const file = `packages/launcher/dist/${program}.js`;
        const all = [file, ...args, '--directory', world.directory];
        execFile(process.execPath, all, { cwd: ROOT }, (error, stdout, stderr) => {
          const last = stdout.trim().split('\n').at(-1) ?? '';
          const json = last.startsWith('{') ? (JSON.parse(last) as unknown) : undefined;
          resolve({ code: Number(error?.code ?? 0), last: json, said: stdout + stderr });
        });
      });
    const differing = async (projection: string) => {
      const { projectionAudit } = await analyst.data(AuditCopiesDocument, {
        projections: [projection],
      });
      return projectionAudit[0]!.differing;
    };
    const progress = async (projection: string) =>
      (await analyst.data(RebuildProgressDocument, { projection })).projectionRebuild;
    const rebuilt = async (projection: string) => {
      await world.admin.data(RebuildCopiesDocument, { projection });
      return until('it is rebuilt', async () => {
        const now = await progress(projection);
        return now && now.state !== 'FILLING' ? now : undefined;
      });
    };

    describe('projections', () => {
      it('are rebuilt while they serve', async () => {
        await sql('builds', `UPDATE user_copy SET handle = handle || '_' WHERE region IS NULL`);
        const [row] = await sql('builds', 'SELECT id FROM user_copy LIMIT 1');
        await sql('builds', 'DELETE FROM user_copy WHERE id = $1', row.id);
        const wrong = await differing('builds.user');
        assert.ok(wrong > 2);
        const { state, done, total, failed, changed, error } = await rebuilt('builds.user');
        const told = { state, failed, error };
        assert.deepEqual(told, { state: 'DONE', failed: 0, error: null });
        assert.equal(done, total);
        assert.equal(changed, wrong);
        assert.equal(await differing('builds.user'), 0);
      });

      it('are each as before when they are rebuilt without need', async () => {
        const { eventConsumers } = await analyst.data(EventConsumersDocument, {});
        const names = eventConsumers.flatMap(({ name, isProjection }) =>
          isProjection ? [name] : [],
        );
        assert.ok(names.length > 15);
        for (const name of names) {
          const { state, changed, failed } = await rebuilt(name);
          assert.deepEqual(
            { name, state, changed, failed },
            {
              ...{ name, state: 'DONE', changed: 0, failed: 0 },
            },
          );
        }
      });

      it('are rebuilt by command line', async () => {
        const { code, last } = await cli('drift', '--rebuild', 'users.friends-count');
        assert.equal(code, 0);
        const { state, changed } = last as { state: string; changed: number };
        assert.deepEqual([state, changed], ['DONE', 0]);
        const unknown = await cli('drift', '--rebuild', 'nothing');
        assert.equal(unknown.code, 2);
        assert.match(unknown.said, /^There is no projection "nothing". There are: /);
      });
    });

    it('tells how far each consumer is behind', async () => {
      const of = async (name: string) => {
        const { eventConsumers } = await analyst.data(EventConsumersDocument, {
          subgraph: 'builds',
        });
        return eventConsumers.find(one => one.name === name)!;
      };
      assert.equal((await of('builds.user')).eventsBehind, 0);
      const [page, json, metrics] = await world.withoutEvents('builds', async () => {
        await bob.data(TakeHandleDocument, { handle: `late_${bob.handle}` });
        const late = await until('it is behind', async () => {
          const now = await of('builds.user');
          return now.secondsBehind > 0.5 ? now : undefined;
        });
        assert.equal(late.eventsBehind, 1);
        assert.deepEqual([late.isProjection, late.topics], [true, ['users.user']]);
        const get = (url: string | URL, accept = '*/*') =>
          fetch(url, { headers: { accept } }).then(response => response.text());
        const health = new URL('/health', world.system.graphqlUrl);
        return Promise.all([
          get(health, 'text/html'),
          get(health),
          get(new URL('/metrics', world.system.subgraphUrls.get('builds'))),
        ]);
      });
      assert.match(page, /<tr><td>builds\.user<td>1<td>\d\.\d s<td>0<td>0<td>/);
      const { consumers } = JSON.parse(json) as {
        consumers: { consumer: string; eventsBehind: number }[];
      };
      assert.equal(consumers.find(one => one.consumer === 'builds.user')!.eventsBehind, 1);
      const figure = (name: string) =>
        Number(
          new RegExp(`^${name}\\{consumer="builds\\.user",subgraph="builds"\\} (\\S+)$`, 'm').exec(
            metrics,
          )?.[1],
        );
      assert.equal(figure('inbox_behind_events'), 1);
      assert.ok(figure('inbox_behind_seconds') > 0.5);
      assert.equal(figure('inbox_parked_events'), 0);
      await world.settled();
      const { eventsBehind, secondsBehind, lastAppliedAt } = await of('builds.user');
      assert.deepEqual([eventsBehind, secondsBehind], [0, 0]);
      assert.ok(Date.parse(lastAppliedAt!) > Date.now() - 60_000);
    });

    describe('dead letters', () => {
      const id = randomUUID();
      const list = async (variables: DeadLettersQueryVariables = {}, by = world.admin) =>
        (await by.data(DeadLettersDocument, variables)).deadLetters;

      before(async () => {
        const [past] = await sql(
          'games',
          `SELECT type, payload FROM events.outbox_archive WHERE aggregatetype = 'games.studio' LIMIT 1`,
        );
        const message = (version: number, value: unknown) => ({
          topic: 'games.studio',
          key: id,
          headers: {
            ...{ ce_specversion: '1.0', ce_id: randomUUID(), ce_source: '/gamegraph/games' },
            ...{ ce_type: past.type, ce_subject: id, ce_time: new Date().toISOString() },
            ...{ ce_sequence: String(version), 'content-type': 'application/json' },
          },
          value: JSON.stringify(value),
        });
        const good = { ...past.payload, id };
        const messages = [
          message(1, { id, secret: 'hunter2' }),
          message(2, good),
          message(3, good),
          { topic: 'games.studio', key: id, headers: {}, value: 'noise' },
        ];
        await sql('event_log', 'SELECT append($1)', JSON.stringify(messages));
        await until('all are set aside, by all three who follow studios', async () => {
          const { edges } = await list();
          const behind = edges.filter(({ node }) => node.waiting === 2);
          return behind.length === 3 && edges.filter(isNoise).length === 3;
        });
      });
      const isNoise = ({ node }: { node: { reason: string } }) => node.reason === 'MALFORMED';

      it('are told with all that helps', async () => {
        const { edges } = await list({ consumer: 'library.studio' });
        const [{ node }] = edges as [(typeof edges)[number]];
        const { id: letter, error, parkedAt, sizeBytes, type, ...rest } = node;
        assert.deepEqual(
          [edges.length, rest],
          [
            1,
            {
              ...{ subgraph: 'library', consumer: 'library.studio', topic: 'games.studio' },
              ...{ aggregateId: id, version: 1, reason: 'INVALID_DATA', waiting: 2 },
              payload: { id, secret: 'hunter2' },
            },
          ],
        );
        assert.match(letter, /^library\/library\.studio\//);
        assert.match(error, /^MalformedMessage: .*name/s);
        assert.match(type!, /^games\.studio\./);
        assert.ok(sizeBytes > 40 && Date.parse(parkedAt) > Date.now() - 60_000);
      });

      it('are told to analysts without what was sent', async () => {
        const { edges } = await list({}, analyst);
        assert.ok(edges.length >= 2 && edges.every(({ node }) => node.payload === null));
        const asks = (by: Pick<Person, 'code'>) => by.code(DeadLettersDocument, {});
        assert.deepEqual(await Promise.all([world.nobody, bob].map(asks)), [
          'UNAUTHENTICATED',
          'FORBIDDEN',
        ]);
        const [{ node }] = edges as [(typeof edges)[number]];
        const reason = 'mine';
        assert.equal(await analyst.code(ReplayDeadLetterDocument, { id: node.id }), 'FORBIDDEN');
        const discard = { id: node.id, reason };
        assert.equal(await analyst.code(DiscardDeadLetterDocument, discard), 'FORBIDDEN');
      });

      it('are paged over all subgraphs, oldest first', async () => {
        const { edges, pageInfo } = await list();
        assert.equal(pageInfo.hasNextPage, false);
        const paged: typeof edges = [];
        for (let after: string | null = null; ;) {
          const page: Awaited<ReturnType<typeof list>> = await list({ first: 1, after });
          paged.push(...page.edges);
          if (!page.pageInfo.hasNextPage) break;
          after = page.pageInfo.endCursor;
        }
        assert.deepEqual(paged, edges);
        const times = edges.map(({ node }) => Date.parse(node.parkedAt));
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
        );
        for (const variables of [{ first: 0 }, { first: 101 }, { after: 'x' }, { subgraph: 'x' }])
          assert.equal(await world.admin.code(DeadLettersDocument, variables), 'BAD_USER_INPUT');
      });

      it('stay when they are tried again in vain', async () => {
        const { edges } = await list({ subgraph: 'library', reason: 'INVALID_DATA' });
        const letter = edges[0]!.node.id;
        const { replayDeadLetter } = await world.admin.data(ReplayDeadLetterDocument, {
          id: letter,
        });
        const { isGone, deadLetter } = replayDeadLetter;
        assert.deepEqual([isGone, deadLetter!.id, deadLetter!.waiting], [false, letter, 2]);
        const none = { id: 'library/library.studio/nothing' };
        assert.equal(await world.admin.code(ReplayDeadLetterDocument, none), 'NOT_FOUND');
        const discard = { id: letter, reason: ' ' };
        assert.equal(await world.admin.code(DiscardDeadLetterDocument, discard), 'BAD_USER_INPUT');
      });

      it('are listed, replayed and discarded by command line', async () => {
        const { code, last, said } = await cli('dead-letters', 'list', '--subgraph', 'library');
        assert.equal(code, 0, said);
        const { deadLetters } = last as { deadLetters: { id: string; kind: string }[] };
        const noise = deadLetters.find(({ kind }) => kind === 'MALFORMED')!;
        const replayed = await cli('dead-letters', 'replay', noise.id);
        assert.equal(replayed.code, 1);
        assert.match(replayed.said, /^It is still poison: MalformedMessage/);
        assert.equal((await cli('dead-letters', 'discard', noise.id)).code, 2, 'without a reason');
        const discard = ['dead-letters', 'discard', noise.id, '--reason', 'noise'] as const;
        assert.equal((await cli(...discard)).code, 0);
        assert.equal((await cli(...discard)).code, 1, 'there is none now');
        const listed = await cli('dead-letters', 'discarded', '--subgraph', 'library');
        assert.match(listed.said, /discarded .+ by operator .+: noise\n/);
        const { discardedDeadLetters } = await world.admin.data(DiscardedDeadLettersDocument);
        const [kept] = nodes(discardedDeadLetters);
        assert.deepEqual([kept!.id, kept!.discard?.reason], [noise.id, 'noise']);
        assert.match(kept!.discard!.by, /^operator ./);
        const { edges } = await list({ subgraph: 'library' });
        assert.ok(edges.every(({ node }) => node.id !== noise.id));
        assert.equal(await analyst.code(DiscardedDeadLettersDocument), 'FORBIDDEN');
      });

      it('let go on what waits behind them when they are discarded', async () => {
        for (const { node } of (await list()).edges)
          await world.admin.data(DiscardDeadLetterDocument, { id: node.id, reason: 'a test' });
        assert.deepEqual((await list()).edges, []);
        await world.settled();
        const statement = 'SELECT source_version FROM studio_copy WHERE id = $1';
        assert.deepEqual(await sql('library', statement, id), [{ source_version: '3' }]);
        // Nobody owns it.
        for (const subgraph of ['builds', 'library', 'payments']) {
          assert.equal((await rebuilt(`${subgraph}.studio`)).changed, 1);
          assert.deepEqual(await sql(subgraph, statement, id), []);
        }
      });
    });

    it('changes nothing when all events come once more, from the first on', async () => {
      await world.settled();
      const once = await hashes();
      assert.ok(once.size > 60);
      const [taken] = await sql('event_log', 'SELECT sum(next_offset)::int FROM group_position');
      await sql('event_log', 'UPDATE group_position SET next_offset = 0');
      await until('all have come again', async () => {
        const [now] = await sql('event_log', 'SELECT sum(next_offset)::int FROM group_position');
        return now.sum >= taken.sum;
      });
      await world.settled();
      const changed = [...(await hashes())].filter(([table, hash]) => once.get(table) !== hash);
      assert.deepEqual(
        changed.map(([table]) => table),
        [],
      );
    });

    /** Presence ends, and invoices are issued, with time. */
    const OF_THE_CLOCK = ['public.presence', 'public.invoice'];

    /** Of every table of every subgraph, what is in it. */
    const hashes = async () => {
      const found = new Map<string, string>();
      for (const subgraph of world.system.subgraphUrls.keys()) {
        const tables = await sql(
          subgraph,
          `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
           WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
        );
        for (const { name } of tables) {
          if (OF_THE_CLOCK.includes(name)) continue;
          const [{ hash }] = (await sql(
            subgraph,
            `SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) AS hash FROM ${name} AS t`,
          )) as [{ hash: string }];
          found.set(`${subgraph} ${name}`, hash);
        }
      }
      return found;
    };
  });
}
