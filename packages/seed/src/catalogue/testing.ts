import {
  checkFormula,
  evaluate,
  type Node,
  orderStats,
  parseFormula,
  type Vocabulary,
} from '@gamegraph/formula';
import type { BuildableData, BuildIdea } from './catalogue.js';

const keysOf = (list: { key: string }[]) => new Set(list.map(({ key }) => key));

/** Reads and checks all formulas of a game. @throws FormulaError */
export function formulasOf({ definitions }: BuildableData) {
  const { attributes, parameters, slots, stats, rules } = definitions;
  const vocabulary: Vocabulary = {
    ...{ parameters: keysOf(parameters), stats: keysOf(stats), slots: keysOf(slots) },
    attributes: keysOf(attributes.filter(({ type }) => ['INTEGER', 'DECIMAL'].includes(type))),
  };
  const read = (list: { key: string; formula: string }[], type: 'number' | 'boolean') =>
    list.map(({ key, formula }): [string, Node] => {
      const node = parseFormula(formula);
      checkFormula(node, vocabulary, type);
      return [key, node];
    });
  const nodes = new Map(read(stats, 'number'));
  const ordered = orderStats(nodes).map((key): [string, Node] => [key, nodes.get(key)!]);
  return { stats: new Map(ordered), rules: new Map(read(rules, 'boolean')) };
}

/** The stats of builds of a game, and the keys of the rules that they break; as `builds` works them out. */
export function calculatorOf(data: BuildableData) {
  const { stats: statFormulas, rules } = formulasOf(data);
  const byKey = new Map(data.items.map(item => [item.key, item]));
  return (build: Pick<BuildIdea, 'items' | 'parameters'>) => {
    const defaults = data.definitions.parameters.map(({ key, defaultValue }) => [
      key,
      defaultValue,
    ]);
    const chosen = build.parameters.map(({ key, value }) => [key, value]);
    const items = build.items.map(({ slot, key }) => ({ slot, ...byKey.get(key)! }));
    const parameters = new Map([...defaults, ...chosen] as [string, number][]);
    const stats = new Map<string, number>();
    const environment = { items, parameters, stats };
    for (const [key, node] of statFormulas) stats.set(key, Number(evaluate(node, environment)));
    const broken = [...rules].filter(([, node]) => evaluate(node, environment) === false);
    return { stats: Object.fromEntries(stats), broken: broken.map(([key]) => key) };
  };
}
