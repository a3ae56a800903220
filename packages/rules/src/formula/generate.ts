import { ITEM_FUNCTIONS, type Node, type Operation, type Side } from './syntax.js';

/** Where generated code finds what formulas name. */
export interface Places {
  /** In the array of parameters. */
  parameters: ReadonlyMap<string, number>;
  textParameters: ReadonlySet<string>;
  /** In the array of stats. */
  stats: ReadonlyMap<string, number>;
  /** In the vector of an item: a number, 1 or 0, the id of a text, or the bits of a list, which is followed by its size. */
  attributes: ReadonlyMap<string, { place: number; type: 'number' | 'boolean' | 'text' | 'list' }>;
  /** In the array of tables, and which of its axes have texts. */
  tables: ReadonlyMap<string, { place: number; isText: readonly boolean[] }>;
  /** In the vector of an item: those that are summed up over all items, together. */
  sums: Set<number>;
  /** The number that stands for a text. */
  idOf(text: string): number;
}

/** What generated code begins with. `bad` becomes true where there is no value. */
export const PRELUDE = `'use strict';
  const { isNear, isLess, isAtMost, floor, ceil, truncate, round, roundHalfDown, quotient, softCap, clamp, random, randomWhole } = arithmetic;
  let bad = false;
  const known = v => { if (v !== v) bad = true; return v; };
  const finite = v => { if (v - v !== 0) bad = true; return v; };
  const divided = (a, b) => { if (b === 0) bad = true; return a / b; };
  const dividedWholly = (a, b) => { if (b === 0) bad = true; return quotient(a, b); };
  const remainder = (a, b) => { if (b === 0) bad = true; return a % b; };
  const hit = (chance, unit) => unit < chance;`;

/**
 * Writes a checked formula as JavaScript. What it consists of are operators, numbers and indexes of arrays: no text of an
 * author gets into it. The names that the code uses are those of `run` in compiled-rules.ts.
 */
export class Generator {
  /** Functions over items, by their code; each is made once. */
  readonly aggregates = new Map<string, string>();

  constructor(
    private readonly places: Places,
    /** In fights: the code for what a side has. */
    private readonly sideCode?: (side: Side, key: string) => string,
  ) {}

  code(node: Node): string {
    switch (node.kind) {
      case 'number':
      case 'boolean':
        return String(node.value);
      case 'text':
        return String(this.places.idOf(node.value));
      case 'parameter':
        return `P[${this.places.parameters.get(node.key)!}]`;
      case 'stat':
        return `known(S[${this.places.stats.get(node.key)!}])`;
      case 'attribute': {
        const { place, type } = this.places.attributes.get(node.key)!;
        if (type === 'boolean') return `(I[${place}] === 1)`;
        return type === 'number' ? `(I[${place}] || 0)` : `I[${place}]`; // NaN is what an item does not have
      }
      case 'item': {
        const place = `F.places[i * ${ITEM_FUNCTIONS.length} + ${ITEM_FUNCTIONS.indexOf(node.name)}]`;
        return node.name === 'sockets_match' ? `(${place} === 1)` : place;
      }
      case 'unary':
        return `(${node.operator === 'not' ? '!' : '-'}${this.code(node.operand)})`;
      case 'binary':
        return this.#binary(node);
      case 'call':
        return this.#call(node);
      case 'table': {
        const { place, isText } = this.places.tables.get(node.key)!;
        const keys = node.arguments.map((each, n) =>
          isText[n] ? `names[${this.code(each)}]` : this.#finite(each),
        );
        return `known(tables[${place}].find(${keys.join(', ')}))`;
      }
      case 'aggregate':
        return this.#aggregate(node);
      case 'side':
        return this.sideCode!(node.side, node.key);
      case 'fight': {
        const given = node.arguments.map(each => this.#finite(each));
        if (node.name === 'time') return 'time';
        if (node.name === 'chance') return `hit(${given[0]}, R())`;
        return `known(${node.name === 'random' ? 'random' : 'randomWhole'}(${given.join(', ')}, R()))`;
      }
    }
  }

  #binary({ operator, left, right }: Node & { kind: 'binary' }): string {
    // Each side is written once: twice on each level would be more than can be written.
    const plain = (symbol: string) => `(${this.code(left)} ${symbol} ${this.code(right)})`;
    switch (operator) {
      case 'and':
        return plain('&&');
      case 'or':
        return plain('||');
      case '+':
      case '-':
      case '*':
        return plain(operator);
      case '=':
      case '!=':
        if (!this.#isNumber(left)) return plain(operator === '=' ? '===' : '!==');
    }
    return CALLS[operator](this.#finite(left), this.#finite(right));
  }

  #call(node: Node & { kind: 'call' }): string {
    const given = node.arguments as [Node, Node, Node];
    const values = () => given.map(each => this.#finite(each)).join(', ');
    switch (node.name) {
      case 'if':
        return `(${this.code(given[0])} ? ${this.code(given[1])} : ${this.code(given[2])})`;
      case 'has':
        return `((I[${this.#placeOf(given[0])}] & bits(${this.#placeOf(given[0])}, ${this.code(given[1])})) !== 0)`;
      case 'size':
        return `I[${this.#placeOf(given[0]) + 1}]`;
      case 'abs':
      case 'max':
      case 'min':
        return `Math.${node.name}(${values()})`;
      case 'power':
        return `Math.pow(${values()})`;
      default:
        return `${NAMES[node.name]}(${values()})`;
    }
  }

  /** Of an attribute: all lists are. */
  #placeOf(node: Node): number {
    return this.places.attributes.get((node as Node & { kind: 'attribute' }).key)!.place;
  }

  #aggregate({ name, value, condition }: Node & { kind: 'aggregate' }): string {
    if (name === 'sum' && value?.kind === 'attribute' && !condition) {
      const { place } = this.places.attributes.get(value.key)!;
      this.places.sums.add(place);
      return `T[${place}]`;
    }
    const code = condition ? this.code(condition) : 'true';
    // What an item does not have is neither the highest nor the lowest, nor a factor.
    const place = value?.kind === 'attribute' ? this.places.attributes.get(value.key)!.place : null;
    const of = name === 'sum' || place === null ? value && this.#finite(value) : `I[${place}]`;
    const [start, step, end] = {
      sum: ['0', `r += ${of}`, 'r'],
      product: ['1', `if (${of} === ${of}) r *= ${of}`, 'r'],
      count: ['0', 'r++', 'r'],
      any: ['false', 'return true', 'r'],
      all: ['0', 'r++', 'r === F.count'],
      highest: ['-Infinity', `if (${of} > r) r = ${of}`, 'r === -Infinity ? 0 : r'],
      lowest: ['Infinity', `if (${of} < r) r = ${of}`, 'r === Infinity ? 0 : r'],
    }[name] as [string, string, string];
    const count = name === 'sum' || name === 'product' ? 'F.vectors.length' : 'F.count';
    const body = `let r = ${start}; for (let i = 0; i < ${count}; i++) { const I = F.vectors[i]; if (${code}) { ${step}; } } return ${end};`;
    const known = this.aggregates.get(body) ?? `a${this.aggregates.size}`;
    this.aggregates.set(body, known);
    return `${known}(F, P, S, T)`;
  }

  /** Where something infinite would not be noticed in the end: 1 / infinity is a mere 0. */
  #finite(node: Node): string {
    const code = this.code(node);
    const isSum = node.kind === 'aggregate' && (node.name === 'sum' || node.name === 'product');
    const isArithmetic = node.kind === 'binary' && '+-*/%'.includes(node.operator);
    return isSum ||
      isArithmetic ||
      node.kind === 'unary' ||
      isCallOf(node, 'power', 'if', 'quotient', 'soft_cap')
      ? `finite(${code})`
      : code;
  }

  #isNumber(node: Node): boolean {
    switch (node.kind) {
      case 'text':
        return false;
      case 'boolean':
        return false;
      case 'parameter':
        return !this.places.textParameters.has(node.key);
      case 'attribute':
        return this.places.attributes.get(node.key)!.type === 'number';
      case 'item':
        return node.name === 'copies';
      case 'unary':
        return node.operator === '-';
      case 'binary':
        return '+-*/%'.includes(node.operator);
      case 'call':
        return node.name === 'if' ? this.#isNumber(node.arguments[1]!) : node.name !== 'has';
      case 'aggregate':
        return node.name !== 'any' && node.name !== 'all';
      case 'fight':
        return node.name !== 'chance';
      default:
        return true;
    }
  }
}

const isCallOf = (node: Node, ...names: Operation[]) =>
  node.kind === 'call' && names.includes(node.name);

const CALLS = {
  '/': (a: string, b: string) => `divided(${a}, ${b})`,
  '%': (a: string, b: string) => `remainder(${a}, ${b})`,
  '=': (a: string, b: string) => `isNear(${a}, ${b})`,
  '!=': (a: string, b: string) => `!isNear(${a}, ${b})`,
  '<': (a: string, b: string) => `isLess(${a}, ${b})`,
  '<=': (a: string, b: string) => `isAtMost(${a}, ${b})`,
  '>': (a: string, b: string) => `isLess(${b}, ${a})`,
  '>=': (a: string, b: string) => `isAtMost(${b}, ${a})`,
};

const NAMES = {
  ceil: 'ceil',
  clamp: 'clamp',
  floor: 'floor',
  quotient: 'dividedWholly',
  round: 'round',
  round_half_down: 'roundHalfDown',
  soft_cap: 'softCap',
  truncate: 'truncate',
};
