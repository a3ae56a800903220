import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sorted, tableOf, toCsv } from './table.js';

describe('an answer as a table', () => {
  it('has a row for each node of the longest list, and dotted columns for objects within', () => {
    const edges = [
      { node: { name: 'A', net: { minor: '900', currency: 'EUR' }, tags: ['x'] } },
      { node: { name: 'B', note: null } },
    ];
    assert.deepEqual(tableOf({ games: { facets: [{ field: 'TAG' }], edges } }), {
      path: 'games.edges',
      columns: ['name', 'net.minor', 'net.currency', 'tags', 'note'],
      rows: [
        { name: 'A', 'net.minor': '900', 'net.currency': 'EUR', tags: '["x"]' },
        { name: 'B', note: null },
      ],
    });
  });

  it('is not there when the answer has no list of objects', () => {
    assert.equal(tableOf({ game: { title: 'A', tags: ['x', 'y'] } }), undefined);
  });

  it('is sorted by number also where numbers are texts, and keeps what is empty for the end', () => {
    const rows = [{ net: '900' }, { net: null }, { net: '10000' }, { net: '-5' }];
    const table = sorted({ path: '', columns: ['net'], rows }, 'net');
    assert.deepEqual(
      table.rows.map(({ net }) => net),
      ['10000', '900', '-5', null],
    );
  });
});

describe('a table as CSV', () => {
  const csv = (value: unknown) => toCsv({ path: '', columns: ['a'], rows: [{ a: value }] });

  it('quotes what RFC 4180 wants quoted', () => {
    assert.equal(csv('say "hi",\nthere'), '\ufeffa\r\n"say ""hi"",\nthere"\r\n');
  });

  it('does not let a spreadsheet take a text for a formula', () => {
    assert.equal(csv('=1+1'), "\ufeffa\r\n'=1+1\r\n");
    assert.equal(csv('-5'), '\ufeffa\r\n-5\r\n');
  });
});
