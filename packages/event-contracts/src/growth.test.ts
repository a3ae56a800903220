import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineAggregate, defineEnding, defineEvent } from '@gamegraph/event-bus';
import { z } from 'zod';
import { breachesOf, type Published, publishedOf } from './growth.js';

const BASE = {
  id: z.uuid(),
  title: z.string(),
  state: z.enum(['DRAFT', 'OUT']),
  coverUrl: z.string().nullable(),
  count: z.number().int().min(0),
  prices: z.array(z.object({ region: z.string(), minor: z.string() })),
  pair: z.tuple([z.uuid(), z.uuid()]),
  attributes: z.record(z.string(), z.union([z.number(), z.string()])),
};

const schema = (shape: z.core.$ZodLooseShape): Published => {
  const aggregate = defineAggregate({
    ...{ topic: 'shop.game', description: 'A game.' },
    state: z.object(shape) as unknown as z.ZodType<{ id: string }>,
  });
  return publishedOf([
    defineEvent('Changed', aggregate, 'changed', 'It is not as it was.'),
    defineEnding('Ended', aggregate, 'ended', 'It is gone.'),
  ]);
};

/** What is told of a state that has become so. */
const told = (shape: z.core.$ZodLooseShape) =>
  breachesOf(schema(BASE), schema(shape)).map(({ type, field, fault }) => [type, field, fault]);

const CHANGED = 'shop.game.changed.v1';

describe('a published event', () => {
  it('may grow', () => {
    const price = { region: z.string(), minor: z.string(), note: z.string().optional() };
    const grown: z.core.$ZodLooseShape = {
      ...BASE,
      tags: z.array(z.string()).default([]),
      studio: z.uuid().nullable().default(null),
      state: z.enum(['DRAFT', 'OUT', 'WITHDRAWN']),
      title: z.string().nullable(),
      count: z.number(),
      prices: z.array(z.object(price)),
    };
    assert.deepEqual(told(BASE), []);
    assert.deepEqual(told(grown), []);
  });

  it('keeps its fields', () => {
    const { title, ...rest } = BASE;
    assert.deepEqual(told(rest), [[CHANGED, 'title', 'was removed or renamed']]);
    assert.deepEqual(told({ ...rest, name: title }), [
      [CHANGED, 'title', 'was removed or renamed'],
      [CHANGED, 'name', 'is new, and required'],
    ]);
    const prices = z.array(z.object({ region: z.string() }));
    assert.deepEqual(told({ ...BASE, prices }), [
      [CHANGED, 'prices[].minor', 'was removed or renamed'],
    ]);
  });

  it('asks for nothing that earlier ones lack, and leaves nothing out that earlier readers need', () => {
    assert.deepEqual(told({ ...BASE, tags: z.array(z.string()) }), [
      [CHANGED, 'tags', 'is new, and required'],
    ]);
    assert.deepEqual(told({ ...BASE, title: z.string().optional() }), [
      [CHANGED, 'title', 'may be missing now'],
    ]);
  });

  it('allows what it allowed', () => {
    const cases: [z.core.$ZodLooseShape, string, string][] = [
      [{ title: z.number() }, 'title', 'was string, and is number'],
      [{ title: z.uuid() }, 'title', 'allows less: format is uuid'],
      [{ title: z.string().max(9) }, 'title', 'allows less: maxLength is 9'],
      [{ title: z.enum(['A']) }, 'title', 'does not allow any other value any more'],
      [{ state: z.enum(['OUT']) }, 'state', 'does not allow DRAFT any more'],
      [{ coverUrl: z.string() }, 'coverUrl', 'was null, and is string'],
      [{ count: z.number().int().min(1) }, 'count', 'allows less: minimum is 1'],
      [
        { attributes: z.record(z.string(), z.number()) },
        'attributes{}',
        'was string, and is number',
      ],
      [{ pair: z.tuple([z.uuid(), z.number()]) }, 'pair[1]', 'was string, and is number'],
    ];
    for (const [change, field, fault] of cases)
      assert.deepEqual(told({ ...BASE, ...change })[0], [CHANGED, field, fault]);
  });

  it('stays defined, though nobody announces it any more', () => {
    const { [CHANGED]: _, ...rest } = schema(BASE);
    assert.deepEqual(
      breachesOf(schema(BASE), rest).map(({ type, fault }) => [type, fault]),
      [[CHANGED, 'is not defined any more']],
    );
  });

  it('comes beside its successor, which has the next version', () => {
    const aggregate = defineAggregate({
      ...{ topic: 'shop.game', description: 'A game.' },
      state: z.object({ id: z.uuid(), names: z.array(z.string()) }),
    });
    const next = defineEvent('ChangedV2', aggregate, 'changed', 'It is not as it was.', 2);
    assert.equal(next.type, 'shop.game.changed.v2');
    assert.deepEqual(
      breachesOf(schema(BASE), { ...schema(BASE), ...publishedOf([next as never]) }),
      [],
    );
  });
});
