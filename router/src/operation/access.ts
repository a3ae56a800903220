import type { Viewer } from '@gamegraph/identity';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldNode,
  getNamedType,
  type GraphQLSchema,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** What a viewer must be, or have, to ask something: any one of the sets, in whole. */
export interface Demand {
  /** Empty: to be logged in is enough. */
  anyOf: string[][];
}

/**
 * Which demands `@authenticated` and `@requiresScopes` make, by `Type.field` and by `Type`.
 *
 * @see https://specs.apollo.dev/authenticated/v0.1 and https://specs.apollo.dev/requiresScopes/v0.1
 */
export type AccessRules = ReadonlyMap<string, Demand[]>;

export function readAccessRules(supergraph: DocumentNode): AccessRules {
  const rules = new Map<string, Demand[]>();
  for (const definition of supergraph.definitions) {
    if (!('name' in definition) || !definition.name) continue;
    const typeName = definition.name.value;
    add(rules, typeName, 'directives' in definition ? definition.directives : undefined);
    if (!('fields' in definition)) continue;
    for (const field of definition.fields ?? []) {
      add(rules, `${typeName}.${field.name.value}`, field.directives);
    }
  }
  return rules;
}

function add(
  rules: Map<string, Demand[]>,
  coordinate: string,
  directives: readonly { name: { value: string } }[] | undefined,
): void {
  const demands = (directives ?? []).flatMap(
    directive => demandOf(directive as ConstDirectiveNode) ?? [],
  );
  if (demands.length > 0) rules.set(coordinate, demands);
}

function demandOf({ name, arguments: given }: ConstDirectiveNode): Demand | undefined {
  if (name.value === 'authenticated') return { anyOf: [] };
  if (name.value !== 'requiresScopes') return undefined;
  const scopes = given?.find(argument => argument.name.value === 'scopes')?.value;
  if (scopes?.kind !== Kind.LIST) return undefined;
  const anyOf = scopes.values.map(set =>
    set.kind === Kind.LIST
      ? set.values.flatMap(scope => (scope.kind === Kind.STRING ? [scope.value] : []))
      : [],
  );
  return { anyOf };
}

export function meets(viewer: Viewer | undefined, { anyOf }: Demand): boolean {
  if (!viewer) return false;
  return anyOf.length === 0 || anyOf.some(set => set.every(scope => viewer.permissions.has(scope)));
}

/** What an operation demands altogether: the distinct demands, in a fixed order. */
export function demandsOf(
  rules: AccessRules,
  schema: GraphQLSchema,
  document: DocumentNode,
): Demand[] {
  const demands = new Map<string, Demand>();
  if (rules.size === 0) return [];
  forEachField(schema, document, (_, coordinates) => {
    for (const demand of coordinates.flatMap(coordinate => rules.get(coordinate) ?? [])) {
      demands.set(JSON.stringify(demand.anyOf), demand);
    }
  });
  return [...demands.values()];
}

/** A field that was taken out of an operation, because the viewer does not meet its demands. */
export interface Withheld {
  /** Response keys from the root; lists on the way have no indexes. Fields within a fragment start at it. */
  path: string[];
  demand: Demand;
}

/** The document without the fields whose demands the viewer does not meet. */
export function withhold(
  rules: AccessRules,
  schema: GraphQLSchema,
  document: DocumentNode,
  viewer: Viewer | undefined,
): { document: DocumentNode; withheld: Withheld[] } {
  const withheld: Withheld[] = [];
  const path: string[] = [];
  const types = new TypeInfo(schema);
  const pruned = visit(
    document,
    visitWithTypeInfo(types, {
      FragmentDefinition: { enter: () => void (path.length = 0) },
      OperationDefinition: { enter: () => void (path.length = 0) },
      Field: {
        enter(node) {
          path.push(node.alias?.value ?? node.name.value);
          const demand = coordinatesOf(types, node)
            .flatMap(coordinate => rules.get(coordinate) ?? [])
            .find(each => !meets(viewer, each));
          if (!demand) return undefined;
          withheld.push({ path: [...path], demand });
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
  return { document: pruned, withheld };
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function forEachField(
  schema: GraphQLSchema,
  document: DocumentNode,
  see: (node: FieldNode, coordinates: string[]) => void,
): void {
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, { Field: node => see(node, coordinatesOf(types, node)) }),
  );
}

/** The coordinates whose rules bear on a field: its own, and its type's. */
function coordinatesOf(types: TypeInfo, node: FieldNode): string[] {
  const parent = types.getParentType();
  const type = getNamedType(types.getType());
  return [
    ...(parent ? [`${parent.name}.${node.name.value}`] : []),
    ...(isCompositeType(type) ? [type.name] : []),
  ];
}

/** Whether the operation's root fields were all withheld: there is nothing to run. */
export function isEmptied(operation: OperationDefinitionNode): boolean {
  return operation.selectionSet.selections.every(
    selection =>
      selection === TYPENAME ||
      (selection.kind === Kind.FIELD && selection.name.value === '__typename'),
  );
}
