import { compileFunction } from 'node:vm';
import type { CompiledRules } from '../compiled-rules.js';
import * as arithmetic from '../formula/arithmetic.js';
import { Generator, PRELUDE } from '../formula/generate.js';
import type { Side } from '../formula/syntax.js';
import type { FightDefinition, FightSide } from './fight-definition.js';
import { type Names, namesIn } from './fight-formulas.js';
import type { FightProgram } from './fight.js';

/** A fight as JavaScript. */
export interface CompiledFight {
  program: FightProgram;
  /** Whether something had no value since this was asked last: what was measured is worth nothing then. */
  wasBad(): boolean;
}

/**
 * Makes a fight into JavaScript: operators, numbers and indexes of arrays; no text of an author gets into it.
 *
 * @throws Error where a formula is wrong: `faultsOfRuleSet` tells which
 */
export function compileFight(compiled: CompiledRules, fight: FightDefinition): CompiledFight {
  const path = `fights.${fight.key}`;
  const names = namesIn(fight, compiled.rules);
  const codeOf = (at: string, sides: Names) => {
    const formula = compiled.formulas.get(`${path}.${at}`);
    if (!formula) throw new Error(`There is no formula ${path}.${at}.`);
    return new Generator(compiled.generation.places, sideCode(sides)).code(formula.node);
  };
  const ofSide = (at: 'build' | 'target', own: FightSide, other: FightSide) => {
    const sides = names[at];
    const called = (formula: string | null, rest: string, otherwise: string) =>
      formula === null ? otherwise : returning(codeOf(`${at}.${rest}`, sides));
    const begin = own.variables.map(
      ({ key }, n) =>
        `A.variables[${n}] = finite(${codeOf(`${at}.variables.${key}`, names.before(at, n))});`,
    );
    const actions = own.actions.map(({ key, every, first, condition, effects }) => {
      const act = effects.map(({ of, variable }, n) => {
        const list = (of === 'SELF' ? own : other).variables;
        const place = list.findIndex(one => one.key === variable);
        const value = codeOf(`${at}.actions.${key}.effects[${n}]`, sides);
        return `${of === 'SELF' ? 'A' : 'B'}.variables[${place}] = finite(${value});`;
      });
      return `{
        every: ${called(every, `actions.${key}.every`, '() => 0')},
        first: ${called(first, `actions.${key}.first`, '() => 0')},
        condition: ${called(condition, `actions.${key}.condition`, '() => true')},
        act: ${doing(act.join(' '))},
      }`;
    });
    const speed = called(own.speed, 'speed', 'null');
    return `{ begin: ${doing(begin.join(' '))}, speed: ${speed}, actions: [${actions.join(', ')}] }`;
  };
  const { build, target, end, measures } = fight;
  const first = ofSide('build', build, target ?? build);
  const second = target ? ofSide('target', target, build) : first;
  const measured = measures.map(({ key, type }) => {
    const value = codeOf(`measures.${key}`, names.build);
    return returning(type === 'CHANCE' ? `+${value}` : `finite(${value})`);
  });
  const source = `${PRELUDE}
    const program = {
      pace, limit,
      sides: [${first}, ${second}],
      isOver: ${end === null ? '() => false' : returning(codeOf('end', names.build))},
      measures: [${measured.join(', ')}],
    };
    return { program, wasBad() { const was = bad; bad = false; return was; } };`;
  const { tables, names: texts } = compiled.generation;
  const make = compileFunction(source, ['arithmetic', 'tables', 'names', 'pace', 'limit']);
  return make(arithmetic, tables, texts, fight.pace, fight.limit) as CompiledFight;
}

/** The code of a function as `FightCode` has it. */
const doing = (code: string) =>
  `(A, B, time, R) => { const S = A.stats; const P = A.parameters; ${code} }`;
const returning = (code: string) => doing(`return ${code};`);

function sideCode(names: Names) {
  return (side: Side, key: string): string => {
    const { variables, stats } = names[side];
    const letter = side === 'self' ? 'A' : 'B';
    const place = variables.indexOf(key);
    return place >= 0
      ? `${letter}.variables[${place}]`
      : `known(${letter}.stats[${stats.indexOf(key)}])`;
  };
}
