import {
  getNamedType,
  getNullableType,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
  isUnionType,
} from 'graphql';
import type { JsonObject } from '../execution/json.js';
import type { Random } from './random.js';

export interface OperationModel {
  query: string;
  operationName: string | undefined;
  variables: JsonObject;
}

const INHERITED_NAMES = [
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
];
const DEPTH_MAX = 4;
const FIELDS_MAX = 12; // of an operation, fragments apart

/** An operation that may be invalid, seldom: the same response key for two fields. */
export function randomOperation(schema: GraphQLSchema, random: Random): OperationModel {
  return new OperationWriter(schema, random).write();
}

class OperationWriter {
  readonly #variables = new Map<string, { definition: string; value: unknown }>();
  readonly #fragments: { name: string; type: GraphQLCompositeType; text: string }[] = [];
  readonly #used = new Set<string>();
  #aliasCount = 0;
  #fieldCount = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly random: Random,
  ) {}

  write(): OperationModel {
    const { random, schema } = this;
    const mutation = schema.getMutationType();
    const isMutation = mutation && random.chance(0.1);
    const root = isMutation ? mutation : schema.getQueryType()!;
    const composites = Object.values(schema.getTypeMap()).filter(
      type => isCompositeType(type) && !type.name.startsWith('__'),
    ) as GraphQLCompositeType[];
    for (let n = random.below(3); n > 0; n--) {
      const type = random.pick(composites);
      this.#fieldCount = FIELDS_MAX / 2;
      const text = this.#selections(type, DEPTH_MAX - 2);
      this.#fragments.push({ name: `Part${n}`, type, text });
    }
    this.#fieldCount = 0;
    const selections = this.#selections(root, 0);
    const fragments = this.#fragments
      .filter(({ name }) => this.#used.has(name))
      .map(({ name, type, text }) => `fragment ${name} on ${type.name} ${text}`);
    const everything = [selections, ...fragments].join('\n');
    const variables = [...this.#variables].filter(([name]) =>
      new RegExp(`\\$${name}\\b`).test(everything),
    );
    const declared = variables
      .map(([name, { definition }]) => `$${name}: ${definition}`)
      .join(', ');
    const name = random.chance(0.5) ? 'Main' : '';
    const others = name && random.chance(0.2) ? ['query Other { __typename }'] : [];
    const head = `${isMutation ? 'mutation' : 'query'} ${name}${declared && `(${declared})`}`;
    return {
      query: [...others, `${head} ${everything}`].join('\n'),
      operationName: others.length > 0 ? name : undefined,
      variables: Object.fromEntries(
        variables.flatMap(([variable, { value }]) =>
          value === undefined ? [] : [[variable, value]],
        ),
      ),
    };
  }

  #selections(type: GraphQLCompositeType, depth: number): string {
    const { random } = this;
    const parts: string[] = [];
    if (random.chance(isAbstractType(type) ? 0.5 : 0.15)) {
      parts.push(`${this.#alias(0.2)}__typename${this.#directives(0.1)}`);
    }
    for (let n = 1 + random.below(depth === 0 ? 3 : 4); n > 0; n--) {
      const choice = random.below(100);
      if ((isUnionType(type) || choice < 25) && depth < DEPTH_MAX + 2) {
        const condition = this.#condition(type);
        const on = condition === type && random.chance(0.3) ? '' : ` on ${condition.name}`;
        const below = this.#selections(condition, depth + 1);
        parts.push(`...${on}${this.#directives(0.15)} ${below}`);
      } else if (choice < 35) {
        const able = this.#fragments.filter(fragment => this.#overlaps(fragment.type, type));
        const fragment = random.pick(able);
        if (!fragment) continue;
        this.#used.add(fragment.name);
        parts.push(`...${fragment.name}${this.#directives(0.15)}`);
      } else {
        parts.push(...this.#field(type, depth));
      }
    }
    if (type === this.schema.getQueryType() && depth === 0 && random.chance(0.06)) {
      parts.push(this.#introspection());
    }
    if (parts.length === 0) parts.push('__typename');
    return `{ ${parts.join(' ')} }`;
  }

  #field(type: GraphQLCompositeType, depth: number): string[] {
    const { random } = this;
    if (isUnionType(type)) return [];
    const isFull = depth >= DEPTH_MAX || this.#fieldCount > FIELDS_MAX;
    const fields = Object.values(type.getFields()).filter(
      field => !isFull || !isCompositeType(getNamedType(field.type)),
    );
    const field = random.pick(fields);
    if (!field) return [];
    this.#fieldCount++;
    const given = field.args.filter(arg => isRequiredArgument(arg) || random.chance(0.6));
    const args = given.map(arg => `${arg.name}: ${this.#argument(arg.type, arg.defaultValue)}`);
    const name = `${this.#alias(args.length > 0 ? 0.95 : 0.15)}${field.name}`;
    const head = args.length > 0 ? `${name}(${args.join(', ')})` : name;
    const named = getNamedType(field.type);
    if (!isCompositeType(named)) {
      const isTwice = random.chance(0.05);
      return [`${head}${this.#directives(0.12)}`, ...(isTwice ? [head] : [])];
    }
    const once = () => `${head}${this.#directives(0.12)} ${this.#selections(named, depth + 1)}`;
    return random.chance(0.15) ? [once(), once()] : [once()];
  }

  #alias(probability: number): string {
    const { random } = this;
    if (!random.chance(probability)) return '';
    if (random.chance(0.15)) return `${random.pick(INHERITED_NAMES)}: `;
    // Some are those of other fields: of other types, when the operation is valid.
    return random.chance(0.2) ? `x${random.below(3)}: ` : `a${this.#aliasCount++}: `;
  }

  #condition(type: GraphQLCompositeType): GraphQLCompositeType {
    const able = Object.values(this.schema.getTypeMap()).filter(
      other =>
        isCompositeType(other) && !other.name.startsWith('__') && this.#overlaps(other, type),
    ) as GraphQLCompositeType[];
    return this.random.pick(able) ?? type;
  }

  #overlaps(one: GraphQLCompositeType, other: GraphQLCompositeType): boolean {
    const possible = (type: GraphQLCompositeType) =>
      isObjectType(type) ? [type] : this.schema.getPossibleTypes(type);
    return possible(one).some(type => possible(other).includes(type));
  }

  #directives(probability: number): string {
    const { random } = this;
    let text = '';
    for (const name of ['skip', 'include']) {
      if (!random.chance(probability)) continue;
      const isVariable = random.chance(0.7);
      text += ` @${name}(if: ${isVariable ? this.#conditionVariable() : random.chance(0.5)})`;
    }
    return text;
  }

  /** One of three variables for conditions: required, with a default, and given in spite of a default. */
  #conditionVariable(): string {
    const { random } = this;
    const name = random.pick(['yes', 'perhaps', 'no']);
    if (!this.#variables.has(name)) {
      const fallback = random.chance(0.5);
      const [definition, value] = {
        yes: ['Boolean!', random.chance(0.5)],
        perhaps: [`Boolean = ${fallback}`, undefined],
        no: [`Boolean! = ${fallback}`, random.chance(0.5)],
      }[name] as [string, boolean | undefined];
      this.#variables.set(name, { definition, value });
    }
    return `$${name}`;
  }

  #introspection(): string {
    const { random } = this;
    const alias = this.#alias(0.4);
    return random.pick([
      `${alias}__schema { queryType { name ...on __Type { kind } } types { name } }`,
      `${alias}__type(name: "T0") { name fields { name type { kind name ofType { name } } } }`,
      `${alias}__type(name: "Color") { enumValues { name } __typename }`,
    ]);
  }

  #argument(type: GraphQLInputType, fallback: unknown): string {
    const { random } = this;
    if (!random.chance(0.4)) return this.#literal(type, this.#value(type), true);
    return this.#variable(type, fallback !== undefined);
  }

  #variable(type: GraphQLInputType, mayBeNullable: boolean): string {
    const { random } = this;
    const name = `v${this.#variables.size}`;
    const isRequired = isNonNullType(type);
    const nullable = getNullableType(type);
    const choice = random.below(3);
    if (choice === 0) {
      const fallback = this.#literal(nullable, this.#value(nullable, false), false);
      const value = random.chance(0.5) ? undefined : this.#value(type);
      this.#variables.set(name, { definition: `${type.toString()} = ${fallback}`, value });
    } else if (choice === 1 && (!isRequired || mayBeNullable)) {
      // Not given at all: the argument's default counts.
      const value = random.chance(0.5) || isRequired ? undefined : this.#value(nullable);
      this.#variables.set(name, { definition: nullable.toString(), value });
    } else {
      const definition = `${nullable.toString()}!`;
      this.#variables.set(name, { definition, value: this.#value(nullable, false) });
    }
    return `$${name}`;
  }

  /** A value as JSON. */
  #value(type: GraphQLInputType, mayBeNull = true, depth = 0): unknown {
    const { random } = this;
    if (isNonNullType(type)) return this.#value(type.ofType, false, depth);
    if (mayBeNull && random.chance(0.12)) return null;
    if (isListType(type)) {
      const length = random.below(3);
      return Array.from({ length }, () => this.#value(type.ofType, true, depth));
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        field => random.chance(0.5) && (depth < 2 || !isInputObjectType(getNamedType(field.type))),
      );
      return Object.fromEntries(
        fields.map(field => [field.name, this.#value(field.type, true, depth + 1)]),
      );
    }
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    if (isScalarType(type)) {
      switch (type.name) {
        case 'Int':
          return random.below(100) - 50;
        case 'Boolean':
          return random.chance(0.5);
        case 'ID':
          return random.chance(0.1) ? random.below(9) : `T${random.below(4)}#${random.below(5)}`;
        case 'Json':
          return random.pick<unknown>([{ a: [1, { b: 'x' }], c: null }, [true], 'text', 1.5, {}]);
      }
    }
    return `word "${random.below(100)}"`;
  }

  /** A value in the document, with variables for some parts of it. */
  #literal(type: GraphQLInputType | undefined, value: unknown, mayVary: boolean): string {
    const nullable = type && getNullableType(type);
    const below = (of: GraphQLInputType | undefined, item: unknown) => {
      const isVariable = mayVary && of && this.random.chance(0.15);
      return isVariable ? this.#variable(of, false) : this.#literal(of, item, mayVary);
    };
    if (value === null) return 'null';
    if (Array.isArray(value)) {
      const itemType = isListType(nullable) ? nullable.ofType : undefined;
      return `[${value.map(item => below(itemType, item)).join(', ')}]`;
    }
    if (typeof value === 'object') {
      const fields = isInputObjectType(nullable) ? nullable.getFields() : {};
      const parts = Object.entries(value).map(
        ([name, item]) => `${name}: ${below(fields[name]?.type, item)}`,
      );
      return `{ ${parts.join(', ')} }`;
    }
    return isEnumType(nullable) ? (value as string) : JSON.stringify(value);
  }
}
