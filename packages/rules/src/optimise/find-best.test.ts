import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { workOut } from '../build.js';
import { CompiledRules } from '../compiled-rules.js';
import { socketsOf } from '../placements.js';
import type { Content, Placement, RuleItem, RuleSet } from '../rule-set.js';
import { item, ruleSet } from '../testing.js';
import { type Finding, findBest, type Question } from './find-best.js';

const INSTANCES = 1000;
const BUILDS_MAX = 2000; // of an instance: there are enough with less

/** Formulas where taking the best item of each slot is wrong, and what bounds are hard to find for. */
const OBJECTIVES = [
  'sum(a) + 2 * sum(b)',
  'min(sum(a), 12) * 3 + sum(b)',
  '(20 + sum(a)) * (1 + sum(b) / 100)',
  '(20 + sum(a)) * (100 + min(sum(b), 9)) / max(10, 30 - sum(c))',
  "sum(a) + if(count(item.set = 'wolf') >= 2, 15, 0) + sum(b, sockets_match())",
  'floor(sum(a) * 0.7) * (10 + sum(b)) + stat.bonus',
  'soft_cap(sum(a), 8, 0.5) + power(1 + sum(b), 0.5) - table.curve(sum(c))',
  'if(sum(a) > sum(b), 3 * sum(c), sum(a)) + stat.bonus',
  'highest(item.a) * 4 + lowest(item.b) + sum(c)',
  'sum(a) - abs(sum(b) - sum(c)) * 2',
  '(10 + sum(a)) / (5 + sum(b)) + sum(c) % 3',
  '(10 + sum(a)) * product(1 + item.b / 100)',
];

const BUILD_RULES = [
  "not any(item.two_handed) or count(slot() = 'off') = 0",
  'sum(c) <= 14',
  'sum(b) >= 4 or sum(a) < 10',
  "count(item.set = 'bear') < 3",
];

const ITEM_RULES = [
  'not item.unique or copies() = 1',
  'item.needs <= sum(b)',
  "item.needs <= count(slot() = 'gem' and has(item.colours, 'red')) + 3",
  'copies() <= 2',
];

const number = fc.integer({ min: 0, max: 9 });
const Attributes = fc.record({
  ...{ a: number, b: number, c: number, needs: fc.constantFrom(0, 0, 0, 2, 5) },
  set: fc.constantFrom('', 'wolf', 'wolf', 'bear'),
  unique: fc.boolean(),
  two_handed: fc.boolean(),
  sockets: fc.constantFrom([], [], ['red'], ['blue', 'red']),
});

const itemsFor = (slots: string[], maxLength: number) =>
  fc.array(Attributes, { minLength: 1, maxLength }).map(list =>
    list.map(({ set, two_handed, ...rest }, n): RuleItem => ({
      ...item(`${slots[0]} ${n}`, slots[0]!, {
        ...rest,
        ...(set && { set }),
        two_handed: two_handed && slots[0] === 'main',
      }),
      slots,
    })),
  );

const Gems = fc
  .array(fc.record({ a: number, b: number, colours: fc.subarray(['red', 'blue']) }), {
    maxLength: 2,
  })
  .map(list => list.map((attributes, n) => item(`gem ${n}`, 'gem', attributes)));

const Instance = fc.record({
  objective: fc.constantFrom(...OBJECTIVES),
  rules: fc.subarray(BUILD_RULES),
  rulesOfItems: fc.subarray(ITEM_RULES),
  isRequired: fc.boolean(),
  head: itemsFor(['head'], 3),
  main: itemsFor(['main', 'off'], 2),
  off: itemsFor(['off'], 2),
  ring: itemsFor(['ring'], 2),
  gems: Gems,
  costs: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 }),
  budget: fc.option(fc.integer({ min: 3, max: 30 })),
  min: fc.option(fc.integer({ min: 0, max: 25 })),
  max: fc.option(fc.integer({ min: 5, max: 40 })),
  isHeadKept: fc.boolean(),
});
type Instance = typeof Instance extends fc.Arbitrary<infer T> ? T : never;

function rulesOf({ rules, rulesOfItems, isRequired }: Instance): RuleSet {
  const named = (list: string[], scope: string) =>
    list.map((formula, n) => ({ key: `${scope}${n}`, scope, formula }));
  return ruleSet({
    attributes: [
      ...['a', 'b', 'c', 'needs'].map(key => ({ key })),
      { key: 'set', type: 'ENUM', values: ['wolf', 'bear'] },
      ...['unique', 'two_handed'].map(key => ({ key, type: 'BOOLEAN' })),
      ...['sockets', 'colours'].map(key => ({ key, type: 'LIST', values: ['red', 'blue'] })),
    ],
    slots: [
      { key: 'head', capacity: 1 },
      { key: 'main', capacity: 1, isRequired },
      { key: 'off', capacity: 1 },
      { key: 'ring', capacity: 2 },
      { key: 'gem', socketsOf: 'sockets', matchedBy: 'colours' },
    ],
    tables: [
      {
        key: 'curve',
        axes: [{ numbers: [0, 5, 10, 200], match: 'LINEAR' }],
        values: [0, 1, 6, 90],
      },
    ],
    stats: [
      { key: 'bonus', formula: 'count(item.set = "wolf")' },
      { key: 'a', formula: 'sum(a)' },
    ],
    modifiers: [
      {
        ...{ key: 'bears', stat: 'bonus', layer: 'FLAT', formula: '7' },
        condition: "count(item.set = 'bear') >= 2",
      },
      { key: 'more', stat: 'bonus', layer: 'MORE', formula: 'sum(c)', rounding: 'FLOOR' },
      { key: 'cap', stat: 'bonus', layer: 'CAP', formula: '11' },
    ],
    rules: [...named(rules, 'BUILD'), ...named(rulesOfItems, 'ITEM')],
  });
}

function questionOf(instance: Instance): Question {
  const { objective, head, main, off, ring, gems, costs, budget, min, max } = instance;
  const costOf = ({ key }: RuleItem) => costs[key.length % costs.length]!;
  const limit = { stat: 'a', ...(min !== null && { min }), ...(max !== null && { max }) };
  return {
    objective: objective.replaceAll("'", "'"),
    parameters: [],
    kept: instance.isHeadKept ? [{ slot: 'head', item: head[0]! }] : [],
    slots: ['head', 'main', 'off', 'ring', 'gem'],
    candidates: [...head, ...main, ...off, ...ring, ...gems],
    limits: min === null && max === null ? [] : [limit],
    ...(budget !== null && { budget: { costOf, max: budget } }),
  };
}

/** All builds there are, one after another. */
function* everyBuild(rules: RuleSet, question: Question): Generator<Content<RuleItem>> {
  const places = rules.slots.flatMap(({ key, capacity, socketsOf: list }) =>
    list === null ? Array.from({ length: capacity }, () => key) : [],
  );
  const fitting = (slot: string) => question.candidates.filter(({ slots }) => slots.includes(slot));
  function* inSockets(
    placements: Placement<RuleItem>[],
    at: number,
  ): Generator<Placement<RuleItem>[]> {
    const host = placements[at];
    if (!host || host.socket) return yield placements;
    let builds = [placements];
    for (const { slot, index } of socketsOf(host.item, rules.slots))
      builds = builds.flatMap(build => [
        build,
        ...fitting(slot.key).map(gem => [
          ...build,
          { slot: slot.key, item: gem, socket: { of: at, index } },
        ]),
      ]);
    for (const build of builds) yield* inSockets(build, at + 1);
  }
  function* from(n: number, placements: Placement<RuleItem>[]): Generator<Content<RuleItem>> {
    const slot = places[n];
    if (slot === undefined) {
      for (const all of inSockets(placements, 0)) yield { placements: all, parameters: [] };
      return;
    }
    const kept = question.kept.find(one => one.slot === slot);
    if (!kept) yield* from(n + 1, placements);
    for (const one of kept ? [kept.item] : fitting(slot))
      yield* from(n + 1, [...placements, { slot, item: one }]);
  }
  yield* from(0, []);
}

function bestByHand(rules: RuleSet, question: Question): number | null {
  const stats = [
    ...rules.stats,
    { key: 'goal', name: '', unit: null, formula: question.objective, rounding: 'NONE' as const },
  ];
  const compiled = new CompiledRules({ ...rules, stats });
  const { limits, budget } = question;
  let best: number | null = null;
  for (const content of everyBuild(rules, question)) {
    const { stats: values, violations } = workOut(compiled, content);
    if (violations.length > 0) continue;
    const of = (key: string) => values.find(one => one.key === key)!.value;
    if (limits.some(({ stat, min = -1e9, max = 1e9 }) => of(stat)! < min || of(stat)! > max))
      continue;
    const cost = content.placements.reduce((sum, one) => sum + (budget?.costOf(one.item) ?? 0), 0);
    if (budget && cost > budget.max) continue;
    const objective = of('goal');
    if (objective !== null && (best === null || objective > best)) best = objective;
  }
  return best;
}

/** Runs it to its end. What it says on the way must be true as well. */
function found(rules: RuleSet, question: Question, best: number | null): Finding {
  const search = findBest(rules, question);
  for (;;) {
    const { value, done } = search.next();
    if (value.best) assert.ok(best !== null && value.best.objective <= best + 1e-9);
    if (value.bound !== null && best !== null) assert.ok(value.bound >= best - 1e-9, 'a bound');
    if (done) return value;
  }
}

describe('the best build', () => {
  it('is the best of all that there are', () => {
    fc.assert(
      fc.property(Instance, instance => {
        const rules = rulesOf(instance);
        const question = questionOf(instance);
        let builds = 0;
        for (const _ of everyBuild(rules, question)) if (++builds > BUILDS_MAX) break;
        fc.pre(builds <= BUILDS_MAX);
        const best = bestByHand(rules, question);
        const { best: answer, state } = found(rules, question, best);
        assert.equal(state, best === null ? 'INFEASIBLE' : 'OPTIMAL');
        if (best !== null)
          assert.ok(
            Math.abs(answer!.objective - best) < 1e-9,
            `${answer!.objective} is not ${best}`,
          );
      }),
      { numRuns: INSTANCES },
    );
  });
});
