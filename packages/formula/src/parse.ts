import {
  type BinaryOperator,
  FormulaError,
  ITEM_FUNCTIONS,
  type ItemFunction,
  MATH_FUNCTIONS,
  type MathFunction,
  type Node,
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
}

/** From the loosest to the tightest. */
const LEVELS: BinaryOperator[][] = [
  ['or'],
  ['and'],
  ['=', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];

/**
 * Reads a formula. There are numbers, `+ - * / %`, comparisons, `and or not`, `param.level`, `stat.strength`,
 * functions of numbers and functions over items (syntax.ts). There are no loops and no names to define, so every
 * formula ends, in a time that its length bounds.
 *
 * @throws FormulaError
 */
export function parseFormula(text: string): Node {
  if (text.length > TEXT_LENGTH_MAX) {
    throw new FormulaError(`A formula has ${TEXT_LENGTH_MAX} characters at most.`, TEXT_LENGTH_MAX);
  }
  const parser = new Parser(tokensOf(text));
  const node = parser.expression(0, 0);
  parser.expect('end', '');
  return node;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let from = 0; text.slice(from).trim() !== ''; from = TOKEN.lastIndex) {
    TOKEN.lastIndex = from;
    const match = TOKEN.exec(text);
    const start = from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
    if (!match) throw new FormulaError(`"${text[start]}" means nothing here.`, start);
    const [, number, name, quoted, symbol] = match;
    if (number !== undefined) tokens.push({ type: 'number', text: number, at: start });
    else if (name !== undefined) tokens.push({ type: 'name', text: name, at: start });
    else if (quoted !== undefined) tokens.push({ type: 'text', text: quoted, at: start });
    else tokens.push({ type: 'symbol', text: symbol!, at: start });
  }
  return [...tokens, { type: 'end', text: '', at: text.length }];
}

class Parser {
  #next = 0;
  #nodes = 0;

  constructor(private readonly tokens: Token[]) {}

  expression(level: number, depth: number): Node {
    if (level === LEVELS.length) return this.#unary(depth);
    let left = this.expression(level + 1, depth);
    for (;;) {
      const { text, at } = this.#peek();
      const operator = LEVELS[level]!.find(each => each === text);
      if (!operator) return left;
      this.#next++;
      left = this.#made({
        kind: 'binary',
        operator,
        left,
        right: this.expression(level + 1, depth + 1),
        at,
      });
    }
  }

  expect(type: Token['type'], text: string): Token {
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
    if (depth > DEPTH_MAX)
      throw new FormulaError(`A formula is ${DEPTH_MAX} levels deep at most.`, this.#peek().at);
    const { text, at } = this.#peek();
    if (text !== '-' && text !== 'not') return this.#primary(depth);
    this.#next++;
    return this.#made({ kind: 'unary', operator: text, operand: this.#unary(depth + 1), at });
  }

  #primary(depth: number): Node {
    const token = this.#peek();
    const { type, text, at } = token;
    this.#next++;
    if (type === 'number') {
      if (!Number.isFinite(Number(text)))
        throw new FormulaError('This is larger than any number.', at);
      return this.#made({ kind: 'number', value: Number(text), at });
    }
    if (text === 'true' || text === 'false')
      return this.#made({ kind: 'boolean', value: text === 'true', at });
    if (text === '(') {
      const inner = this.expression(0, depth + 1);
      this.expect('symbol', ')');
      return inner;
    }
    if (text === 'param' || text === 'stat') {
      this.expect('symbol', '.');
      const key = this.expect('name', '').text;
      return this.#made({ kind: text === 'param' ? 'parameter' : 'stat', key, at });
    }
    if (type === 'name' && this.#peek().text === '(') return this.#call(token, depth);
    const what =
      text === '' ? 'The formula ends where a value should be.' : `"${text}" is no value.`;
    const hint =
      type === 'name' ? ` Did you mean param.${text}, stat.${text} or sum(${text})?` : '';
    throw new FormulaError(what + hint, at);
  }

  #call({ text: name, at }: Token, depth: number): Node {
    this.expect('symbol', '(');
    if (isItemFunction(name)) return this.#overItems(name, at);
    if (!isMathFunction(name)) {
      const known = [...Object.keys(MATH_FUNCTIONS), ...ITEM_FUNCTIONS].sort().join(', ');
      throw new FormulaError(`There is no function ${name}. There are: ${known}.`, at);
    }
    const given: Node[] = [];
    while (this.#peek().text !== ')') {
      if (given.length > 0) this.expect('symbol', ',');
      given.push(this.expression(0, depth + 1));
    }
    this.expect('symbol', ')');
    const [least, most] = MATH_FUNCTIONS[name];
    if (given.length < least || given.length > most) {
      throw new FormulaError(
        `${name} takes ${least === most ? least : `${least} to ${most}`} values.`,
        at,
      );
    }
    return this.#made({ kind: 'call', name, arguments: given, at });
  }

  #overItems(name: ItemFunction, at: number): Node {
    const names: string[] = [];
    const wantsText = name === 'count_category';
    while (this.#peek().text !== ')') {
      if (names.length > 0) this.expect('symbol', ',');
      names.push(this.expect(wantsText ? 'text' : 'name', '').text);
    }
    this.expect('symbol', ')');
    const [first, second] = names;
    if (wantsText && names.length === 1)
      return this.#made({ kind: 'items', name, category: first!, at });
    if (name === 'count' && names.length <= 1) {
      return this.#made({ kind: 'items', name, ...(first !== undefined && { slot: first }), at });
    }
    if (!wantsText && name !== 'count' && names.length >= 1 && names.length <= 2) {
      return this.#made({
        kind: 'items',
        name,
        attribute: first!,
        ...(second !== undefined && { slot: second }),
        at,
      });
    }
    const forms = { count: '() or (slot)', count_category: "('Category')" } as Record<
      string,
      string
    >;
    throw new FormulaError(
      `${name} is written ${name}${forms[name] ?? '(attribute) or (attribute, slot)'}.`,
      at,
    );
  }

  #peek(): Token {
    return this.tokens[this.#next]!;
  }

  #made(node: Node): Node {
    if (++this.#nodes > NODES_MAX)
      throw new FormulaError(`A formula has ${NODES_MAX} parts at most.`, node.at);
    return node;
  }
}

function isItemFunction(name: string): name is ItemFunction {
  return (ITEM_FUNCTIONS as readonly string[]).includes(name);
}

function isMathFunction(name: string): name is MathFunction {
  return Object.hasOwn(MATH_FUNCTIONS, name);
}
