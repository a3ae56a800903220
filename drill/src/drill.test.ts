import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { audit, ROOT } from '@gamegraph/launcher';
import { Random } from '@gamegraph/seed/random';
import { until } from '@gamegraph/test-support';
import {
  FloodChatDocument,
  FloodLedgerDocument,
  FloodOrdersDocument,
  FloodPossessionsDocument,
  FloodUnfinishedDocument,
} from '../gql/graphql.js';
import { allPages, as, nodes, type Person } from '../person.js';
import { type PublishedGame, World } from '../world.js';
import { chaos } from './chaos.js';
import { Crowd } from './crowd.js';

const SEED = Number(process.env.FLOOD_SEED ?? Date.now() % 1_000_000);
const AT_ONCE = 16;

const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);

const world = new World();
before(() => world.start());
after(() => world.stop());

describe('after a flood of changes, with every process killed and connections cut', () => {
  let players: Person[];
  let chatId: string;
  let talker: Person;
  let crowd: Crowd;

  before(async t => {
    const given = (count: number) =>
      Promise.all(Array.from({ length: count }, () => world.givenPlayer('flood')));
    players = await given(8);
    const talkers = (await given(2)) as [Person, Person];
    [talker] = talkers;
    await world.givenFriends(...talkers);
    chatId = await world.givenChat(...talkers);
    const studio = await world.givenStudio();
    const games: PublishedGame[] = [];
    for (let count = 0; count < 10; count++)
      games.push(await world.givenGame(studio, { hasItems: true }));
    await world.settled();
    crowd = new Crowd({ players, leavers: await given(3), games, chatId, talkers });
    t.diagnostic(`FLOOD_SEED=${SEED}`);
    const began = performance.now();
    await crowd.whilst(
      () => chaos(world, new Random(SEED), told => t.diagnostic(told)),
      SEED,
      AT_ONCE,
    );
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    t.diagnostic(`${sum([...crowd.tried.values()])} changes in ${seconds} s`);
    t.diagnostic(`tried: ${JSON.stringify(Object.fromEntries(crowd.tried))}`);
    t.diagnostic(`errors: ${JSON.stringify(Object.fromEntries(crowd.codes))}`);
  });

  it('nothing was answered but what was so, or that a part was not reachable', () => {
    assert.deepEqual(crowd.surprises, []);
    assert.ok(crowd.orderIds.size > 10);
    assert.ok((crowd.codes.get('SUBGRAPH_UNAVAILABLE') ?? 0) > 0, 'the faults were felt');
  });

  it('every order and refund comes to its end', async () => {
    await until(
      'no order is under way',
      async () => {
        const { held, refunding } = await world.admin.data(FloodUnfinishedDocument);
        return held.totalCount + refunding.totalCount === 0;
      },
      { timeoutMs: 30_000 },
    );
  });

  it('nobody is charged twice, nor has a game without paying for it', async () => {
    const found = new Set<string>();
    for (const player of players) {
      const orders = await allPages(
        async cursor =>
          (await world.admin.data(FloodOrdersDocument, { buyerId: player.id, after: cursor }))
            .orders,
      );
      for (const { id } of orders) found.add(id);
      const paid = orders.filter(({ state }) => state === 'COMPLETED');
      const gameIds = paid.map(({ game }) => game.id).sort();
      assert.equal(new Set(gameIds).size, gameIds.length, 'each game is paid once');

      const { me } = await player.data(FloodPossessionsDocument);
      assert.deepEqual(
        nodes(me!.library)
          .map(({ game }) => game.id)
          .sort(),
        gameIds,
      );
      const [wallet] = me!.wallets!;
      const spent = sum(paid.map(({ amount }) => Number(amount.minor)));
      const paidIn = crowd.paidIn.get(player) ?? 0;
      assert.deepEqual(
        [wallet?.balance.minor ?? '0', wallet?.held.minor ?? '0'],
        [String(paidIn - spent), '0'],
      );
    }
    assert.deepEqual(found, crowd.orderIds, 'each wish was one order');
  });

  it('the ledger is balanced', async () => {
    const { ledgerAudit } = await world.admin.data(FloodLedgerDocument);
    assert.deepEqual(ledgerAudit, { sums: [{ minor: '0', currency: 'EUR' }], differences: [] });
  });

  it('each message was said once', async () => {
    const { node } = await talker.data(FloodChatDocument, { chatId });
    assert.equal(as('Chat', node!).messages.totalCount, crowd.messageIds.size);
  });

  it('no copy and no counter differs from its owner, and nothing was set aside', async t => {
    const reports = await audit(world.operator);
    t.diagnostic(
      `${sum(reports.map(({ compared }) => compared))} compared in ${reports.length} projections`,
    );
    assert.deepEqual(
      reports.filter(({ differing }) => differing.length > 0),
      [],
    );
    await world.settled();
  });

  it('npm run drift says so; finds what is not so, and mends it', async () => {
    const drift = (...args: string[]) =>
      new Promise<{ code: number; last: unknown }>(resolve => {
        const program = join(ROOT, 'packages/launcher/dist/drift.js');
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
    assert.ok(compared! > 100 && projections! > 15);
    const equal = { compared, projections, differing: 0 };
    assert.deepEqual({ code, last }, { code: 0, last: equal });

    await world.sql('builds', client =>
      client.query(`UPDATE user_copy SET handle = 'damaged' WHERE handle = $1`, [talker.handle]),
    );
    assert.deepEqual(await drift(), { code: 1, last: { ...equal, differing: 1 } });
    assert.deepEqual(await drift('--repair'), { code: 0, last: { ...equal, repaired: 1 } });
    assert.deepEqual(await drift(), { code: 0, last: equal });
  });
});
