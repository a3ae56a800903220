import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Content, type RuleItem, ShortRuleSet } from '@gamegraph/rules';
import { withItem } from './simulation-batch.computation.js';

const RULES = ShortRuleSet.parse({
  attributes: [{ key: 'sockets', type: 'LIST', values: ['red'] }],
  slots: [{ key: 'head' }, { key: 'ring', capacity: 2 }, { key: 'gem', socketsOf: 'sockets' }],
});

function item(key: string, sockets = 0): RuleItem {
  const attributes = { sockets: Array.from({ length: sockets }, () => 'red') };
  return { key, name: key, category: key, slots: [], attributes, isRemoved: false };
}

const told = ({ placements }: Content) =>
  placements.map(({ slot, item: one, socket }) =>
    [slot, one!.key, ...(socket ? [socket.of, socket.index] : [])].join(' '),
  );

describe('another item in a build', () => {
  const gem = (key: string, of: number, index: number) => ({
    ...{ slot: 'gem', item: item(key), socket: { of, index } },
  });
  const content: Content = {
    placements: [
      gem('ruby', 1, 0),
      { slot: 'head', item: item('hood', 2) },
      gem('opal', 1, 1),
      { slot: 'ring', item: item('band', 1) },
      gem('pearl', 3, 0),
    ],
    parameters: [],
  };

  it('keeps what is in sockets that it has too', () => {
    const changed = withItem(RULES, content, { slot: 'head', position: 0 }, item('helm', 1));
    assert.deepEqual(told(changed), [
      'gem ruby 1 0',
      'head helm',
      'ring band',
      'gem pearl 2 0', // one before it is gone
    ]);
  });

  it('is there beside others, where nothing was', () => {
    const changed = withItem(RULES, content, { slot: 'ring', position: 1 }, item('seal'));
    assert.deepEqual(told(changed), [...told(content), 'ring seal']);
  });
});
