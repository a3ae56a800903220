import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { purchaseHeld } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { v7 as uuidv7 } from 'uuid';
import {
  orderOf,
  type SomeGame,
  type Somebody,
  type TestLibrary,
  testLibrary,
} from '../testing.js';

const FIELDS = 'id source sourceId state reason grantedAt revokedAt';
const GRANT = `mutation ($userId: ID!, $gameId: ID!, $reason: String!) {
  grantLicence(userId: $userId, gameId: $gameId, reason: $reason) { ${FIELDS} } }`;
const REVOKE = `mutation ($id: ID!, $reason: String!) { revokeLicence(id: $id, reason: $reason) { ${FIELDS} } }`;

const operator = { userId: uuidv7(), permissions: ['payments:operate'] };

let graph: TestLibrary;
before(async () => {
  graph = await testLibrary();
});
after(() => graph.stop());

async function grant(user: Somebody, game: SomeGame, reason = 'A prize.') {
  const variables = { userId: user.id, gameId: game.id, reason };
  return (await graph.data(GRANT, variables, operator)).grantLicence;
}

async function isOwned(user: Somebody, game: SomeGame) {
  const [found] = await graph.entities('Game', [game.id], '{ libraryEntry { isOwned } }', user.by);
  return found.libraryEntry?.isOwned;
}

const uuidIn = (id: string) => Buffer.from(id, 'base64url').toString().split(':')[1]!;

describe('granting', () => {
  it('may begin in the past, from when on what was played counts, but not in the future', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    const SINCE = GRANT.replace('$reason: String!', '$reason: String!, $since: DateTime').replace(
      'reason: $reason',
      'reason: $reason, since: $since',
    );
    const variables = { userId: user.id, gameId: game.id, reason: 'A key from a shop.' };
    const since = '2024-02-01T12:00:00.000Z';
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const asked = { ...variables, since: tomorrow };
    assert.equal(await graph.code(SINCE, asked, operator), 'BAD_USER_INPUT');
    const { grantLicence } = await graph.data(SINCE, { ...variables, since }, operator);
    assert.equal(grantLicence.grantedAt, since);
    const REPORT = `mutation ($sessions: [PlaySessionReport!]!) {
      reportPlaySessions(sessions: $sessions) { rejected { index } } }`;
    const sessions = [
      { gameId: game.id, startedAt: '2024-02-01T11:00:00Z', endedAt: '2024-02-01T12:30:00Z' },
      { gameId: game.id, startedAt: '2024-02-02T12:00:00Z', endedAt: '2024-02-02T13:00:00Z' },
    ];
    const { reportPlaySessions } = await graph.data(REPORT, { sessions }, user.by);
    assert.deepEqual(reportPlaySessions.rejected, [{ index: 0 }]);
  });

  it('gives somebody a game once, however often it is said and by how many at once', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    const given = await Promise.all(
      Array.from({ length: 8 }, () => grant(user, game, ' A prize. ')),
    );
    assert.equal(new Set(given.map(({ id }) => id)).size, 1);
    const { id, source, state, reason, grantedAt, revokedAt } = given[0];
    assert.deepEqual([source, state, reason, revokedAt], ['GRANT', 'ACTIVE', 'A prize.', null]);
    assert.ok(Date.parse(grantedAt) > Date.now() - 60_000);
    const told = await graph.events(uuidIn(id));
    assert.deepEqual(
      told.map(({ type }) => type),
      ['library.licence.granted.v1'],
    );
    assert.equal(await isOwned(user, game), true);
  });

  it('is for who operates payments, to users and of games that there are', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    const variables = { userId: user.id, gameId: game.id, reason: 'Because.' };
    assert.equal(await graph.code(GRANT, variables), 'UNAUTHENTICATED');
    assert.equal(await graph.code(GRANT, variables, user.by), 'FORBIDDEN');
    const nobody = { ...variables, userId: globalId('User', uuidv7()) };
    assert.equal(await graph.code(GRANT, nobody, operator), 'NOT_FOUND');
    const nothing = { ...variables, gameId: globalId('Game', uuidv7()) };
    assert.equal(await graph.code(GRANT, nothing, operator), 'NOT_FOUND');
    const mute = { ...variables, reason: ' ' };
    assert.equal(await graph.code(GRANT, mute, operator), 'BAD_USER_INPUT');
    assert.equal(await isOwned(user, game), undefined);
  });
});

describe('revoking', () => {
  it('ends ownership with the last licence, and stays as it was decided', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    const { id } = await grant(user, game);
    const revoke = async (reason: string) =>
      (await graph.data(REVOKE, { id, reason }, operator)).revokeLicence;
    const first = await revoke('Cheating.');
    assert.deepEqual([first.state, first.reason], ['REVOKED', 'Cheating.']);
    assert.ok(first.revokedAt);
    assert.deepEqual(await revoke('Again.'), first);
    assert.equal(await isOwned(user, game), false);
    const kinds = (await graph.events(uuidIn(id))).map(({ type }) => type.split('.')[2]);
    assert.deepEqual(kinds, ['granted', 'revoked']);
    const other = await grant(user, game);
    assert.notEqual(other.id, id);
    assert.equal(await isOwned(user, game), true);
  });

  it('leaves the game owned while there is another licence', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    await graph.givenOwned(user, game);
    const { id } = await grant(user, game);
    await graph.data(REVOKE, { id, reason: 'By mistake.' }, operator);
    assert.equal(await isOwned(user, game), true);
  });

  it('of all licences at once, while others are given, leaves what the licences say', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    await graph.givenOwned(user, game);
    for (let round = 0; round < 5; round++) {
      const { id } = await grant(user, game);
      await Promise.all([
        graph.data(REVOKE, { id, reason: 'One.' }, operator),
        graph.data(REVOKE, { id, reason: 'Two.' }, operator),
        graph.deliver(purchaseHeld(orderOf(user, game))),
        grant(user, game),
      ]);
      const LICENCES = '{ libraryEntry { isOwned licences { edges { node { state source } } } } }';
      const [found] = await graph.entities('Game', [game.id], LICENCES, user.by);
      const active = found.libraryEntry.licences.edges.filter(
        ({ node }: { node: { state: string } }) => node.state === 'ACTIVE',
      );
      assert.equal(found.libraryEntry.isOwned, active.length > 0);
      assert.ok(active.length <= 2, 'one of each source at most');
    }
  });

  it('is for who operates payments', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    const { id } = await grant(user, game);
    assert.equal(await graph.code(REVOKE, { id, reason: 'Mine.' }, user.by), 'FORBIDDEN');
    const missing = { id: globalId('Licence', uuidv7()), reason: 'None.' };
    assert.equal(await graph.code(REVOKE, missing, operator), 'NOT_FOUND');
  });
});

describe('looking licences up', () => {
  it('shows them to their owner and to who operates payments, in one statement', async () => {
    const [user, other] = [await graph.givenUser(), await graph.givenUser()];
    const games = [await graph.givenGame(), await graph.givenGame(), await graph.givenGame()];
    const ids = await Promise.all(games.map(async game => (await grant(user, game)).id));
    const states = async (by?: object) =>
      (await graph.entities('Licence', ids, '{ state }', by)).map(found => found?.state);
    const statements = await graph.statements(async () => {
      assert.deepEqual(await states(user.by), ['ACTIVE', 'ACTIVE', 'ACTIVE']);
    });
    assert.equal(statements.length, 1, statements.join('\n'));
    assert.deepEqual(await states(operator), ['ACTIVE', 'ACTIVE', 'ACTIVE']);
    assert.deepEqual(await states(other.by), [undefined, undefined, undefined]);
    assert.deepEqual(await states(), [undefined, undefined, undefined]);
  });
});

it('keeps what it derives and what it announced equal to what it keeps', () => graph.assertSound());
