import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { audit, Operator, ROOT, System } from '@gamegraph/launcher';
import { BUILDABLE_GAMES, openSourceGames } from './catalogue/games.js';
import { type Account, Graph } from './graph.js';
import { makePlan } from './plan.js';
import { Random } from './random.js';
import { seed } from './seed.js';

const SCALE = 0.2;

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** `npm run seed`, for the system in a folder. */
function runSeed(directory: string, ...args: string[]): Promise<Run> {
  const program = join(ROOT, 'packages', 'seed', 'dist', 'main.js');
  return new Promise(resolve =>
    execFile(
      process.execPath,
      [program, '--directory', directory, ...args],
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    ),
  );
}

describe('the plan', () => {
  const games = [...BUILDABLE_GAMES, ...openSourceGames()];
  const player = { email: 'player@demo', handle: 'ada', displayName: 'Ada', region: 'DE' };
  const planOf = (chance: number, scale = 1) => makePlan(new Random(chance), games, scale, player);

  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(planOf(1), planOf(1));
    assert.notDeepEqual(planOf(1).friendships, planOf(2).friendships);
  });

  it('grows with the scale, and nobody shares a handle', () => {
    const { people, friendships } = planOf(1, 60);
    assert.equal(people.length, 1_441);
    assert.equal(new Set(people.map(({ handle }) => handle)).size, people.length);
    assert.ok(people.every(({ handle }) => handle.length <= 24));
    assert.ok(friendships.every(([one, other]) => one < other));
    assert.equal(new Set(friendships.map(String)).size, friendships.length);
  });
});

describe('seeding', { timeout: 180_000 }, () => {
  let directory: string;
  let system: System;
  let operator: Operator;
  let player: Account;

  const fill = () => seed({ graphqlUrl: system.graphqlUrl, operator, scale: SCALE, seed: 1 });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gamegraph-seed-'));
    system = new System({ directory, port: 0, ephemeral: true, logLevel: 'warn' });
    await system.check();
    await system.startPostgres();
    await system.startSubgraphs();
    await system.compose();
    await system.startRouter();
    operator = new Operator(system.secrets.routerKey, system.subgraphUrls);
    assert.equal(await fill(), 'done');
    player = await new Graph(system.graphqlUrl).logIn('player@demo', 'demo');
  });
  after(async () => {
    await system.stop();
    await rm(directory, { recursive: true });
  });

  it('publishes all games, with prices and discounts', async () => {
    const { games, sale, dota } = await player.ask<any>(`query { games { totalCount }
      sale: games(first: 1, filter: { onSale: true }) {
        totalCount edges { node { price(region: "JP") { base { minor currency } final { minor } } } } }
      dota: gameBySlug(slug: "dota-2") { dataVersion items(search: "Black King Bar") { totalCount } } }`);
    assert.equal(games.totalCount, BUILDABLE_GAMES.length + openSourceGames().length);
    assert.ok(sale.totalCount >= 5);
    const { base, final } = sale.edges[0].node.price;
    assert.equal(base.currency, 'JPY');
    assert.ok(Number(final.minor) < Number(base.minor));
    assert.equal(dota.dataVersion, 1);
    assert.ok(dota.items.totalCount >= 1);
  });

  it('has the build of the brief: a Great Sword in the Strength Build of the demo’s player', async () => {
    const { builds } =
      await player.ask<any>(`query { builds(search: "Strength Build") { edges { node {
      name visibility gameTitle author { handle } violations { message }
      items { slot name category attributes { key value } } stats { key value } } } } }`);
    const build = builds.edges[0].node;
    assert.deepEqual(
      [build.name, build.visibility, build.gameTitle, build.author.handle, build.violations],
      ['Strength Build', 'PUBLIC', 'Dark Souls III', 'ada', []],
    );
    const sword = build.items.find((item: { slot: string }) => item.slot === 'right_hand');
    assert.deepEqual([sword.name, sword.category], ['Great Sword', 'Weapon']);
    const valueOf = (key: string) =>
      sword.attributes.find((one: { key: string }) => one.key === key).value;
    assert.deepEqual([valueOf('damage'), valueOf('weight')], [100, 12]);
    assert.equal(build.stats.find((stat: { key: string }) => stat.key === 'damage').value, 166);
  });

  it('gives the player the items of their build, and others to choose from', async () => {
    const { gameBySlug, builds } = await player.ask<any>(`query {
      gameBySlug(slug: "dark-souls-iii") { id }
      builds(search: "Strength Build") { edges { node { items { name } } } } }`);
    const { me } = await player.ask<any>(
      `query ($gameId: ID!) { me { inventory(gameId: $gameId) {
        items { edges { node { quantity item { name } } } } } } }`,
      { gameId: gameBySlug.id },
    );
    const names = new Set(me.inventory.items.edges.map(({ node }: any) => node.item.name));
    const used = builds.edges[0].node.items.map(({ name }: any) => name);
    assert.deepEqual(
      used.filter((name: string) => !names.has(name)),
      [],
    );
    assert.ok(names.size > used.length);
  });

  it('gives the player friends who play, build and are there', async () => {
    const { me } =
      await player.ask<any>(`query { me { friends(first: 20) { totalCount edges { node {
        presence { status }
        library(sort: PLAYTIME) { edges { node { playtimeSeconds gameTitle } } }
        builds { edges { node { items { name } stats { value } } } } } } }
      library { totalCount } orders(filter: { state: COMPLETED }) { totalCount }
      chats { totalCount } friendRequests(direction: RECEIVED) { totalCount } }
      feed { totalCount } }`);
    const friends = me.friends.edges.map(({ node }: any) => node);
    assert.ok(friends.length >= 5);
    for (const friend of friends) {
      const times = friend.library.edges.map(({ node }: any) => node.playtimeSeconds);
      assert.ok(times[0] > 15 * 60);
      assert.deepEqual(
        times,
        times.toSorted((a: number, b: number) => b - a),
      );
    }
    assert.ok(friends.some(({ builds }: any) => builds.edges.length > 0));
    assert.ok(friends.some(({ presence }: any) => presence.status === 'ONLINE'));
    assert.ok(me.orders.totalCount > 0 && me.library.totalCount > me.orders.totalCount);
    assert.ok(me.chats.totalCount > 0);
  });

  it('lets the analyst, the studio and the admin do what their accounts are for', async () => {
    const graph = new Graph(system.graphqlUrl);
    const [analyst, studio, admin] = await Promise.all(
      ['analyst', 'studio', 'admin'].map(name => graph.logIn(`${name}@demo`, 'demo')),
    );
    const { games, buildsByRegion } = await analyst!.ask<any>(`query {
      games(first: 3, sort: OWNERS) { edges { node { ownersCount } } }
      buildsByRegion { edges { node { region buildsCount } } } }`);
    assert.ok(games.edges[0].node.ownersCount > 0);
    assert.ok(buildsByRegion.edges.length > 1);
    const { me } = await studio!.ask<any>(
      'query { me { roles studios { edges { node { name } } } } }',
    );
    assert.deepEqual(me.roles.toSorted(), ['DEVELOPER', 'PLAYER']);
    assert.deepEqual(
      me.studios.edges.map(({ node }: any) => node.name),
      ['FromSoftware', 'Game Freak', 'Valve'],
    );
    const { orders } = await admin!.ask<any>('query { orders { totalCount } }');
    assert.ok(orders.totalCount > 10);
  });

  it('leaves no copy that differs from its owner, and a ledger that balances', async () => {
    const reports = await audit(operator);
    assert.ok(reports.reduce((sum, { compared }) => sum + compared, 0) > 2_000);
    assert.deepEqual(
      reports.filter(({ differing }) => differing.length > 0),
      [],
    );
    const admin = await new Graph(system.graphqlUrl).logIn('admin@demo', 'demo');
    const { ledgerAudit } = await admin.ask<any>(
      'query { ledgerAudit { sums { minor } differences { accountId } } }',
    );
    assert.ok(ledgerAudit.sums.every(({ minor }: { minor: string }) => minor === '0'));
    assert.deepEqual(ledgerAudit.differences, []);
  });

  it('makes nothing twice: the second run says that all is there', async () => {
    const counts = () =>
      player.ask('query { users { totalCount } games { totalCount } builds { totalCount } }');
    const atFirst = await counts();
    const { code, stdout } = await runSeed(directory);
    assert.deepEqual([code, stdout], [0, 'The demo data is there already: nothing was changed.\n']);
    assert.deepEqual(await counts(), atFirst);
  });

  it('does not go on with what a run left that was cut off', async () => {
    await player.ask('mutation { updateProfile(input: { bio: null }) { id } }');
    await assert.rejects(fill(), /cut off/);
  });
});

describe('npm run seed', () => {
  it('says in one line when nothing runs, or when a setting is wrong', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'gamegraph-seed-'));
    const { code, stderr } = await runSeed(directory);
    assert.deepEqual(
      [code, stderr],
      [1, 'Gamegraph does not run here. Start it first: npm start\n'],
    );
    await rm(directory, { recursive: true });
  });
});
