import {
  type ASTNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isListType,
  isObjectType,
  isTypeDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { isObject, type JsonObject } from '../execution/json.js';
import { collectFields, inclusion } from '../execution/selection.js';
import type { NameOf } from './access.js';

const MUTATION_COST = 10; // what writing costs, whatever is written

/** How long a list is. */
interface ListSize {
  assumedSize?: number;
  /** Arguments that say it; the largest counts. */
  slicingArguments?: string[];
  /** Fields of what the field returns that are the lists: `edges` of a connection. */
  sizedFields?: string[];
}

/** What a schema says of costs, by coordinate: `Type`, `Type.field`, `Type.field(argument:)`. */
export interface CostRules {
  weights: ReadonlyMap<string, number>;
  lists: ReadonlyMap<string, ListSize>;
}

/**
 * Reads `@cost` and `@listSize`, as they stand in a supergraph or within `@join__directive`.
 *
 * @see https://ibm.github.io/graphql-specs/cost-spec.html and https://specs.apollo.dev/cost/v0.1
 */
export function readCostRules(
  supergraph: DocumentNode,
  nameOf: (directive: 'cost' | 'listSize') => ReturnType<NameOf>,
): CostRules {
  const weights = new Map<string, number>();
  const lists = new Map<string, ListSize>();
  const readOne = (coordinate: string, name: string, given: JsonObject) => {
    if (name === 'cost' && Number.isFinite(Number(given.weight)))
      weights.set(coordinate, Number(given.weight));
    if (name === 'listSize') lists.set(coordinate, given);
  };
  const names = new Map([
    [nameOf('cost'), 'cost'],
    [nameOf('listSize'), 'listSize'],
  ]);
  const read = (coordinate: string, { directives = [] }: Annotated) => {
    for (const directive of directives) {
      const given = argumentsOf(directive);
      if (directive.name.value === 'join__directive') {
        const name = String(given.name).replace(/^federation__/, '');
        if (isObject(given.args)) readOne(coordinate, name, given.args);
      } else readOne(coordinate, names.get(directive.name.value) ?? '', given);
    }
  };
  for (const definition of supergraph.definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    const { value: type } = definition.name;
    read(type, definition);
    for (const field of ('fields' in definition && definition.fields) || []) {
      const coordinate = `${type}.${field.name.value}`;
      read(coordinate, field);
      for (const argument of ('arguments' in field && field.arguments) || [])
        read(`${coordinate}(${argument.name.value}:)`, argument);
    }
  }
  return { weights, lists };
}

type Annotated = ASTNode & { directives?: readonly ConstDirectiveNode[] };

function argumentsOf({ arguments: given = [] }: ConstDirectiveNode): JsonObject {
  return Object.fromEntries(
    given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  );
}

/** What the cost of an operation depends on, beside itself. */
export interface Costing {
  schema: GraphQLSchema;
  rules: CostRules;
  /** How long a list is of which nothing is said. */
  assumedListSize: number;
}

/**
 * What an operation costs at most: 1 for each object, 0 for each leaf, where no `@cost` says otherwise, and each as
 * often as the lists around it are long. An abstract type costs as much as the dearest type that it may turn out to be.
 */
export function costOf(
  { schema, rules, assumedListSize }: Costing,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: JsonObject,
): number {
  const isIncluded = inclusion(variables);
  const { weights, lists } = rules;
  const known = new Map<string, number>(); // by type and nodes: what is there several times is counted out once
  const ids = new Map<SelectionSetNode, number>();
  const idOf = (node: SelectionSetNode) => {
    const id = ids.get(node) ?? ids.size;
    ids.set(node, id);
    return id;
  };

  const costOfSelection = (
    typeName: string,
    sets: SelectionSetNode[],
    sized: ReadonlyMap<string, number>,
  ): number => {
    const key = `${typeName} ${sets.map(idOf).join()} ${[...sized].join()}`;
    let cost = known.get(key);
    if (cost === undefined) {
      const type = schema.getType(typeName);
      const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
      cost = Math.max(
        0,
        ...possible.filter(isObjectType).map(each => {
          let sum = 0;
          const fields = each.getFields();
          for (const nodes of collectFields(schema, each, sets, fragments, isIncluded).values()) {
            const field = fields[nodes[0]!.name.value];
            if (field) sum += costOfField(each.name, field, nodes, sized.get(field.name));
          }
          return sum;
        }),
      );
      known.set(key, cost);
    }
    return cost;
  };

  const costOfField = (
    owner: string,
    field: GraphQLField<unknown, unknown>,
    nodes: FieldNode[],
    sizeFromParent: number | undefined,
  ): number => {
    const coordinate = `${owner}.${field.name}`;
    const list = lists.get(coordinate);
    const given = Object.fromEntries(
      (nodes[0]!.arguments ?? []).map(({ name, value }) => [
        name.value,
        valueFromASTUntyped(value, variables),
      ]),
    );
    const size = sizeOf(list, field, given) ?? list?.assumedSize;
    const sizedFields = new Map(
      (size === undefined ? [] : (list?.sizedFields ?? [])).map(name => [name, size!]),
    );
    const isList = isListType(getNullableType(field.type));
    const count = isList ? (sizeFromParent ?? size ?? assumedListSize) : 1;
    const type = getNamedType(field.type);
    const own =
      weights.get(coordinate) ?? weights.get(type.name) ?? (isCompositeType(type) ? 1 : 0);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const below = sets.length > 0 ? costOfSelection(type.name, sets, sizedFields) : 0;
    let cost = count * depthOfLists(field.type, assumedListSize) * (own + below);
    for (const argument of field.args) {
      if (!Object.hasOwn(given, argument.name)) continue;
      const inner = getNamedType(argument.type);
      cost +=
        weights.get(`${coordinate}(${argument.name}:)`) ??
        weights.get(inner.name) ??
        (isInputObjectType(inner) ? 1 : 0);
    }
    return cost;
  };

  const root = schema.getRootType(operation.operation);
  const base = operation.operation === 'mutation' ? MUTATION_COST : 0;
  return base + (root ? costOfSelection(root.name, [operation.selectionSet], new Map()) : 0);
}

/** The largest of the slicing arguments that are given, or have a default. */
function sizeOf(
  list: ListSize | undefined,
  field: GraphQLField<unknown, unknown>,
  given: JsonObject,
): number | undefined {
  const sizes = (list?.slicingArguments ?? []).flatMap(name => {
    const argument = field.args.find(each => each.name === name);
    const value: unknown = Object.hasOwn(given, name) ? given[name] : argument?.defaultValue;
    return typeof value === 'number' ? [Math.max(0, value)] : [];
  });
  return sizes.length > 0 ? Math.max(...sizes) : undefined;
}

/** How many items a list of lists has for each of its own. */
function depthOfLists(type: GraphQLOutputType, assumedListSize: number): number {
  const outer = getNullableType(type);
  if (!isListType(outer)) return 1;
  let factor = 1;
  let inner = getNullableType(outer.ofType);
  while (isListType(inner)) {
    factor *= assumedListSize;
    inner = getNullableType(inner.ofType);
  }
  return factor;
}
