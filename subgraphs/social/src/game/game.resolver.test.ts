import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { libraryEntryChanged, userUpdated } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { v7 as uuidv7 } from 'uuid';
import { nodes, type Person, type TestSocial, testSocial } from '../testing.js';

let graph: TestSocial;
before(async () => {
  graph = await testSocial();
});
after(() => graph.stop());

const ownersOf = async (gameIds: string[], by?: Person) => {
  const ids = gameIds.map(id => globalId('Game', id));
  const selection = '{ friendsWhoOwn { totalCount edges { since node { id } } } }';
  return (await graph.entities('Game', ids, selection, by?.by)).map(
    ({ friendsWhoOwn }) => friendsWhoOwn,
  );
};
const entryOf = ({ userId }: Person, gameId: string, isOwned = true, id = uuidv7()) =>
  libraryEntryChanged({ id, userId, gameId, isOwned, playtimeSeconds: 0, lastPlayedAt: null });

describe('the friends who own a game', () => {
  it('are the viewer’s, for as long as they own it and show it', async () => {
    const gameId = uuidv7();
    const [ann, bob, cid, dan] = await graph.givenPeople(4);
    await graph.befriend(ann, bob, cid);
    const id = uuidv7();
    await graph.deliver(
      ...[entryOf(ann, gameId), entryOf(bob, gameId, true, id), entryOf(dan!, gameId)],
      ...[entryOf(cid, gameId), entryOf(cid, uuidv7())],
    );
    const ids = async (by: Person) => nodes((await ownersOf([gameId], by))[0]).map(node => node.id);
    assert.deepEqual(await ids(ann), [bob.id, cid.id]);
    assert.deepEqual(await ids(dan!), []);
    assert.deepEqual(await ownersOf([gameId]), [null]);
    const privacy = { ...cid.state.privacy, library: 'PRIVATE' as const };
    await graph.deliver(userUpdated({ ...cid.state, privacy }));
    assert.deepEqual(await ids(ann), [bob.id]);
    await graph.deliver(entryOf(bob, gameId, false, id));
    assert.deepEqual(await ids(ann), []);
  });

  it('cost the same number of statements for 20 games', async () => {
    const gameIds = Array.from({ length: 20 }, () => uuidv7());
    const [ann, bob] = await graph.givenPeople(2);
    await graph.befriend(ann, bob);
    await graph.deliver(...gameIds.map(gameId => entryOf(bob, gameId)));
    const cost = (some: string[]) =>
      graph.cost(async () => {
        for (const { totalCount } of await ownersOf(some, ann)) assert.equal(totalCount, 1);
      });
    assert.deepEqual([await cost(gameIds.slice(0, 1)), await cost(gameIds)], [2, 2]);
  });
});
