import {
  type Aggregate,
  AGGREGATES,
  type BinaryOperator,
  FIGHT_FUNCTIONS,
  type FightFunction,
  FormulaError,
  ITEM_FUNCTIONS,
  type Node,
  type Operation,
  OPERATIONS,
  SIDES,
} from './syntax.js';

const TEXT_LENGTH_MAX = 2_000;
const NODES_MAX = 300;
const DEPTH_MAX = 40;

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_-]*(?<!-))|'([^']*)'|(!=|<=|>=|[-+*/%=<>(),.]))/y;

interface Token {
  type: 'number' | 'name' | 'text' | 'symbol' | 'end';
  text: string;
  at: number;
  end: number;
}

const LEVELS: BinaryOperator[][] = [
  ['or'],
  ['and'],
  ['=', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];

const COMPARISONS = 2;

/** Without where it is, which the parser knows. */
type Parsed<N extends Node = Node> = N extends Node ? Omit<N, 'at' | 'end'> : never;

/**
 * Reads a formula (docs/rules.md has the grammar). There are no loops and no names to define, so every formula ends, in a
 * time that its length and the number of items bound.
 *
 * @throws FormulaError
 */
export function parseFormula(text: string): Node {
  if (text.length > TEXT_LENGTH_MAX) {
    throw new FormulaError(`A formula has ${TEXT_LENGTH_MAX} characters at most.`, TEXT_LENGTH_MAX);
  }
  const parser = new Parser(tokensOf(text));
  const node = parser.expression(0, 0);
  parser.expect('end');
  return node;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let from = 0; text.slice(from).trim() !== ''; from = TOKEN.lastIndex) {
    TOKEN.lastIndex = from;
    const match = TOKEN.exec(text);
    const at = from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
    if (!match) throw new FormulaError(`"${text[at]}" means nothing here.`, at);
    const [, number, name, quoted, symbol] = match;
    const end = TOKEN.lastIndex;
    if (number !== undefined) tokens.push({ type: 'number', text: number, at, end });
    else if (name !== undefined) tokens.push({ type: 'name', text: name, at, end });
    else if (quoted !== undefined) tokens.push({ type: 'text', text: quoted, at, end });
    else tokens.push({ type: 'symbol', text: symbol!, at, end });
  }
  return [...tokens, { type: 'end', text: '', at: text.length, end: text.length }];
}

class Parser {
  #next = 0;
  #nodes = 0;

  constructor(private readonly tokens: Token[]) {}

  expression(level: number, depth: number): Node {
    if (level === LEVELS.length) return this.#unary(depth);
    if (level === COMPARISONS && this.#peek().type === 'name' && this.#peek().text === 'not')
      return this.#unary(depth); // not 1 = 2: all of the comparison
    let left = this.expression(level + 1, depth);
    for (;;) {
      const token = this.#peek();
      const operator = LEVELS[level]!.find(each => token.type !== 'text' && each === token.text);
      if (!operator) return left;
      this.#next++;
      const right = this.expression(level + 1, depth + 1);
      left = this.#made({ kind: 'binary', operator, left, right }, left.at);
    }
  }

  expect(type: Token['type'], text = ''): Token {
    const token = this.#peek();
    if (token.type !== type || (text !== '' && token.text !== text)) {
      const wanted = text || (type === 'end' ? 'the end' : `a ${type}`);
      throw new FormulaError(
        `Here should be ${wanted}, and is ${token.text || 'the end'}.`,
        token.at,
      );
    }
    this.#next++;
    return token;
  }

  #unary(depth: number): Node {
    const { type, text, at } = this.#peek();
    if (depth > DEPTH_MAX)
      throw new FormulaError(`A formula is ${DEPTH_MAX} levels deep at most.`, at);
    if (type === 'text' || (text !== '-' && text !== 'not')) return this.#primary(depth);
    this.#next++;
    const operand =
      text === 'not' ? this.expression(COMPARISONS, depth + 1) : this.#unary(depth + 1);
    return this.#made({ kind: 'unary', operator: text, operand }, at);
  }

  #primary(depth: number): Node {
    const token = this.#peek();
    const { type, text, at } = token;
    this.#next++;
    if (type === 'number') {
      const value = Number(text);
      if (!Number.isFinite(value)) throw new FormulaError('This is larger than any number.', at);
      return this.#made({ kind: 'number', value }, at);
    }
    if (type === 'text') return this.#made({ kind: 'text', value: text }, at);
    if (text === 'true' || text === 'false')
      return this.#made({ kind: 'boolean', value: text === 'true' }, at);
    if (text === '(') {
      const inner = this.expression(0, depth + 1);
      this.expect('symbol', ')');
      return inner;
    }
    if (type === 'name' && this.#peek().text === '.') return this.#dotted(token, depth);
    if (type === 'name' && this.#peek().text === '(') return this.#call(token, depth);
    const what =
      text === '' ? 'The formula ends where a value should be.' : `"${text}" is no value.`;
    const hint =
      type === 'name'
        ? ` Did you mean param.${text}, stat.${text}, sum(${text}) or the text '${text}'?`
        : '';
    throw new FormulaError(what + hint, at);
  }

  #dotted({ text, at }: Token, depth: number): Node {
    this.expect('symbol', '.');
    const { text: key } = this.expect('name');
    if (isOneOf(SIDES, text)) return this.#made({ kind: 'side', side: text, key }, at);
    switch (text) {
      case 'param':
        return this.#made({ kind: 'parameter', key }, at);
      case 'stat':
        return this.#made({ kind: 'stat', key }, at);
      case 'item':
        return this.#made({ kind: 'attribute', key }, at);
      case 'table':
        return this.#made({ kind: 'table', key, arguments: this.#arguments(depth) }, at);
      default:
        throw new FormulaError(
          `There is no ${text}. There are: item, param, stat, table; in fights, self and other.`,
          at,
        );
    }
  }

  #call({ text: name, at }: Token, depth: number): Node {
    if (name === 'count_category') return this.#countCategory(at);
    if (isOneOf(AGGREGATES, name)) return this.#aggregate(name, at, depth);
    if (isOneOf(ITEM_FUNCTIONS, name)) {
      this.expect('symbol', '(');
      this.expect('symbol', ')');
      return this.#made({ kind: 'item', name }, at);
    }
    if (isFightFunction(name)) {
      const given = this.#arguments(depth);
      const number = FIGHT_FUNCTIONS[name];
      if (given.length !== number) throw new FormulaError(`${name} takes ${number} values.`, at);
      return this.#made({ kind: 'fight', name, arguments: given }, at);
    }
    if (!isOperation(name)) {
      const known = [OPERATIONS, FIGHT_FUNCTIONS]
        .flatMap(each => Object.keys(each))
        .concat(AGGREGATES, ITEM_FUNCTIONS)
        .sort();
      throw new FormulaError(`There is no function ${name}. There are: ${known.join(', ')}.`, at);
    }
    const values = this.#arguments(depth);
    const [least, most] = OPERATIONS[name];
    if (values.length < least || values.length > most) {
      const number = least === most ? least : `${least} to ${most}`;
      throw new FormulaError(`${name} takes ${number} values.`, at);
    }
    return this.#made({ kind: 'call', name, arguments: values }, at);
  }

  #arguments(depth: number): Node[] {
    this.expect('symbol', '(');
    const given: Node[] = [];
    while (!this.#isAt(')')) {
      if (given.length > 0) this.expect('symbol', ',');
      given.push(this.expression(0, depth + 1));
    }
    this.expect('symbol', ')');
    return given;
  }

  /** `sum(VALUE)`, `sum(VALUE, CONDITION)`, `count()`, `count(CONDITION)`. A name alone is an attribute, then a slot. */
  #aggregate(name: Aggregate, at: number, depth: number): Node {
    this.expect('symbol', '(');
    const takesValue = name !== 'count' && name !== 'any' && name !== 'all';
    let value: Node | null = null;
    let condition: Node | null = null;
    if (takesValue) value = this.#named('attribute') ?? this.expression(0, depth + 1);
    const goesOn = takesValue ? this.#isAt(',') : !this.#isAt(')');
    if (goesOn) {
      if (takesValue) this.expect('symbol', ',');
      condition = this.#named('slot') ?? this.expression(0, depth + 1);
    }
    this.expect('symbol', ')');
    if (!condition && (name === 'any' || name === 'all'))
      throw new FormulaError(`${name} is written ${name}(condition).`, at);
    return this.#made({ kind: 'aggregate', name, value, condition }, at);
  }

  #named(what: 'attribute' | 'slot'): Node | null {
    const { type, text, at } = this.#peek();
    const { text: behind } = this.tokens[this.#next + 1] ?? { text: '' };
    if (type !== 'name' || text === 'true' || text === 'false') return null;
    if (behind !== ',' && behind !== ')') return null;
    this.#next++;
    if (what === 'attribute') return this.#made({ kind: 'attribute', key: text }, at);
    const left = this.#made({ kind: 'item', name: 'slot' }, at);
    const right = this.#made({ kind: 'text', value: text }, at);
    return this.#made({ kind: 'binary', operator: '=', left, right }, at);
  }

  #countCategory(at: number): Node {
    this.expect('symbol', '(');
    const { text } = this.expect('text');
    const left = this.#made({ kind: 'item', name: 'category' }, at);
    const right = this.#made({ kind: 'text', value: text }, at);
    const condition = this.#made({ kind: 'binary', operator: '=', left, right }, at);
    this.expect('symbol', ')');
    return this.#made({ kind: 'aggregate', name: 'count', value: null, condition }, at);
  }

  #isAt(symbol: string): boolean {
    const { type, text } = this.#peek();
    return type === 'symbol' && text === symbol;
  }

  #peek(): Token {
    return this.tokens[this.#next]!;
  }

  #made(node: Parsed, at: number): Node {
    if (++this.#nodes > NODES_MAX)
      throw new FormulaError(`A formula has ${NODES_MAX} parts at most.`, at);
    return { ...node, at, end: this.tokens[this.#next - 1]!.end };
  }
}

function isOneOf<const T extends string>(list: readonly T[], name: string): name is T {
  return (list as readonly string[]).includes(name);
}

function isFightFunction(name: string): name is FightFunction {
  return Object.hasOwn(FIGHT_FUNCTIONS, name);
}

function isOperation(name: string): name is Operation {
  return Object.hasOwn(OPERATIONS, name);
}
