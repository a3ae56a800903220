import { FormulaError, type Node, type Side } from './syntax.js';

/** What a value is. Of texts, and of what lists consist of, which there are; null where any may come. */
export type Type =
  | { type: 'number' | 'boolean' }
  | { type: 'text' | 'list'; values: ReadonlySet<string> | null };

/** The axes of a table: what each of its values is looked up by. */
export type Axis = Type & { type: 'number' | 'text' };

/** The names that a formula may use. */
export interface Vocabulary {
  parameters: ReadonlyMap<string, Type>;
  stats: ReadonlySet<string>;
  slots: ReadonlySet<string>;
  /** Those of items. */
  attributes: ReadonlyMap<string, Type>;
  tables: ReadonlyMap<string, readonly Axis[]>;
  /** Of a formula of a fight: what each side has, by variables and stats. */
  fight?: Readonly<Record<Side, ReadonlySet<string>>>;
}

const NUMBER: Type = { type: 'number' };
const BOOLEAN: Type = { type: 'boolean' };

/**
 * Refuses a formula that uses a name that there is not, or that is not of the type.
 *
 * @param scope `item` where the formula is about one item: a rule for items
 * @throws FormulaError
 */
export function checkFormula(
  node: Node,
  vocabulary: Vocabulary,
  expected: 'number' | 'boolean',
  scope: 'build' | 'item' = 'build',
): void {
  new Checker(vocabulary).check(node, expected, scope === 'item');
}

class Checker {
  constructor(private readonly vocabulary: Vocabulary) {}

  check(node: Node, expected: Type['type'], isOfItem: boolean): Type {
    const type = this.#typeOf(node, isOfItem);
    if (type.type !== expected)
      throw new FormulaError(
        `This is a ${WORDS[type.type]}, and should be a ${WORDS[expected]}.`,
        node.at,
      );
    return type;
  }

  #typeOf(node: Node, isOfItem: boolean): Type {
    const { parameters, stats, slots, attributes, fight } = this.vocabulary;
    if (fight && OF_ITEMS.has(node.kind))
      throw new FormulaError('A fight sees no items: make a stat of this.', node.at);
    switch (node.kind) {
      case 'number':
        return NUMBER;
      case 'boolean':
        return BOOLEAN;
      case 'text':
        return { type: 'text', values: new Set([node.value]) };
      case 'parameter':
        return known(parameters, node.key, 'parameter', node);
      case 'stat':
        if (!stats.has(node.key)) throw unknown('stat', node.key, stats, node);
        return NUMBER;
      case 'attribute':
        if (!isOfItem) throw outsideOfItems(`item.${node.key}`, node);
        return known(attributes, node.key, 'attribute', node);
      case 'item':
        if (!isOfItem) throw outsideOfItems(`${node.name}()`, node);
        if (node.name === 'copies') return NUMBER;
        if (node.name === 'sockets_match') return BOOLEAN;
        return { type: 'text', values: node.name === 'slot' ? slots : null };
      case 'unary': {
        const type = node.operator === 'not' ? 'boolean' : 'number';
        return this.check(node.operand, type, isOfItem);
      }
      case 'binary':
        return this.#binary(node, isOfItem);
      case 'call':
        return this.#call(node, isOfItem);
      case 'table': {
        const axes = known(this.vocabulary.tables, node.key, 'table', node);
        if (node.arguments.length !== axes.length)
          throw new FormulaError(`table.${node.key} takes ${axes.length} values.`, node.at);
        for (const [n, argument] of node.arguments.entries()) {
          const axis = axes[n]!;
          if (axis.type === 'number') this.check(argument, 'number', isOfItem);
          else comparable(axis, this.check(argument, 'text', isOfItem), argument);
        }
        return NUMBER;
      }
      case 'aggregate': {
        const { name, value, condition } = node;
        if (value) this.check(value, 'number', true);
        if (condition) this.check(condition, 'boolean', true);
        return name === 'any' || name === 'all' ? BOOLEAN : NUMBER;
      }
      case 'side': {
        const { side, key } = node;
        if (!fight) throw outsideOfFights(`${side}.${key}`, node);
        if (!fight[side].has(key)) throw unknown('variable or stat', key, fight[side], node);
        return NUMBER;
      }
      case 'fight':
        if (!fight) throw outsideOfFights(`${node.name}()`, node);
        for (const each of node.arguments) this.check(each, 'number', isOfItem);
        return node.name === 'chance' ? BOOLEAN : NUMBER;
    }
  }

  #binary(node: Node & { kind: 'binary' }, isOfItem: boolean): Type {
    const { operator, left, right } = node;
    if (operator === '=' || operator === '!=') {
      const type = this.#typeOf(left, isOfItem);
      if (type.type === 'list')
        throw new FormulaError('Ask of a list whether it has something: has(list, text).', left.at);
      comparable(type, this.check(right, type.type, isOfItem), right);
      return BOOLEAN;
    }
    const operands = operator === 'and' || operator === 'or' ? 'boolean' : 'number';
    this.check(left, operands, isOfItem);
    this.check(right, operands, isOfItem);
    return '+-*/%'.includes(operator) ? NUMBER : BOOLEAN;
  }

  #call(node: Node & { kind: 'call' }, isOfItem: boolean): Type {
    const [first, second, third] = node.arguments as [Node, Node, Node];
    switch (node.name) {
      case 'if': {
        this.check(first, 'boolean', isOfItem);
        const type = this.#typeOf(second, isOfItem);
        const other = this.check(third, type.type, isOfItem);
        if (!('values' in type) || !('values' in other)) return type;
        if (!type.values || !other.values) return { ...type, values: null };
        return { ...type, values: new Set([...type.values, ...other.values]) };
      }
      case 'has': {
        const list = this.check(first, 'list', isOfItem);
        comparable(list, this.check(second, 'text', isOfItem), second);
        return BOOLEAN;
      }
      case 'size':
        this.check(first, 'list', isOfItem);
        return NUMBER;
      default:
        for (const each of node.arguments) this.check(each, 'number', isOfItem);
        return NUMBER;
    }
  }
}

const OF_ITEMS: ReadonlySet<Node['kind']> = new Set(['attribute', 'item', 'aggregate']);

const WORDS = { number: 'number', boolean: 'boolean', text: 'text', list: 'list' };

/** A text that the other side never is would be a slip of the pen. */
function comparable(left: Type, right: Type, at: Node): void {
  if (!('values' in left) || !('values' in right) || !left.values || !right.values) return;
  for (const value of right.values) if (left.values.has(value)) return;
  const quoted = (values: ReadonlySet<string>) =>
    [...values].map(each => `'${each}'`).join(', ') || 'none';
  throw new FormulaError(
    `This is never so: on one side are ${quoted(left.values)}, on the other ${quoted(right.values)}.`,
    at.at,
  );
}

function known<T>(names: ReadonlyMap<string, T>, key: string, what: string, { at }: Node): T {
  const found = names.get(key);
  if (found === undefined) throw unknown(what, key, new Set(names.keys()), { at });
  return found;
}

function unknown(what: string, key: string, names: ReadonlySet<string>, { at }: { at: number }) {
  const near = [...names].filter(name => isNear(name, key)).slice(0, 3);
  const hint = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
  return new FormulaError(`There is no ${what} ${key}.${hint}`, at);
}

/** Alike but for case, or a letter that is wrong, missing or too much. */
function isNear(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  let behind = 0;
  const rest = Math.min(a.length, b.length) - from;
  while (behind < rest && a.at(-1 - behind) === b.at(-1 - behind)) behind++;
  return Math.max(a.length, b.length) - from - behind <= 1;
}

function outsideOfItems(what: string, { at }: Node): FormulaError {
  return new FormulaError(
    `${what} is of one item: use it within sum(), count() and the like, or in a rule for items.`,
    at,
  );
}

function outsideOfFights(what: string, { at }: Node): FormulaError {
  return new FormulaError(`${what} is of a fight: only formulas of fights know it.`, at);
}

/** The parts of a formula, below one. */
export function partsOf(node: Node): Node[] {
  switch (node.kind) {
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'call':
    case 'table':
    case 'fight':
      return node.arguments;
    case 'aggregate':
      return [node.value, node.condition].filter(part => part !== null);
    default:
      return [];
  }
}

/** The stats that a formula refers to. */
export function statsIn(node: Node): string[] {
  if (node.kind === 'stat') return [node.key];
  return partsOf(node).flatMap(statsIn);
}

/** As often a table of 10,000 is halved until a key is found. */
const TABLE_STEPS = 14;

/** The most steps that working a formula out takes, of a build with so many items. */
export function costOf(node: Node, items: number): number {
  const parts = partsOf(node).reduce((sum, part) => sum + costOf(part, items), 0);
  if (node.kind === 'aggregate') return 1 + items * (1 + parts);
  return parts + (node.kind === 'table' ? TABLE_STEPS : 1);
}
