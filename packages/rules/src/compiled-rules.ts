import { compileFunction } from 'node:vm';
import * as arithmetic from './formula/arithmetic.js';
import { Generator, type Places, PRELUDE } from './formula/generate.js';
import { ITEM_FUNCTIONS, type ItemFunction, type Node } from './formula/syntax.js';
import { Table } from './formula/table.js';
import { partsOf } from './formula/types.js';
import { listOf } from './placements.js';
import {
  type CheckedFormulas,
  type DefinitionFault,
  inOrderOfNeed,
  isNumeric,
  readFormulas,
} from './rule-faults.js';
import {
  type AttributeValue,
  type Content,
  type ModifierDefinition,
  type RuleItem,
  type Rounding,
  type RuleSet,
  settingsOf,
  type StatDefinition,
} from './rule-set.js';

/** A build, as generated code reads it. */
export interface Frame {
  /** How many items there are: what a sensitivity adds is behind these, and only sums see it. */
  count: number;
  vectors: Float64Array[];
  /** Of each item, what `ITEM_FUNCTIONS` say, in their order: ids of texts, a number, and 1 or 0. */
  places: Int32Array;
  parameters: Float64Array;
}

/** What generated code consists of: fills `S`, and says whether a rule holds; undefined where that cannot be told. */
interface Program {
  /** The stats of a build, in the order of the definitions; NaN for those that have no value. */
  stats(frame: Frame, into: Float64Array): void;
  /** For a rule that is about items, of the item at `i`. */
  holds(rule: number, frame: Frame, stats: Float64Array, i: number): boolean | undefined;
}

/**
 * A rule set, ready for builds: its formulas are made into JavaScript once, and each item is read once. A formula that is
 * wrong takes down what refers to it, and nothing else; `faults` tells what is wrong.
 */
export class CompiledRules {
  readonly formulas: CheckedFormulas;
  readonly faults: readonly DefinitionFault[];
  /** The keys of stats, each after those that it needs. Those in a circle are left out. */
  readonly order: readonly string[];
  readonly circle: readonly string[] | undefined;
  readonly tables: ReadonlyMap<string, Table>;
  readonly #places: Places;
  readonly #width: number;
  readonly #ids = new Map<string, number>([['', 0]]);
  readonly #items = new WeakMap<RuleItem, ReadItem>();
  /** What formulas ask of items: what none does is not looked for. */
  readonly #asks: Record<ItemFunction, boolean>;
  readonly #program: Program;
  /** Many builds in turn have the same ones. */
  #last: { settings: Content['parameters']; parameters: Float64Array } | undefined;

  constructor(readonly rules: RuleSet) {
    const { formulas, faults } = readFormulas(rules);
    const { order, circle } = inOrderOfNeed(rules, formulas);
    this.formulas = formulas;
    this.faults = faults;
    this.order = order;
    this.circle = circle;
    this.tables = new Map(
      rules.tables.map(({ key, axes, values }) => [key, new Table(key, axes, values)]),
    );
    for (const { values } of [...rules.attributes, ...rules.parameters])
      for (const value of values) this.#idOf(value);
    for (const { key } of rules.slots) this.#idOf(key);
    const attributes: [string, { place: number; type: 'number' | 'boolean' | 'text' | 'list' }][] =
      [];
    let width = 0;
    for (const { key, type } of rules.attributes) {
      attributes.push([key, { place: width, type: KINDS[type] }]);
      width += type === 'LIST' ? 2 : 1;
    }
    this.#width = width;
    this.#places = {
      parameters: placesOf(rules.parameters),
      textParameters: new Set(
        rules.parameters.filter(({ values }) => values.length > 0).map(({ key }) => key),
      ),
      stats: placesOf(rules.stats),
      attributes: new Map(attributes),
      tables: new Map(
        rules.tables.map(({ key, axes }, place) => [
          key,
          { place, isText: axes.map(({ texts }) => texts.length > 0) },
        ]),
      ),
      sums: new Set(),
      idOf: text => this.#idOf(text),
    };
    this.#asks = asksOf([...formulas.values()].map(({ node }) => node));
    this.#program = this.#generate();
  }

  /** What code that is generated from formulas is made with: where names are, its tables, and the texts by their ids. */
  get generation(): { places: Places; tables: Table[]; names: string[] } {
    const names = [...this.#ids.keys()];
    return { places: this.#places, tables: [...this.tables.values()], names };
  }

  /** The stats of a build, in the order of the definitions; NaN for those that have no value. */
  stats(frame: Frame, into = new Float64Array(this.rules.stats.length)): Float64Array {
    this.#program.stats(frame, into);
    return into;
  }

  /** Whether the rule of that number holds of a build, or of its item at `i`; undefined where that cannot be told. */
  holds(rule: number, frame: Frame, stats: Float64Array, i = 0): boolean | undefined {
    return this.#program.holds(rule, frame, stats, i);
  }

  /** What was removed from the game, and what there is not, counts for nothing. */
  frameOf({ placements, parameters }: Content, extra: readonly Float64Array[] = []): Frame {
    const vectors: Float64Array[] = [];
    const places = new Int32Array((placements.length + extra.length) * ITEM_FUNCTIONS.length);
    const reads = this.#readAll(placements);
    const copies = this.#asks.copies ? copiesOf(placements) : undefined;
    const matches = this.#asks.sockets_match ? matchesOf(placements, reads) : undefined;
    let at = 0;
    for (let n = 0; n < placements.length; n++) {
      const read = reads[n];
      if (!read) continue;
      const { slot, item } = placements[n]!;
      vectors.push(read.vector);
      places[at++] = this.#ids.get(slot) ?? -1;
      places[at++] = read.category;
      places[at++] = read.key;
      places[at++] = copies?.get(item!.key) ?? 0;
      places[at++] = matches?.[n] ? 1 : 0;
    }
    const count = vectors.length;
    vectors.push(...extra);
    return { count, vectors, places, parameters: this.#parametersOf(parameters) };
  }

  /** Of each placement, whether its item has sockets, and each holds what matches it. */
  socketMatches({ placements }: Pick<Content, 'placements'>): boolean[] {
    return matchesOf(placements, this.#readAll(placements));
  }

  /** Nothing for what is not in the game. */
  #readAll(placements: Content['placements']): (ReadItem | undefined)[] {
    return placements.map(one => (isPresent(one) ? this.#read(one.item) : undefined));
  }

  #read(item: RuleItem): ReadItem {
    const known = this.#items.get(item);
    if (known) return known;
    const idOf = (text: string) => this.#ids.get(text) ?? -1;
    const kinds = this.rules.slots.filter(({ socketsOf }) => socketsOf !== null);
    const read = {
      ...{ vector: this.#vectorOf(item), category: idOf(item.category), key: idOf(item.key) },
      sockets: kinds.flatMap(({ key: slot, socketsOf, matchedBy }) =>
        listOf(item, socketsOf).map((socket, index) => ({
          ...{ slot, index },
          bit: matchedBy === null ? 1 : this.#bitIn(matchedBy, socket),
        })),
      ),
      matches: kinds
        .filter(({ key }) => item.slots.includes(key))
        .map(({ key: slot, matchedBy }) => ({
          slot,
          bits:
            matchedBy === null
              ? 1
              : listOf(item, matchedBy).reduce(
                  (bits, one) => bits | this.#bitIn(matchedBy, one),
                  0,
                ),
        })),
    };
    this.#items.set(item, read);
    return read;
  }

  /** What stands for a value of a list; none for what is not among its values any more. */
  #bitIn(list: string, value: string): number {
    const place = this.rules.attributes.find(({ key }) => key === list)?.values.indexOf(value);
    return place === undefined || place < 0 ? 0 : 1 << place;
  }

  #vectorOf({ attributes }: RuleItem): Float64Array {
    const vector = new Float64Array(this.#width);
    for (const definition of this.rules.attributes) {
      const { key, type, defaultValue } = definition;
      const { place } = this.#places.attributes.get(key)!;
      const value = Object.hasOwn(attributes, key) ? attributes[key]! : defaultValue;
      if (type === 'LIST') {
        const list = Array.isArray(value) ? (value as string[]) : [];
        vector[place] = list.reduce((bits, one) => bits | this.#bitIn(key, one), 0);
        vector[place + 1] = list.length;
      } else {
        vector[place] = this.#cellOf(type, value);
      }
    }
    return vector;
  }

  /** Of what has one of a number, and nothing else. */
  vectorOfOne(attribute: string): Float64Array {
    const vector = new Float64Array(this.#width);
    for (const { key } of this.rules.attributes.filter(isNumeric))
      vector[this.#places.attributes.get(key)!.place] = key === attribute ? 1 : NaN;
    return vector;
  }

  #cellOf(type: string, value: AttributeValue | null): number {
    if (type === 'BOOLEAN') return value === true ? 1 : 0;
    if (type === 'ENUM') return (typeof value === 'string' && this.#ids.get(value)) || 0;
    return typeof value === 'number' ? value : NaN;
  }

  #parametersOf(settings: Content['parameters']): Float64Array {
    if (this.#last?.settings === settings) return this.#last.parameters;
    const parameters = Float64Array.from(settingsOf(this.rules, settings), ({ value }) =>
      typeof value === 'string' ? (this.#ids.get(value) ?? -1) : value,
    );
    this.#last = { settings, parameters };
    return parameters;
  }

  #idOf(text: string): number {
    const known = this.#ids.get(text) ?? this.#ids.size;
    this.#ids.set(text, known);
    return known;
  }

  #generate(): Program {
    const generator = new Generator(this.#places);
    const { stats, rules, modifiers, attributes } = this.rules;
    const conversions = modifiers.filter(({ layer }) => layer === 'CONVERSION');
    const functions = this.order.map(key => {
      const stat = stats.find(one => one.key === key)!;
      return `function s${this.#places.stats.get(key)!}(F, P, S, T, G, H) { ${this.#statCode(stat, generator, conversions)} }`;
    });
    const calls = this.order.map(key => {
      const n = this.#places.stats.get(key)!;
      return `bad = false; v = s${n}(F, P, S, T, G, H); S[${n}] = bad || v - v !== 0 ? NaN : v;`;
    });
    const holds = rules.map(({ key }, n) => {
      const formula = this.formulas.get(`rules.${key}`);
      return `case ${n}: r = ${formula ? generator.code(formula.node) : 'undefined'}; break;`;
    });
    const aggregates = [...generator.aggregates].map(
      ([body, name]) => `function ${name}(F, P, S, T) { ${body} }`,
    );
    const sums = [...this.#places.sums];
    const code = `${PRELUDE}
      const bits = (list, id) => masks[list][id] ?? 0;
      const T = new Float64Array(${this.#width});
      const G = new Float64Array(${stats.length});
      const H = new Float64Array(${stats.length});
      let last;
      function sum(F) {
        if (last === F) return;
        last = F;
        ${sums.map(place => `let t${place} = 0;`).join(' ')}
        for (let i = 0; i < F.vectors.length; i++) {
          const I = F.vectors[i]; let x;
          ${sums.map(place => `x = I[${place}]; if (x === x) t${place} += x;`).join('\n')}
        }
        ${sums.map(place => `T[${place}] = t${place};`).join(' ')}
      }
      ${aggregates.join('\n')}
      ${functions.join('\n')}
      return {
        stats(F, S) {
          const P = F.parameters; let v = 0;
          S.fill(NaN);
          sum(F);
          ${calls.join('\n')}
        },
        holds(n, F, S, i) {
          const P = F.parameters; const I = F.vectors[i]; let r;
          sum(F);
          bad = false;
          switch (n) { ${holds.join('\n')} }
          return bad ? undefined : r;
        },
      };`;
    const masks = Object.fromEntries(
      attributes
        .filter(({ type }) => type === 'LIST')
        .map(({ key, values }) => [
          this.#places.attributes.get(key)!.place,
          Object.fromEntries(values.map(value => [this.#ids.get(value)!, this.#bitIn(key, value)])),
        ]),
    );
    const make = compileFunction(code, ['arithmetic', 'tables', 'names', 'masks']);
    const { tables, names } = this.generation;
    return make(arithmetic, tables, names, masks) as Program;
  }

  #statCode(stat: StatDefinition, generator: Generator, conversions: ModifierDefinition[]): string {
    const { key, rounding } = stat;
    const formula = this.formulas.get(`stats.${key}`);
    if (!formula) return 'return NaN;';
    const of = (layer: ModifierDefinition['layer']) =>
      this.rules.modifiers.filter(one => one.stat === key && one.layer === layer);
    const when = (modifier: ModifierDefinition, code: (amount: string) => string): string => {
      const path = `modifiers.${modifier.key}`;
      const checked = this.formulas.get(path);
      const condition = this.formulas.get(`${path}.condition`);
      if (!checked || (modifier.condition !== null && !condition)) return 'return NaN;';
      const change = code(generator.code(checked.node));
      return condition ? `if (${generator.code(condition.node)}) { ${change} }` : change;
    };
    const step = (one: ModifierDefinition, code: (amount: string) => string): string =>
      when(one, amount => `${code(amount)} ${ROUNDS[one.rounding]}`);
    const place = (name: string) => this.#places.stats.get(name)!;
    const given = conversions.filter(({ from }) => from === key);
    return [
      `let v = ${generator.code(formula.node)};`,
      ...of('FLAT').map(one => step(one, code => `v += ${code};`)),
      ...of('CONVERSION').map(one => {
        const from = place(one.from!);
        return step(one, code => `v += G[${from}] * (${code}) / 100 * H[${from}];`);
      }),
      ...(of('INCREASED').length > 0 ? ['const b = v;'] : []),
      ...of('INCREASED').map(one => step(one, code => `v += b * (${code}) / 100;`)),
      ...of('MORE').map(one => step(one, code => `v += v * (${code}) / 100;`)),
      ...of('MINIMUM').map(one => step(one, code => `v = Math.max(finite(v), finite(${code}));`)),
      ...of('CAP').map(one => step(one, code => `v = Math.min(finite(v), finite(${code}));`)),
      ...(given.length > 0
        ? [
            `let g = 0; ${given.map(one => when(one, code => `g += ${code};`)).join(' ')}`,
            `G[${place(key)}] = v; H[${place(key)}] = g > 100 ? 100 / g : 1; v -= v * Math.min(g, 100) / 100;`,
          ]
        : []),
      ROUNDS[rounding],
      'return v;',
    ].join('\n');
  }
}

const KINDS = {
  INTEGER: 'number',
  DECIMAL: 'number',
  BOOLEAN: 'boolean',
  TEXT: 'number', // never asked for
  ENUM: 'text',
  LIST: 'list',
} as const;

const ROUNDS: Record<Rounding, string> = {
  NONE: '',
  FLOOR: 'v = floor(v);',
  CEIL: 'v = ceil(v);',
  NEAREST: 'v = round(v);',
  TRUNCATE: 'v = truncate(v);',
};

/** An item, as it is read once. */
interface ReadItem {
  vector: Float64Array;
  /** Ids of texts; -1 for what no formula names. */
  category: number;
  key: number;
  /** Those that it has, and the bit of what matches each. */
  sockets: { slot: string; index: number; bit: number }[];
  /** For each kind of socket that it fits, the bits of those that it matches. */
  matches: { slot: string; bits: number }[];
}

function matchesOf(
  placements: Content['placements'],
  reads: readonly (ReadItem | undefined)[],
): boolean[] {
  const matched = new Int32Array(placements.length); // a bit for each socket that holds what matches it
  for (let n = 0; n < placements.length; n++) {
    const { slot, socket } = placements[n]!;
    const gem = reads[n];
    const host = socket && reads[socket.of];
    if (!gem || !host) continue;
    for (let at = 0; at < host.sockets.length; at++) {
      const one = host.sockets[at]!;
      if (one.slot !== slot || one.index !== socket.index) continue;
      for (const { slot: fitting, bits } of gem.matches)
        if (fitting === slot && (bits & one.bit) !== 0) matched[socket.of]! |= 1 << at;
    }
  }
  return reads.map((read, n) => {
    const sockets = read?.sockets.length ?? 0;
    return sockets > 0 && matched[n] === (1 << sockets) - 1;
  });
}

function asksOf(nodes: Node[]): Record<ItemFunction, boolean> {
  const asked = new Set<ItemFunction>();
  const visit = (node: Node): void => {
    if (node.kind === 'item') asked.add(node.name);
    for (const part of partsOf(node)) visit(part);
  };
  for (const node of nodes) visit(node);
  return Object.fromEntries(ITEM_FUNCTIONS.map(name => [name, asked.has(name)])) as Record<
    ItemFunction,
    boolean
  >;
}

function copiesOf(placements: Content['placements']): Map<string, number> {
  const copies = new Map<string, number>();
  for (const placement of placements) {
    if (!isPresent(placement)) continue;
    const { key } = placement.item;
    copies.set(key, (copies.get(key) ?? 0) + 1);
  }
  return copies;
}

type Present = Content['placements'][number] & { item: RuleItem };

export function isPresent(placement: Content['placements'][number]): placement is Present {
  return placement.item !== null && !placement.item.isRemoved;
}

function placesOf(list: { key: string }[]): Map<string, number> {
  return new Map(list.map(({ key }, n) => [key, n]));
}
