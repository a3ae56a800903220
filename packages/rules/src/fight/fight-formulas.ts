import type { Side } from '../formula/syntax.js';
import type { DefinitionFault } from '../rule-faults.js';
import type { RuleSet } from '../rule-set.js';
import type { FightDefinition, FightSide } from './fight-definition.js';

const TURNS_MAX = 10_000;
const SECONDS_MAX = 36_000;
const SIDE_PARTS_MAX = 50; // variables, or actions

/** What `self.key` and `other.key` may name, in the order of the arrays of a `SideState`. Variables hide stats. */
export type Names = Readonly<
  Record<Side, { variables: readonly string[]; stats: readonly string[] }>
>;

interface NamesOfFight extends Record<'build' | 'target', Names> {
  /** For what the variable of that number begins with: the other side may not have begun. */
  before(side: 'build' | 'target', n: number): Names;
}

/** What the formulas of a fight may name: those of the build (or of the fight as a whole), and of the target. */
export function namesIn({ build, target }: FightDefinition, rules: RuleSet): NamesOfFight {
  const stats = rules.stats.map(({ key }) => key);
  const ofBuild = { variables: build.variables.map(({ key }) => key), stats };
  // A target has no build, so it has no stats.
  const ofTarget = { variables: target?.variables.map(({ key }) => key) ?? [], stats: [] };
  const sides = {
    build: { self: ofBuild, other: target ? ofTarget : ofBuild },
    target: { self: ofTarget, other: ofBuild },
  };
  return {
    ...sides,
    before(side, n) {
      const { self, other } = sides[side];
      return {
        self: { ...self, variables: self.variables.slice(0, n) },
        other: { ...other, variables: [] },
      };
    },
  };
}

/** A formula of a fight, and what it may name. */
export interface FightFormula {
  /** `fights.duel.build.actions.strike.effects[0]` */
  path: string;
  text: string;
  type: 'number' | 'boolean';
  names: Names;
}

/** All formulas of a fight. */
export function* formulasOfFight(fight: FightDefinition, rules: RuleSet): Generator<FightFormula> {
  const path = `fights.${fight.key}`;
  const names = namesIn(fight, rules);
  for (const at of ['build', 'target'] as const) {
    const side = fight[at];
    if (!side) continue;
    for (const [n, { key, formula: text }] of side.variables.entries()) {
      const about = { path: `${path}.${at}.variables.${key}`, text };
      yield { ...about, type: 'number', names: names.before(at, n) };
    }
    for (const [rest, text, type = 'number'] of formulasOfSide(side))
      if (text !== null) yield { path: `${path}.${at}.${rest}`, text, type, names: names[at] };
  }
  const ofAll = { names: names.build };
  if (fight.end !== null) yield { path: `${path}.end`, text: fight.end, type: 'boolean', ...ofAll };
  for (const { key, type, formula: text } of fight.measures) {
    const about = { path: `${path}.measures.${key}`, text, ...ofAll };
    yield { ...about, type: type === 'CHANCE' ? 'boolean' : 'number' };
  }
}

function* formulasOfSide({
  speed,
  actions,
}: FightSide): Generator<[path: string, text: string | null, type?: 'boolean']> {
  yield ['speed', speed];
  for (const { key, every, first, condition, effects } of actions) {
    yield [`actions.${key}.every`, every];
    yield [`actions.${key}.first`, first];
    yield [`actions.${key}.condition`, condition, 'boolean'];
    for (const [n, { formula }] of effects.entries())
      yield [`actions.${key}.effects[${n}]`, formula];
  }
}

/** What is wrong with fights, but for their formulas. */
export function faultsOfFights({ fights }: RuleSet): DefinitionFault[] {
  return fights.flatMap(fight => {
    const path = `fights.${fight.key}`;
    const { pace, limit, build, target, measures } = fight;
    const isTimed = pace === 'TIME';
    const most = isTimed ? SECONDS_MAX : TURNS_MAX;
    const isSound = limit > 0 && limit <= most && (isTimed || Number.isInteger(limit));
    return [
      ...(isSound
        ? []
        : [
            {
              path,
              message: `limit is more than 0 ${isTimed ? 'seconds' : 'turns'}, and ${most} at most.`,
            },
          ]),
      ...(measures.length > 0 ? [] : [{ path, message: 'A fight has a measure at least.' }]),
      ...repeated(`${path}.measures`, measures),
      ...faultsOfSide(`${path}.build`, build, target ?? build, isTimed),
      ...(target ? faultsOfSide(`${path}.target`, target, build, isTimed) : []),
    ];
  });
}

function faultsOfSide(
  path: string,
  { speed, variables, actions }: FightSide,
  other: FightSide,
  isTimed: boolean,
): DefinitionFault[] {
  const has = (side: FightSide, wanted: string) => side.variables.some(({ key }) => key === wanted);
  const about = (message: string, of = '') => ({ path: `${path}${of}`, message });
  return [
    ...repeated(`${path}.variables`, variables),
    ...repeated(`${path}.actions`, actions),
    ...([variables, actions].some(({ length }) => length > SIDE_PARTS_MAX)
      ? [about(`A side has ${SIDE_PARTS_MAX} variables and ${SIDE_PARTS_MAX} actions at most.`)]
      : []),
    ...(speed !== null && isTimed
      ? [about('speed is of fights by TURNS. Have each action come sooner instead.')]
      : []),
    ...actions.flatMap(({ key, every, first, effects }) => [
      ...(isTimed === (every !== null)
        ? []
        : [about('every is said in fights by TIME, and not by TURNS.', `.actions.${key}`)]),
      ...(first !== null && !isTimed
        ? [about('first is of fights by TIME.', `.actions.${key}`)]
        : []),
      ...effects.flatMap(({ of, variable }, n) =>
        has(of === 'SELF' ? { speed, variables, actions } : other, variable)
          ? []
          : [about(`There is no variable ${variable}.`, `.actions.${key}.effects[${n}]`)],
      ),
    ]),
  ];
}

function repeated(path: string, list: readonly { key: string }[]): DefinitionFault[] {
  return list
    .filter(({ key }, n) => list.findIndex(one => one.key === key) !== n)
    .map(({ key }) => ({ path: `${path}.${key}`, message: 'There is another with this key.' }));
}
