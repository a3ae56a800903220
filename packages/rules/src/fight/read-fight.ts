import type { CompiledRules } from '../compiled-rules.js';
import { explain } from '../formula/explain.js';
import { FormulaError } from '../formula/syntax.js';
import type { FightDefinition, FightSide } from './fight-definition.js';
import { type Names, namesIn } from './fight-formulas.js';
import { type FightCode, FightProblem, type FightProgram, type SideState } from './fight.js';

/**
 * A fight whose formulas are read anew each time: slower than the compiled one by far, and by code of its own, so that
 * each can be held against the other (fight.test.ts). Where something has no value it tells what, and why.
 */
export function readFight(compiled: CompiledRules, fight: FightDefinition): FightProgram {
  const names = namesIn(fight, compiled.rules);
  const reader = new FightReader(compiled, `fights.${fight.key}`);
  const ofSide = (at: 'build' | 'target', own: FightSide, other: FightSide) => {
    const number = (rest: string, sides = names[at]) => reader.code<number>(`${at}.${rest}`, sides);
    const begin = own.variables.map(({ key }, n) =>
      number(`variables.${key}`, names.before(at, n)),
    );
    return {
      begin: (...[self, ...rest]: Parameters<FightCode<void>>) => {
        for (const [n, start] of begin.entries()) self.variables[n] = start(self, ...rest);
      },
      speed: own.speed === null ? null : number('speed'),
      actions: own.actions.map(({ key, every, first, condition, effects }) => {
        const changes = effects.map(({ of, variable }, n) => {
          const list = (of === 'SELF' ? own : other).variables;
          const place = list.findIndex(one => one.key === variable);
          return { of, place, value: number(`actions.${key}.effects[${n}]`) };
        });
        return {
          every: every === null ? () => 0 : number(`actions.${key}.every`),
          first: first === null ? () => 0 : number(`actions.${key}.first`),
          condition:
            condition === null
              ? () => true
              : reader.code<boolean>(`${at}.actions.${key}.condition`, names[at]),
          act: (...[self, foe, ...rest]: Parameters<FightCode<void>>) => {
            for (const { of, place, value } of changes)
              (of === 'SELF' ? self : foe).variables[place] = value(self, foe, ...rest);
          },
        };
      }),
    };
  };
  const { pace, limit, build, target, end, measures } = fight;
  const first = ofSide('build', build, target ?? build);
  return {
    ...{ pace, limit },
    sides: [first, target ? ofSide('target', target, build) : first],
    isOver: end === null ? () => false : reader.code<boolean>('end', names.build),
    measures: measures.map(({ key }) => {
      const value = reader.code<number | boolean>(`measures.${key}`, names.build);
      return (...given) => Number(value(...given));
    }),
  };
}

class FightReader {
  constructor(
    private readonly compiled: CompiledRules,
    private readonly path: string,
  ) {}

  code<Value extends number | boolean>(at: string, names: Names): FightCode<Value> {
    const path = `${this.path}.${at}`;
    const { node, text } = this.compiled.formulas.get(path)!;
    return (self, other, time, unit) => {
      const environment = {
        ...{ items: [], zeros: new Map<string, never>(), tables: this.compiled.tables },
        ...{ parameters: this.#parametersOf(self), stats: this.#statsOf(self) },
        fight: {
          ...{ time, unit },
          valueOf: (side: 'self' | 'other', key: string) => {
            const state = side === 'self' ? self : other;
            const place = names[side].variables.indexOf(key);
            return place >= 0 ? state.variables[place] : this.#statsOf(state).get(key);
          },
        },
      };
      try {
        return explain(node, text, environment).value as Value;
      } catch (error) {
        if (error instanceof FormulaError) throw new FightProblem(`${path}: ${error.message}`);
        throw error;
      }
    };
  }

  #parametersOf({ parameters }: SideState): Map<string, number | string> {
    const { names } = this.compiled.generation;
    return new Map(
      this.compiled.rules.parameters.map(({ key, values }, n) => {
        const value = parameters[n]!;
        return [key, values.length > 0 ? (names[value] ?? '') : value];
      }),
    );
  }

  #statsOf({ stats }: SideState): Map<string, number> {
    const all = this.compiled.rules.stats.map(({ key }, n): [string, number] => [key, stats[n]!]);
    return new Map(all.filter(([, value]) => !Number.isNaN(value)));
  }
}
