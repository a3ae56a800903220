import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import '@gamegraph/subgraph-kit'; // first: decorators need the metadata that it brings
import { PresenceStatus } from './presence.type.js';
import { UserPresence } from './user-presence.entity.js';

const { AWAY, BUSY, INVISIBLE, OFFLINE, ONLINE } = PresenceStatus;
const at = (seconds: number) => new Date(seconds * 1_000);

type Report = [id: string, status: PresenceStatus, gameId: string | null, seconds: number];

function givenPresence(...reports: Report[]) {
  const presence = new UserPresence();
  for (const [id, status, gameId, seconds] of reports)
    presence.report(id, status, gameId, at(seconds));
  return presence;
}

describe('a presence', () => {
  it('lasts for the time to live of its newest report, and the grace', () => {
    const presence = givenPresence(['pc', ONLINE, null, 0], ['pc', ONLINE, null, 30]);
    assert.deepEqual(presence.nextEndAt, at(115));
    assert.equal(presence.seenAt(at(114.9)).status, ONLINE);
    assert.equal(presence.seenAt(at(115)).status, OFFLINE);
  });

  it('shows nothing of a connection that ends and comes back within the grace', () => {
    const presence = givenPresence(['pc', ONLINE, 'chess', 0]);
    assert.equal(presence.end('pc', at(20)), true);
    assert.equal(presence.seenAt(at(29.9)).status, ONLINE);
    presence.report('pc again', ONLINE, 'chess', at(29.9));
    assert.deepEqual(presence.seenAt(at(60)), { status: ONLINE, gameId: 'chess', since: at(0) });
    presence.end('pc again', at(60));
    assert.equal(presence.seenAt(at(70)).status, OFFLINE);
    assert.equal(presence.end('pc', at(60)), false);
  });

  it('does not end later because it was ended', () => {
    const presence = givenPresence(['pc', ONLINE, null, 0]);
    presence.end('pc', at(80));
    assert.equal(presence.seenAt(at(85)).status, OFFLINE);
  });

  it('is a choice before anything else, then the best of what the devices say', () => {
    const best = (...all: PresenceStatus[]) =>
      givenPresence(...all.map((each, n): Report => [`${n}`, each, null, 0])).seenAt(at(1)).status;
    assert.equal(best(AWAY, ONLINE, AWAY), ONLINE);
    assert.equal(best(ONLINE, BUSY, AWAY), BUSY);
    assert.equal(best(ONLINE, BUSY, INVISIBLE), INVISIBLE);
    assert.equal(best(AWAY), AWAY);
  });

  it('goes on with the other connections when one is dropped', () => {
    const presence = givenPresence(
      ['pc', ONLINE, 'chess', 0],
      ['phone', AWAY, null, 0],
      ['tv', AWAY, 'go', 5],
    );
    assert.equal(presence.seenAt(at(6)).gameId, 'go', 'what was reported last is played');
    presence.end('pc', at(6));
    presence.end('tv', at(6));
    presence.report('phone', AWAY, null, at(16));
    assert.deepEqual(presence.seenAt(at(16)), { status: AWAY, gameId: null, since: at(16) });
    assert.equal(presence.connections.length, 1);
  });

  it('keeps twenty connections at most: those that end last', () => {
    const presence = givenPresence(
      ...Array.from({ length: 25 }, (_, n): Report => [`${n}`, ONLINE, null, n]),
    );
    assert.deepEqual(
      presence.connections.map(({ id }) => Number(id)).sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, n) => n + 5),
    );
  });
});
