import { FormulaError, type Node } from './syntax.js';

/** An item in a slot, as formulas see it. */
export interface EquippedItem {
  slot: string;
  category: string;
  attributes: Readonly<Record<string, number | boolean | string>>;
}

/** What a formula is about. */
export interface Environment {
  items: readonly EquippedItem[];
  parameters: ReadonlyMap<string, number>;
  /** Those that were worked out before (`orderStats`). */
  stats: ReadonlyMap<string, number>;
}

/**
 * The value of a formula that `checkFormula` has passed. Numbers are IEEE doubles: whole ones are exact up to 2^53.
 *
 * @throws FormulaError when there is none: a division by zero, a result beyond all bounds, a stat that has none itself
 */
export function evaluate(node: Node, environment: Environment): number | boolean {
  switch (node.kind) {
    case 'number':
    case 'boolean':
      return node.value;
    case 'parameter':
      return known(environment.parameters.get(node.key), `The parameter ${node.key}`, node);
    case 'stat':
      return known(environment.stats.get(node.key), `The stat ${node.key}`, node);
    case 'items':
      return overItems(node, environment.items);
    case 'unary': {
      const value = evaluate(node.operand, environment);
      return node.operator === 'not' ? !value : -Number(value);
    }
    case 'binary':
      return binary(node, environment);
    case 'call':
      return call(node, environment);
  }
}

function binary(node: Node & { kind: 'binary' }, environment: Environment): number | boolean {
  const { operator } = node;
  const left = evaluate(node.left, environment);
  if (operator === 'and') return left === true && evaluate(node.right, environment);
  if (operator === 'or') return left === true || evaluate(node.right, environment);
  const right = evaluate(node.right, environment);
  const [a, b] = [Number(left), Number(right)];
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '+':
      return finite(a + b, node);
    case '-':
      return finite(a - b, node);
    case '*':
      return finite(a * b, node);
    case '/':
    case '%':
      if (b === 0) throw new FormulaError('This divides by zero.', node.at);
      return finite(operator === '/' ? a / b : a % b, node);
  }
}

function call(node: Node & { kind: 'call' }, environment: Environment): number | boolean {
  if (node.name === 'if') {
    const [condition, yes, no] = node.arguments as [Node, Node, Node];
    return evaluate(evaluate(condition, environment) ? yes : no, environment); // only the branch that is taken
  }
  const values = node.arguments.map(each => Number(evaluate(each, environment)));
  const [first = 0, low = 0, high = 0] = values;
  switch (node.name) {
    case 'abs':
      return Math.abs(first);
    case 'ceil':
      return Math.ceil(first);
    case 'clamp':
      return Math.min(Math.max(first, low), high);
    case 'floor':
      return Math.floor(first);
    case 'max':
      return Math.max(...values);
    case 'min':
      return Math.min(...values);
    case 'round':
      return Math.sign(first) * Math.round(Math.abs(first)); // halves away from zero
  }
}

function overItems(node: Node & { kind: 'items' }, items: readonly EquippedItem[]): number {
  const { name, attribute, slot, category } = node;
  const chosen = items.filter(
    item =>
      (slot === undefined || item.slot === slot) &&
      (category === undefined || item.category === category),
  );
  if (attribute === undefined) return chosen.length;
  const values = chosen
    .map(item => item.attributes[attribute])
    .filter(value => typeof value === 'number');
  if (name === 'sum')
    return finite(
      values.reduce((sum, value) => sum + value, 0),
      node,
    );
  if (values.length === 0) return 0; // nothing has it
  return name === 'highest' ? Math.max(...values) : Math.min(...values);
}

function known(value: number | undefined, what: string, node: Node): number {
  if (value === undefined) throw new FormulaError(`${what} has no value.`, node.at);
  return value;
}

function finite(value: number, node: Node): number {
  if (!Number.isFinite(value)) throw new FormulaError('This is larger than any number.', node.at);
  return value;
}
