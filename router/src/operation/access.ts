import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLSchema,
  type InlineFragmentNode,
  isAbstractType,
  isTypeDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { TokenViewer } from '../identity/authenticator.js';
import { TYPENAME } from '../supergraph/field-set.js';

/** What a viewer must be, or have, to ask something: any one of the sets, in whole. The empty one takes a login alone. */
export interface Demand {
  of: 'permissions' | 'policies';
  anyOf: string[][];
}

/**
 * Which demands `@authenticated`, `@requiresScopes` and `@policy` make, by `Type.field` and by `Type`.
 *
 * @see https://specs.apollo.dev/authenticated/v0.1, https://specs.apollo.dev/requiresScopes/v0.1 and
 *   https://specs.apollo.dev/policy/v0.1
 */
export type AccessRules = ReadonlyMap<string, Demand[]>;

/** What the directives are called in a supergraph: a subgraph may have imported them by another name. */
export type NameOf = (spec: string) => string | undefined;

export function readAccessRules(supergraph: DocumentNode, nameOf: NameOf): AccessRules {
  const readers = new Map<string | undefined, (directive: ConstDirectiveNode) => Demand>([
    [nameOf('authenticated'), () => ({ of: 'permissions', anyOf: [[]] })],
    [nameOf('requiresScopes'), node => ({ of: 'permissions', anyOf: setsOf(node, 'scopes') })],
    [nameOf('policy'), node => ({ of: 'policies', anyOf: setsOf(node, 'policies') })],
  ]);
  const rules = new Map<string, Demand[]>();
  const add = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    const demands = directives.flatMap(each => readers.get(each.name.value)?.(each) ?? []);
    if (demands.length > 0) rules.set(coordinate, demands);
  };
  for (const definition of supergraph.definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    const { value: typeName } = definition.name;
    add(typeName, definition.directives);
    if (!('fields' in definition)) continue;
    for (const field of definition.fields ?? [])
      add(`${typeName}.${field.name.value}`, field.directives);
  }
  return rules;
}

function setsOf({ arguments: given }: ConstDirectiveNode, argument: string): string[][] {
  const sets = given?.find(({ name }) => name.value === argument)?.value;
  return sets ? (valueFromASTUntyped(sets) as string[][]) : [];
}

export function meets(viewer: TokenViewer | undefined, { of, anyOf }: Demand): boolean {
  return viewer !== undefined && anyOf.some(set => set.every(name => viewer[of].has(name)));
}

/** What an operation demands altogether: the distinct demands, in a fixed order. */
export function demandsOf(
  rules: AccessRules,
  schema: GraphQLSchema,
  document: DocumentNode,
): Demand[] {
  const demands = new Map<string, Demand>();
  if (rules.size === 0) return [];
  const types = new TypeInfo(schema);
  const see = (node: FieldNode) => {
    for (const demand of demandsOn(rules, schema, types, node))
      demands.set(JSON.stringify(demand), demand);
  };
  visit(document, visitWithTypeInfo(types, { Field: see }));
  return [...demands.values()];
}

/** A field that was taken out of an operation, because the viewer does not meet its demands. */
export interface Withheld {
  /** Response keys from the root; lists on the way have no indexes. */
  path: string[];
  demand: Demand;
}

/** The operation, with its fragments spread out, without the fields whose demands the viewer does not meet. */
export function withhold(
  rules: AccessRules,
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  viewer: TokenViewer | undefined,
): { operation: OperationDefinitionNode; withheld: Withheld[] } {
  const withheld = new Map<string, Withheld>();
  const path: string[] = [];
  const types = new TypeInfo(schema);
  const pruned = visit(
    operation,
    visitWithTypeInfo(types, {
      // The same fragment may stand in several places, and errors name the place.
      FragmentSpread: ({ name, directives }): InlineFragmentNode => {
        const { typeCondition, selectionSet } = fragments.get(name.value)!;
        return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
      },
      Field: {
        enter(node) {
          path.push(node.alias?.value ?? node.name.value);
          const demand = demandsOn(rules, schema, types, node).find(each => !meets(viewer, each));
          if (!demand) return undefined;
          withheld.set(path.join('.'), { path: [...path], demand });
          path.pop();
          return null;
        },
        leave: () => void path.pop(),
      },
      // A selection that has lost all its fields still has to be one.
      SelectionSet: {
        leave: node =>
          node.selections.length > 0 ? undefined : { ...node, selections: [TYPENAME] },
      },
    }),
  );
  return { operation: pruned, withheld: [...withheld.values()] };
}

/**
 * What a field demands: itself, the type that it is of, and the type that has it. Of an interface, so do all types that
 * it may turn out to be, since one of them may be what is there.
 */
function demandsOn(
  rules: AccessRules,
  schema: GraphQLSchema,
  types: TypeInfo,
  node: FieldNode,
): Demand[] {
  const { value: name } = node.name;
  if (name.startsWith('__')) return [];
  const parent = types.getParentType();
  const owners = isAbstractType(parent) ? [parent, ...schema.getPossibleTypes(parent)] : [parent];
  const coordinates = new Set(
    owners.flatMap(type => (type ? [type.name, `${type.name}.${name}`] : [])),
  );
  const type = getNamedType(types.getType());
  if (type) coordinates.add(type.name);
  return [...coordinates].flatMap(coordinate => rules.get(coordinate) ?? []);
}

/** Whether the operation's root fields were all withheld: there is nothing to run. */
export function isEmptied(operation: OperationDefinitionNode): boolean {
  return operation.selectionSet.selections.every(
    selection => selection.kind === Kind.FIELD && selection.name.value === '__typename',
  );
}
