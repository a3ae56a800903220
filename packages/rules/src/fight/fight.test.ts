import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompiledRules } from '../compiled-rules.js';
import { faultsOfRuleSet } from '../rule-faults.js';
import type { Content } from '../rule-set.js';
import { item, ruleSet, wearing } from '../testing.js';
import { chance } from './chance.js';
import { compileFight } from './compiled-fight.js';
import { fightOnce, type SideState } from './fight.js';
import { readFight } from './read-fight.js';
import { FightSimulation, type SimulationPlan } from './simulation.js';

/** Swings every 2.5 seconds for 300: 120 of them. Each hits 9 times of 10, and one of 4 that hit deals twice as much. */
const DUMMY = {
  ...{ key: 'dummy', pace: 'TIME', limit: 300 },
  build: {
    variables: [
      { key: 'dealt', formula: 0 },
      { key: 'swings', formula: 0 },
    ],
    actions: [
      {
        ...{ key: 'swing', every: 'stat.interval' },
        effects: [
          { variable: 'swings', formula: 'self.swings + 1' },
          {
            variable: 'dealt',
            formula:
              'self.dealt + if(chance(0.9), stat.damage * if(chance(stat.crit / 100), 2, 1), 0)',
          },
        ],
      },
    ],
  },
  target: {},
  measures: [
    { key: 'dealt', formula: 'self.dealt' },
    { key: 'swings', formula: 'self.swings' },
    { key: 'lucky', type: 'CHANCE', formula: 'self.dealt > 13500' },
  ],
};

/** Who is hit by 3 of 10 blows loses; both are as fast. */
const DUEL = {
  ...{ key: 'duel', pace: 'TURNS', limit: 1000, end: 'self.health <= 0 or other.health <= 0' },
  build: {
    speed: 'stat.speed',
    variables: [{ key: 'health', formula: 'param.level' }],
    actions: [
      {
        key: 'strike',
        effects: [{ of: 'OTHER', variable: 'health', formula: 'if(chance(0.3), 0, other.health)' }],
      },
    ],
  },
  measures: [
    { key: 'won', type: 'CHANCE', formula: 'other.health <= 0' },
    { key: 'turns', formula: 'time()' },
  ],
};

const RULES = {
  attributes: [{ key: 'damage' }, { key: 'speed' }],
  parameters: [
    { key: 'level', min: 1, max: 80, defaultValue: 50 },
    { key: 'class', values: ['mage', 'rogue'] },
  ],
  slots: [{ key: 'weapon' }],
  tables: [
    { key: 'armor', axes: [{ numbers: [1, 80], texts: [], match: 'LINEAR' }], values: [100, 900] },
  ],
  stats: [
    { key: 'damage', formula: 'sum(damage)' },
    { key: 'crit', formula: '25' },
    { key: 'interval', formula: '2.5' },
    { key: 'speed', formula: 'sum(speed)' },
    { key: 'none', formula: '1 / count(weapon)' },
  ],
};

const SWORD = wearing(item('sword', 'weapon', { damage: 100, speed: 10 }));
const rulesWith = (...fights: object[]) => ruleSet({ ...RULES, fights });

function simulation(
  fight: object,
  plan: Partial<SimulationPlan> = {},
  sides: { build?: Content; opponent?: Content | null } = {},
  from?: FightSimulation['state'],
): FightSimulation {
  const compiled = new CompiledRules(rulesWith(fight));
  assert.deepEqual(compiled.faults, []);
  return new FightSimulation(
    compiled,
    compiled.rules.fights[0]!,
    { build: SWORD, opponent: null, ...sides },
    { seed: 1, iterations: 20_000, precision: null, ...plan },
    from,
  );
}

function fought(...given: Parameters<typeof simulation>): FightSimulation {
  const all = simulation(...given);
  while (!all.isDone) all.next();
  return all;
}

/** A sample's mean and variance are not off by more than chance would have it once in 16,000 times. */
function assertNear(all: FightSimulation, n: number, mean: number, variance: number): void {
  const estimate = all.estimates[n]!;
  const count = all.iterations;
  const off = (estimate.mean - mean) / Math.sqrt(variance / count);
  assert.ok(Math.abs(off) < 4, `the mean ${estimate.mean} is ${off} deviations off ${mean}`);
  const ratio = estimate.deviation ** 2 / variance;
  assert.ok(
    Math.abs(ratio - 1) < 4 * Math.sqrt(2 / count) * 2,
    `the variance is ${ratio} times ${variance}`,
  );
}

describe('a simulated fight', () => {
  it('against a target has the mean and the variance that can be worked out', () => {
    const all = fought(DUMMY);
    // Of a swing: 0.9 * 125 and 0.9 * (0.75 * 100² + 0.25 * 200²) - 112.5².
    assertNear(all, 0, 120 * 112.5, 120 * 3093.75);
    assert.deepEqual([all.estimates[1]!.mean, all.estimates[1]!.deviation], [120, 0]);
  });

  it('of two builds is won as often as can be worked out', () => {
    const all = fought(DUEL, {}, { opponent: SWORD });
    const [won, turns] = all.estimates;
    assert.ok(won!.low < 0.5 && 0.5 < won!.high);
    // A turn ends it with 1 - 0.7²: a geometric distribution.
    const ends = 0.51;
    assertNear(all, 1, 1 / ends, (1 - ends) / ends ** 2);
    assert.equal(turns!.min, 1);
  });

  it('by turns begins with who is faster', () => {
    const fast = wearing(item('dagger', 'weapon', { speed: 11 }));
    const [won] = fought(DUEL, {}, { build: fast, opponent: SWORD }).estimates;
    // 0.3 + 0.49 * 0.3 + 0.49² * 0.3 …
    const expected = 0.3 / 0.51;
    assert.ok(won!.low < expected && expected < won!.high);
  });

  it('has what comes at the same time come in the order in which it is written', () => {
    const digit = (key: string, n: number, of: string, more: object = {}) => ({
      ...{ key, every: 2, ...more },
      effects: [{ of, variable: 'all', formula: `${of.toLowerCase()}.all * 10 + ${n}` }],
    });
    const fight = {
      ...{ key: 'order', pace: 'TIME', limit: 3 },
      target: { actions: [digit('c', 3, 'OTHER')] },
      build: {
        variables: [{ key: 'all', formula: 0 }],
        actions: [digit('a', 1, 'SELF'), digit('b', 2, 'SELF', { first: 1, every: 1 })],
      },
      measures: [{ key: 'all', formula: 'self.all' }],
    };
    // At 0: a and c; at 1: b; at 2: a, b and c. What comes at 3 is too late.
    assert.equal(fought(fight, { iterations: 100 }).estimates[0]!.mean, 132_123);
  });

  it('draws whole numbers evenly, both ends included', () => {
    const rolls = {
      ...{ key: 'rolls', pace: 'TURNS', limit: 1 },
      build: { variables: [{ key: 'roll', formula: 'random_whole(85, 100)' }] },
      measures: [
        { key: 'roll', formula: 'self.roll' },
        { key: 'even', formula: 'random(2, 4)' },
      ],
    };
    const all = fought(rolls, {}, { opponent: SWORD });
    assertNear(all, 0, 92.5, (16 ** 2 - 1) / 12);
    assertNear(all, 1, 3, 4 / 12);
    const { min, max } = all.estimates[0]!;
    assert.deepEqual([min, max], [85, 100]);
  });

  it('comes to the same to the last bit, wherever it is interrupted', () => {
    const whole = fought(DUMMY, { iterations: 1_000 });
    for (const stops of [[1], [499, 501], [100, 200, 300, 999]]) {
      let state: FightSimulation['state'] | undefined;
      for (const stop of [...stops, 1_000]) {
        const part = simulation(DUMMY, { iterations: 1_000 }, {}, state);
        while (part.iterations < stop) part.next();
        state = JSON.parse(JSON.stringify(part.state)) as FightSimulation['state'];
      }
      assert.deepEqual(state, whole.state);
    }
    assert.notDeepEqual(fought(DUMMY, { iterations: 1_000, seed: 2 }).state, whole.state);
    assert.notDeepEqual(fought(DUMMY, { iterations: 1_000, seed: 2 ** 32 + 1 }).state, whole.state);
  });

  it('is fought until it is known closely enough, and no longer', () => {
    const all = fought(DUMMY, { precision: 0.02, iterations: 1_000_000 });
    const [dealt, , lucky] = all.estimates;
    assert.ok(all.iterations < 10_000);
    assert.ok((dealt!.high - dealt!.low) / 2 <= 0.02 * dealt!.mean);
    assert.ok((lucky!.high - lucky!.low) / 2 <= 0.02);
    assert.equal(fought(DUMMY, { precision: 0.001, iterations: 500 }).iterations, 500);
  });

  it('is told to be faulty where something has no value, with the place', () => {
    const problem = (change: object, sides = {}) => {
      const all = simulation({ ...DUMMY, ...change }, {}, sides);
      try {
        all.next();
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    const acting = (action: object) => ({
      build: { variables: [{ key: 'x', formula: 1 }], actions: [{ key: 'a', ...action }] },
      measures: [{ key: 'm', formula: 'self.x' }],
    });
    assert.equal(
      problem(acting({ every: 1, effects: [{ variable: 'x', formula: '1 / (self.x - 1)' }] })),
      'fights.dummy.build.actions.a.effects[0]: This divides by zero.',
    );
    assert.match(
      problem(
        acting({ every: 1, effects: [{ variable: 'x', formula: 'self.x * power(10, 99)' }] }),
      )!,
      /effects\[0\]: This is no number, or too large a one/,
    );
    assert.match(problem(acting({ every: 0 }))!, /after 0 seconds/);
    assert.match(problem(acting({ every: 0.001 }))!, /more than 20000 actions/);
    assert.equal(
      problem({ measures: [{ key: 'm', formula: 'stat.none' }] }, { build: wearing() }),
      'fights.dummy.measures.m: The stat none has no value.',
    );
    assert.match(
      problem({ measures: [{ key: 'm', formula: 'power(10, 101)' }] })!,
      /^fights.dummy.measures.m: This is too large a number/,
    );
    assert.equal(
      problem({ measures: [{ key: 'm', formula: 'random(2, 1)' }] }),
      'fights.dummy.measures.m: There is no number from 2 to 1.',
    );
  });
});

describe('a compiled fight', () => {
  it('is the same as one whose formulas are read, to the last bit', () => {
    const effect = (variable: string, formula: string, of = 'SELF') => ({ of, variable, formula });
    const measures = ['self.a', 'self.b', 'other.a', 'other.c', 'time()'].map((formula, n) => ({
      ...{ key: `m${n}`, formula },
    }));
    const side = (other: string) => ({
      variables: [
        { key: 'a', formula: `random(1, 2) + param.level` },
        { key: 'b', formula: 'round(self.a) % 7' },
        { key: 'c', formula: "if(param.class = 'mage', table.armor(param.level), 3)" },
      ],
      actions: [
        {
          ...{ key: 'one', condition: `chance(0.5) and self.b < 5 or not other.a > 1`, first: 0.5 },
          every: `random(0.5, 1.5) / (1 + self.b / 10)`,
          effects: [
            effect('a', `self.a + random_whole(-3, 3) / 3 - ${other} * 0.001`),
            effect('b', 'clamp(quotient(self.a, 3) + min(self.b, other.b), -9, 9)'),
            effect('c', 'other.c * 0.99 + soft_cap(self.c, 5, 0.5)', 'OTHER'),
          ],
        },
        {
          ...{ key: 'two', every: 'max(1, abs(self.b))' },
          effects: [
            effect('c', 'if(chance(0.3), floor(self.c), power(abs(self.c), 0.9)) - time()'),
          ],
        },
      ],
    });
    const end = 'self.a > 60 or self.b < -8.5';
    const fights = [
      {
        key: 'target',
        pace: 'TIME',
        limit: 60,
        end,
        build: side('stat.damage'),
        target: side('other.damage'),
        measures,
      },
      { key: 'builds', pace: 'TIME', limit: 60, end, build: side('other.damage'), measures },
      {
        ...{ key: 'turns', pace: 'TURNS', limit: 50, end, measures },
        build: {
          ...{ speed: 'stat.speed + self.b', variables: side('1').variables },
          actions: side('1').actions.map(action => ({ ...action, every: null, first: null })),
        },
      },
    ];
    const compiled = new CompiledRules(rulesWith(...fights));
    assert.deepEqual(faultsOfRuleSet(compiled.rules), []);
    const rogue = { ...SWORD, parameters: [{ key: 'class', value: 'rogue' }] };
    for (const fight of compiled.rules.fights) {
      const state = (content: Content): SideState => {
        const frame = compiled.frameOf(content);
        const stats = compiled.stats(frame);
        return { variables: new Float64Array(3), stats, parameters: frame.parameters };
      };
      const states = [state(SWORD), state(rogue)] as const;
      const { program, wasBad } = compileFight(compiled, fight);
      const read = readFight(compiled, fight);
      const different = new Set<string>();
      for (let n = 0; n < 200; n++) {
        const [a, b] = [new Float64Array(5), new Float64Array(5)];
        fightOnce(program, states, chance(7, n), a);
        assert.equal(wasBad(), false);
        fightOnce(read, states, chance(7, n), b);
        assert.deepEqual(a, b);
        different.add(a.join());
      }
      assert.equal(different.size, 200, fight.key);
    }
  });
});

describe('what is wrong with a fight', () => {
  const faultsOf = (fight: object) =>
    faultsOfRuleSet(rulesWith(fight)).map(({ path, message }) => `${path}: ${message}`);
  const action = (given: object) => ({
    ...DUMMY,
    build: { ...DUMMY.build, actions: [{ key: 'a', every: 1, ...given }] },
  });

  it('is nothing, with those that are sound', () => {
    assert.deepEqual([...faultsOf(DUMMY), ...faultsOf(DUEL)], []);
  });

  it('is told with its place and its cure', () => {
    const cases: [fight: object, ...faults: (string | RegExp)[]][] = [
      [{ ...DUMMY, limit: 0 }, /^fights.dummy: limit is more than 0 seconds, and 36000 at most/],
      [{ ...DUEL, limit: 1.5 }, /^fights.duel: limit is more than 0 turns/],
      [{ ...DUMMY, measures: [] }, /^fights.dummy: A fight has a measure/],
      [
        { ...DUMMY, measures: [...DUMMY.measures, DUMMY.measures[0]] },
        'fights.dummy.measures.dealt: There is another with this key.',
      ],
      [action({ every: null }), /^fights.dummy.build.actions.a: every is said in fights by TIME/],
      [{ ...DUMMY, target: { speed: 1 } }, /^fights.dummy.target: speed is of fights by TURNS/],
      [
        { ...DUEL, build: { ...DUEL.build, actions: [{ key: 'a', first: 1 }] } },
        /^fights.duel.build.actions.a: first is of fights by TIME/,
      ],
      [
        action({ effects: [{ variable: 'delt', formula: 1 }] }),
        'fights.dummy.build.actions.a.effects[0]: There is no variable delt.',
      ],
      [
        action({ condition: 'self.delt > 1' }),
        'fights.dummy.build.actions.a.condition: There is no variable or stat delt. Did you mean dealt?',
      ],
      [
        action({ condition: 'sum(damage) > 1' }),
        /condition: A fight sees no items: make a stat of this/,
      ],
      [
        action({ condition: '1' }),
        /condition: This is a number, and should be a boolean|true or false/,
      ],
      [action({ condition: 'chance()' }), /condition: chance takes 1 values/],
      [
        {
          ...DUMMY,
          build: {
            variables: [
              { key: 'a', formula: 'self.b' },
              { key: 'b', formula: 1 },
            ],
          },
          measures: [{ key: 'm', formula: 'self.a' }],
        },
        /^fights.dummy.build.variables.a: There is no variable or stat b/,
      ],
      [
        { ...DUMMY, target: { variables: [{ key: 'a', formula: 'self.damage' }] } },
        /^fights.dummy.target.variables.a: There is no variable or stat damage/,
      ],
      [
        { ...DUMMY, end: 'other.damage > 1' },
        /^fights.dummy.end: There is no variable or stat damage/,
      ],
    ];
    for (const [fight, expected] of cases) {
      const faults = faultsOf(fight);
      assert.equal(faults.length, 1, faults.join('\n') || String(expected));
      if (expected instanceof RegExp) assert.match(faults[0]!, expected);
      else assert.equal(faults[0], expected);
    }
  });

  it('is told of stats that ask what only fights know', () => {
    for (const formula of ['self.dealt', 'random(1, 2)', 'if(chance(1), 1, 2)', 'time()']) {
      const [fault] = faultsOfRuleSet(ruleSet({ ...RULES, stats: [{ key: 'x', formula }] }));
      assert.match(fault!.message, /is of a fight: only formulas of fights know it/);
    }
  });

  it('is that its formulas are too long for so many actions', () => {
    const long = Array.from({ length: 140 }, () => 'self.dealt').join(' + ');
    const actions = Array.from({ length: 20 }, (_, n) => ({
      ...{ key: `a${n}`, every: 1, effects: [{ variable: 'dealt', formula: long }] },
    }));
    const [fault] = faultsOf({ ...DUMMY, build: { ...DUMMY.build, actions } });
    assert.match(fault!, /^fights.dummy: Its formulas have \d+ parts, and may have 5000/);
  });
});
