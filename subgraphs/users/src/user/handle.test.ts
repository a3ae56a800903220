import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalHandle, faultOfHandle, skeletonOf } from './handle.js';

describe('a handle', () => {
  it('is kept in lower case and one Unicode form', () => {
    assert.equal(canonicalHandle('Vasya_1'), 'vasya_1');
    assert.equal(canonicalHandle('ｖａｓｙａ'), 'vasya');
    assert.equal(canonicalHandle('Jose\u0301'), 'josé');
  });

  it('has the skeleton of all that look like it', () => {
    for (const twin of ['VASYA', 'vаsya', 'vаsyа', 'ｖasya'])
      assert.equal(skeletonOf(twin), skeletonOf('vasya'), twin);
    assert.equal(skeletonOf('сосо'), skeletonOf('coco'));
    assert.equal(skeletonOf('mod'), skeletonOf('rnod'));
    assert.notEqual(skeletonOf('vasya'), skeletonOf('vasja'));
  });

  it('is letters and digits of any script, with single underscores within', () => {
    for (const good of ['abc', 'Вася', 'さくら', 'a_b_c', 'x'.repeat(24), 'josé'])
      assert.equal(faultOfHandle(good), undefined, good);
    for (const bad of [
      'ab',
      'x'.repeat(25),
      'a b',
      '_abc',
      'abc_',
      'a__b',
      'a-b',
      'a\u200bbc',
      'a\u202ebc',
      '<b>',
      '😀😀😀',
      '',
    ]) {
      assert.ok(faultOfHandle(bad), JSON.stringify(bad));
    }
  });
});
