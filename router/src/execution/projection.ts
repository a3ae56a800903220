import {
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLFormattedError,
  type GraphQLInterfaceType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Aliases } from '../operation/aliases.js';
import { getOwn, INHERITED, isObject, type JsonObject } from './json.js';
import {
  collectFields,
  conditionVariables,
  inclusion,
  isSameForAll,
  type IsIncluded,
} from './selection.js';

const VARIANTS_MAX = 64; // of one operation, by its @skip and @include

/** What a compiled projection writes down beside the data. */
interface Report {
  /** The data is not as the schema says, somewhere: the slow path has to look at it. */
  isFaulty: boolean;
  introspection: JsonObject;
}

type Compiled = (source: unknown, report: Report) => JsonObject | null;

export interface Projected {
  data: JsonObject | null;
  /** What the data has wrong that no subgraph has said. */
  faults: GraphQLFormattedError[];
}

/**
 * Cuts the merged answers of the subgraphs to what the client asked for: the fields and their order, and only values
 * that the API schema knows.
 *
 * The fast path is code made for the operation (one variant for each outcome of `@skip` and `@include`); it tracks no
 * paths and handles no nulls. At the first value that breaks the schema it gives up, and the slow path follows the
 * spec: error paths, and null propagation.
 */
export class Projection {
  readonly #schema: GraphQLSchema;
  readonly #root: GraphQLObjectType;
  readonly #selectionSet: SelectionSetNode;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #aliases: Aliases;
  readonly #conditions: string[];
  readonly #variants = new Map<string, Compiled>();

  constructor(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    aliases: Aliases,
  ) {
    this.#aliases = aliases;
    this.#schema = schema;
    this.#root = schema.getRootType(operation.operation)!;
    this.#selectionSet = operation.selectionSet;
    this.#fragments = fragments;
    const roots = [operation, ...fragments.values()].map(({ selectionSet }) => selectionSet);
    this.#conditions = conditionVariables(roots);
  }

  /** @param variables coerced, with their defaults */
  project(source: JsonObject, variables: JsonObject, introspection: JsonObject): Projected {
    const report: Report = { isFaulty: false, introspection };
    const data = this.#variant(variables)(source, report);
    return report.isFaulty
      ? completeSlowly(
          this.#schema,
          this.#root,
          this.#selectionSet,
          this.#fragments,
          this.#aliases,
          source,
          variables,
          introspection,
        )
      : { data, faults: [] };
  }

  #variant(variables: JsonObject): Compiled {
    const mask = this.#conditions
      .map(name => (getOwn(variables, name) === true ? '1' : '0'))
      .join('');
    let variant = this.#variants.get(mask);
    if (!variant) {
      if (this.#variants.size >= VARIANTS_MAX) this.#variants.clear();
      const isIncluded = inclusion(variables);
      variant = new Compiler(this.#schema, this.#fragments, this.#aliases, isIncluded).compile(
        this.#root,
        this.#selectionSet,
      );
      this.#variants.set(mask, variant);
    }
    return variant;
  }
}

/** Writes JavaScript: one function for each object type and set of selections, one for each list, one for each union. */
class Compiler {
  readonly #functions: string[] = [];
  readonly #constants: unknown[] = [];
  readonly #objectFunctions = new Map<string, string>();
  readonly #setNumbers = new Map<SelectionSetNode, number>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly aliases: Aliases,
    private readonly isIncluded: IsIncluded,
  ) {}

  compile(root: GraphQLObjectType, selectionSet: SelectionSetNode): Compiled {
    const main = this.#object(root, [selectionSet], false);
    const code = `"use strict"; ${this.#functions.join('\n')}\nreturn ${main};`;
    // oxlint-disable-next-line typescript/no-implied-eval -- made of the schema's and the document's names, quoted as JSON
    return new Function('constants', 'getOwn', code)(this.#constants, getOwn) as Compiled;
  }

  #object(
    type: GraphQLObjectType | GraphQLInterfaceType,
    selectionSets: SelectionSetNode[],
    checksType: boolean,
  ): string {
    const numbers = selectionSets.map(set => {
      const number = this.#setNumbers.get(set) ?? this.#setNumbers.size;
      this.#setNumbers.set(set, number);
      return number;
    });
    const key = `${type.name} ${checksType} ${numbers.join()}`;
    const present = this.#objectFunctions.get(key);
    if (present) return present;
    const name = `object${this.#objectFunctions.size}`;
    this.#objectFunctions.set(key, name);

    const reads: string[] = [];
    const properties: string[] = [];
    const fields = collectFields(this.schema, type, selectionSets, this.fragments, this.isIncluded);
    for (const [responseKey, nodes] of fields) {
      const quoted = JSON.stringify(responseKey);
      const fieldName = nodes[0]!.name.value;
      if (fieldName === '__typename') {
        properties.push(`${quoted}: ${JSON.stringify(type.name)}`);
      } else if (fieldName === '__schema' || fieldName === '__type') {
        properties.push(`${quoted}: report.introspection[${quoted}] ?? null`);
      } else {
        const value = `value${reads.length}`;
        const sourceKey = this.aliases.sourceKeyOf(nodes[0]!);
        const quotedKey = JSON.stringify(sourceKey);
        const read = INHERITED.has(sourceKey)
          ? `getOwn(source, ${quotedKey})`
          : `source[${quotedKey}]`;
        reads.push(`const ${value} = ${read};`);
        const below = nodes.flatMap(node => node.selectionSet ?? []);
        properties.push(
          `${quoted}: ${this.#value(type.getFields()[fieldName]!.type, value, below)}`,
        );
      }
    }
    const isOther = `source.__typename !== undefined && source.__typename !== ${JSON.stringify(type.name)}`;
    const check = checksType ? `if (typeof source !== 'object' || ${isOther}) ${FAULT}` : '';
    this.#functions.push(
      `function ${name}(source, report) { ${check} ${reads.join(' ')} return { ${properties.join(', ')} }; }`,
    );
    return name;
  }

  /** An expression for the value in the variable `value`. */
  #value(type: GraphQLOutputType, value: string, below: SelectionSetNode[]): string {
    const isRequired = isNonNullType(type);
    const inner = isRequired ? type.ofType : type;
    const whenNull = isRequired ? SET_FAULT : 'null';
    let whenThere: string;
    if (isLeafType(inner)) {
      whenThere = `(${this.#isLeaf(inner, value)} ? ${value} : ${SET_FAULT})`;
    } else if (isListType(inner)) {
      whenThere = `${this.#list(inner.ofType as GraphQLOutputType, below)}(${value}, report)`;
    } else {
      whenThere = `${this.#composite(inner as GraphQLCompositeType, below)}(${value}, report)`;
    }
    return `(${value} == null ? ${whenNull} : ${whenThere})`;
  }

  #list(itemType: GraphQLOutputType, below: SelectionSetNode[]): string {
    const item = this.#value(itemType, 'item', below);
    const name = `list${this.#functions.length}`;
    this.#functions.push(
      `function ${name}(source, report) { if (!Array.isArray(source)) ${FAULT}
        const length = source.length, items = new Array(length);
        for (let n = 0; n < length; n++) { const item = source[n]; items[n] = ${item}; } return items; }`,
    );
    return name;
  }

  #composite(type: GraphQLCompositeType, below: SelectionSetNode[]): string {
    if (isObjectType(type)) return this.#object(type, below, true);
    const cases = this.schema.getPossibleTypes(type).map(possible => {
      const call = `${this.#object(possible, below, false)}(source, report)`;
      return `case ${JSON.stringify(possible.name)}: return ${call};`;
    });
    if (
      isInterfaceType(type) &&
      isSameForAll(this.schema, type, below, this.fragments, this.isIncluded)
    ) {
      const call = `${this.#object(type, below, false)}(source, report)`;
      cases.push(`case undefined: case ${JSON.stringify(type.name)}: return ${call};`);
    }
    const name = `abstract${this.#functions.length}`;
    this.#functions.push(
      `function ${name}(source, report) { switch (source.__typename) { ${cases.join(' ')} default: ${FAULT} } }`,
    );
    return name;
  }

  #isLeaf(type: GraphQLLeafType, value: string): string {
    if (isEnumType(type)) {
      const names = this.#constants.push(new Set(type.getValues().map(({ name }) => name))) - 1;
      return `constants[${names}].has(${value})`;
    }
    switch (type.name) {
      case 'String':
        return `typeof ${value} === 'string'`;
      case 'ID':
        return `(typeof ${value} === 'string' || Number.isInteger(${value}))`;
      case 'Int':
        return `Number.isInteger(${value})`;
      case 'Float':
        return `typeof ${value} === 'number'`;
      case 'Boolean':
        return `typeof ${value} === 'boolean'`;
      default:
        return 'true'; // a custom scalar is its subgraph's to check
    }
  }
}

const SET_FAULT = '(report.isFaulty = true, null)';
const FAULT = '{ report.isFaulty = true; return null; }';

const BUBBLE = Symbol('null that its parent cannot hold');

/**
 * @param at the path of the object, when it is not the root
 * @see https://spec.graphql.org/October2021/#sec-Handling-Field-Errors
 */
export function completeSlowly(
  schema: GraphQLSchema,
  root: GraphQLObjectType,
  selectionSet: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  aliases: Aliases,
  source: JsonObject,
  variables: JsonObject,
  introspection: JsonObject,
  at: readonly (string | number)[] = [],
): Projected {
  const isIncluded = inclusion(variables);
  const faults: GraphQLFormattedError[] = [];
  const path = [...at];
  const fault = (message: string): null => {
    faults.push({ message, path: [...path], extensions: { code: 'INVALID_GRAPHQL' } });
    return null;
  };

  const complete = (
    type: GraphQLOutputType,
    value: unknown,
    below: SelectionSetNode[],
    where: string,
  ): unknown => {
    if (isNonNullType(type)) {
      const before = faults.length;
      const inner = complete(type.ofType, value, below, where);
      if (inner !== null) return inner;
      if (faults.length === before) fault(`Cannot return null for non-nullable ${where}.`);
      return BUBBLE;
    }
    if (value === null || value === undefined) return null;
    if (isListType(type)) return completeList(type.ofType, value, below, where);
    if (isLeafType(type))
      return isValidLeaf(type, value) ? value : fault(`Invalid value found for ${where}.`);
    return completeObject(type as GraphQLCompositeType, value, below, where);
  };

  const completeList = (
    itemType: GraphQLOutputType,
    value: unknown,
    below: SelectionSetNode[],
    where: string,
  ) => {
    if (!Array.isArray(value)) return fault(`Invalid non-list value found for ${where}.`);
    const items = value.map((item, index) => {
      path.push(index);
      const completed = complete(
        itemType,
        item,
        below,
        `array element of type ${itemType.toString()} at index ${index}`,
      );
      path.pop();
      return completed;
    });
    return items.includes(BUBBLE) ? null : items;
  };

  const completeObject = (
    type: GraphQLCompositeType,
    value: unknown,
    below: SelectionSetNode[],
    where: string,
  ) => {
    if (!isObject(value) || Array.isArray(value))
      return fault(`Invalid non-object value found for ${where}.`);
    const typeName = getOwn(value, '__typename');
    const told = typeof typeName === 'string' ? schema.getType(typeName) : type;
    if (!isCompositeType(told)) return fault(`Invalid __typename found for object at ${where}.`);
    if (
      isUnionType(told) ||
      (isInterfaceType(told) && !isSameForAll(schema, told, below, fragments, isIncluded))
    ) {
      return fault(`Missing __typename for abstract type ${told.name}.`);
    }
    const fields = completeFields(told, value, below);
    return fields === BUBBLE ? null : fields;
  };

  const completeFields = (
    type: GraphQLObjectType | GraphQLInterfaceType,
    object: JsonObject,
    below: SelectionSetNode[],
  ) => {
    const fields: JsonObject = {};
    for (const [key, nodes] of collectFields(schema, type, below, fragments, isIncluded)) {
      const { value: name } = nodes[0]!.name;
      if (name === '__typename') fields[key] = type.name;
      else if (name === '__schema' || name === '__type') {
        fields[key] = introspection[key] ?? null;
      } else {
        const fieldType = type.getFields()[name]!.type;
        path.push(key);
        const sets = nodes.flatMap(node => node.selectionSet ?? []);
        const completed = complete(
          fieldType,
          getOwn(object, aliases.sourceKeyOf(nodes[0]!)),
          sets,
          `field ${type.name}.${name}`,
        );
        path.pop();
        if (completed === BUBBLE) return BUBBLE;
        fields[key] = completed;
      }
    }
    return fields;
  };

  const data = completeFields(root, source, [selectionSet]);
  return { data: data === BUBBLE ? null : data, faults };
}

function isValidLeaf(type: GraphQLLeafType, value: unknown): boolean {
  if (isEnumType(type)) return typeof value === 'string' && type.getValue(value) !== undefined;
  switch (type.name) {
    case 'String':
      return typeof value === 'string';
    case 'ID':
      return typeof value === 'string' || Number.isInteger(value);
    case 'Int':
      return Number.isInteger(value);
    case 'Float':
      return typeof value === 'number';
    case 'Boolean':
      return typeof value === 'boolean';
    default:
      return true;
  }
}
