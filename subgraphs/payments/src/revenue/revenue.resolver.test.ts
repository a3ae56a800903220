import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { type SomeGame, type TestPayments, testPayments } from '../testing.js';

const REVENUE = `query ($filter: RevenueFilter!, $sort: RevenueSort, $first: Int, $after: String) {
  revenueByGame(filter: $filter, sort: $sort, first: $first, after: $after) {
    pageInfo { endCursor } edges { node { game { id } title orders refunds net { minor currency } } } } }`;
const ANALYST = { userId: uuidv7(), permissions: ['analytics:read'] };

let graph: TestPayments;
const games = {} as Record<'much' | 'little' | 'returned', SomeGame>;
before(async () => {
  graph = await testPayments();
  games.much = await graph.givenGame('3000', 'EUR', { title: 'Much' });
  games.little = await graph.givenGame('100', 'EUR', { title: 'Little' });
  games.returned = await graph.givenGame('2000', 'EUR', { title: 'Returned' });
  const user = await graph.givenPayer('90000');
  await graph.topUp(user, '90000', 'JPY');
  graph.setClock(new Date('2026-11-01T12:00:00Z'));
  await graph.givenPurchase(user, games.much);
  await graph.givenPurchase(user, games.little);
  await graph.givenPurchase(user, games.little);
  const refused = await graph.givenOrder(user, games.little);
  await graph.deliver(graph.licence(refused.id).refused());
  await graph.givenPurchase(user, await graph.givenGame('500', 'JPY'));
  const { id } = await graph.givenPurchase(user, games.returned);
  graph.setClock(new Date('2026-11-03T12:00:00Z'));
  await graph.refund(user, id);
  await graph.deliver(graph.licence(id).revoked());
});
after(() => graph.stop());

async function report(more: object, variables: object = {}): Promise<Answer['data']> {
  const filter = { currency: 'EUR', ...more };
  return (await graph.data(REVENUE, { filter, ...variables }, ANALYST)).revenueByGame;
}

const linesOf = ({ edges }: Answer['data']) =>
  edges.map(({ node: { title, orders, refunds, net } }: Answer['data']) =>
    [title, orders, refunds, net.minor, net.currency].join(' '),
  );

describe('revenue by game', () => {
  it('counts purchases and refunds, and what is left, of one currency', async () => {
    const all = await report({});
    assert.deepEqual(linesOf(all), [
      'Much 1 0 3000 EUR',
      'Little 2 0 200 EUR',
      'Returned 1 1 0 EUR',
    ]);
    assert.equal(all.edges[0].node.game.id, games.much.id);
    assert.deepEqual(linesOf(await report({ currency: 'JPY' })), ['Game 4 1 0 500 JPY']);
  });

  it('counts what happened from one moment until before another', async () => {
    const [before2nd, from2nd] = [{ to: '2026-11-02T00:00:00Z' }, { from: '2026-11-02T00:00:00Z' }];
    assert.deepEqual(linesOf(await report(before2nd)), [
      ...['Much 1 0 3000 EUR', 'Returned 1 0 2000 EUR', 'Little 2 0 200 EUR'],
    ]);
    assert.deepEqual(linesOf(await report(from2nd)), ['Returned 0 1 -2000 EUR']);
    const noon = '2026-11-01T12:00:00Z';
    assert.deepEqual(linesOf(await report({ from: noon, to: noon })), []);
  });

  it('sorts and pages, in one statement', async () => {
    const titles = async (variables: object) =>
      linesOf(await report({}, variables)).map((line: string) => line.split(' ')[0]);
    assert.deepEqual(await titles({ sort: 'ORDERS' }).then(([first]) => first), 'Little');
    assert.deepEqual(await titles({ sort: 'REFUNDS' }).then(([first]) => first), 'Returned');
    assert.deepEqual(await titles({ sort: 'GAME_TITLE' }), ['Little', 'Much', 'Returned']);
    const { pageInfo } = await report({}, { first: 2 });
    assert.deepEqual(await titles({ first: 2, after: pageInfo.endCursor }), ['Returned']);
    const statements = await graph.statements(() => report({}));
    assert.equal(statements.length, 1, statements.join('\n'));
  });

  it('is for analysts', async () => {
    const variables = { filter: { currency: 'EUR' } };
    assert.equal(await graph.code(REVENUE, variables), 'UNAUTHENTICATED');
    assert.equal(await graph.code(REVENUE, variables, graph.givenUser().by), 'FORBIDDEN');
  });
});
