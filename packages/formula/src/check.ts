import { FormulaError, type Node } from './syntax.js';

export type FormulaType = 'number' | 'boolean';

/** The names that a formula may use. */
export interface Vocabulary {
  parameters: ReadonlySet<string>;
  stats: ReadonlySet<string>;
  slots: ReadonlySet<string>;
  /** Those that are numbers. */
  attributes: ReadonlySet<string>;
}

/** @throws FormulaError when the formula uses a name that there is not, or is not of the type */
export function checkFormula(node: Node, vocabulary: Vocabulary, expected: FormulaType): void {
  const type = typeOf(node, vocabulary);
  if (type !== expected)
    throw new FormulaError(`This is a ${type}, and should be a ${expected}.`, node.at);
}

function typeOf(node: Node, vocabulary: Vocabulary): FormulaType {
  const check = (inner: Node, expected: FormulaType) => checkFormula(inner, vocabulary, expected);
  const known = (names: ReadonlySet<string>, name: string | undefined, what: string) => {
    if (name !== undefined && !names.has(name))
      throw new FormulaError(`There is no ${what} ${name}.`, node.at);
  };
  switch (node.kind) {
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'parameter':
      known(vocabulary.parameters, node.key, 'parameter');
      return 'number';
    case 'stat':
      known(vocabulary.stats, node.key, 'stat');
      return 'number';
    case 'items':
      known(vocabulary.attributes, node.attribute, 'attribute that is a number and called');
      known(vocabulary.slots, node.slot, 'slot');
      return 'number';
    case 'unary': {
      const type = node.operator === 'not' ? 'boolean' : 'number';
      check(node.operand, type);
      return type;
    }
    case 'binary': {
      const { operator, left, right } = node;
      if (operator === '=' || operator === '!=') {
        check(right, typeOf(left, vocabulary));
        return 'boolean';
      }
      const operands = operator === 'and' || operator === 'or' ? 'boolean' : 'number';
      check(left, operands);
      check(right, operands);
      return '+-*/%'.includes(operator) ? 'number' : 'boolean';
    }
    case 'call': {
      if (node.name !== 'if') {
        for (const each of node.arguments) check(each, 'number');
        return 'number';
      }
      const [condition, yes, no] = node.arguments as [Node, Node, Node];
      check(condition, 'boolean');
      const type = typeOf(yes, vocabulary);
      check(no, type);
      return type;
    }
  }
}

/** The stats that a formula refers to. */
export function statsIn(node: Node): string[] {
  switch (node.kind) {
    case 'stat':
      return [node.key];
    case 'unary':
      return statsIn(node.operand);
    case 'binary':
      return [...statsIn(node.left), ...statsIn(node.right)];
    case 'call':
      return node.arguments.flatMap(statsIn);
    default:
      return [];
  }
}

/**
 * The keys of stats in an order in which each comes after those that its formula refers to.
 *
 * @throws FormulaError when some refer to each other in a circle
 */
export function orderStats(formulas: ReadonlyMap<string, Node>): string[] {
  const ordered: string[] = [];
  const states = new Map<string, 'open' | 'done'>();
  const visit = (key: string, path: string[]): void => {
    const node = formulas.get(key);
    if (!node || states.get(key) === 'done') return;
    if (states.get(key) === 'open') {
      const circle = [...path.slice(path.indexOf(key)), key].join(' → ');
      throw new FormulaError(`These stats refer to each other in a circle: ${circle}.`, node.at);
    }
    states.set(key, 'open');
    for (const inner of statsIn(node)) visit(inner, [...path, key]);
    states.set(key, 'done');
    ordered.push(key);
  };
  for (const key of formulas.keys()) visit(key, []);
  return ordered;
}
