import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type InlineFragmentNode,
  isInterfaceType,
  isObjectType,
  Kind,
  print,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { TYPENAME } from './field-set.js';
import { type FieldsType, flagOf, graphOf, textOf } from './join-directives.js';

/** Interface -> its fields that require something in a subgraph where the interface is an object. */
export function readRequiringInterfaceFields(supergraph: DocumentNode): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  visit(supergraph, {
    InterfaceTypeDefinition({ name, fields, directives }: FieldsType) {
      const graphs = directives
        ?.filter(each => flagOf(each, 'isInterfaceObject'))
        .map(each => graphOf(each));
      const requiring = fields?.filter(field =>
        field.directives?.some(
          each => textOf(each, 'requires') !== undefined && graphs?.includes(graphOf(each)),
        ),
      );
      if (requiring?.length) found.set(name.value, new Set(requiring.map(each => each.name.value)));
    },
  });
  return found;
}

/**
 * The document with such fields asked of the interface, where it asks them of one of its objects: the planner never comes
 * to an end with them when it is at the interface as an object. What was not asked for is left out of the answer.
 */
export function withFieldsOfInterfaces(
  document: DocumentNode,
  fieldsOf: ReadonlyMap<string, ReadonlySet<string>>,
  schema: GraphQLSchema,
): DocumentNode {
  if (fieldsOf.size === 0) return document;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  const inPlace = (selection: Exclude<SelectionNode, FieldNode>): InlineFragmentNode => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return selection;
    const { typeCondition, selectionSet } = fragments.get(selection.name.value)!;
    const { directives } = selection;
    return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
  };
  const split = ({ selections }: SelectionSetNode, names: ReadonlySet<string>) => {
    const kept: SelectionNode[] = [];
    const raised: SelectionNode[] = [];
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        (names.has(selection.name.value) ? raised : kept).push(selection);
        continue;
      }
      const fragment = inPlace(selection);
      const below = split(fragment.selectionSet, names);
      if (below.raised.length === 0) kept.push(selection);
      else {
        if (below.kept.length > 0) kept.push({ ...fragment, selectionSet: setOf(below.kept) });
        const { typeCondition: _, ...unconditional } = fragment;
        raised.push({ ...unconditional, selectionSet: setOf(below.raised) });
      }
    }
    return { kept, raised };
  };
  /** Whether no response key of such a field means another field as well, of other objects. */
  const isUniform = (set: SelectionSetNode, names: ReadonlySet<string>): boolean => {
    const fields = new Map<string, { name: string; call: string }>();
    const walk = ({ selections }: SelectionSetNode): boolean =>
      selections.every(selection => {
        if (selection.kind !== Kind.FIELD) return walk(inPlace(selection).selectionSet);
        const { alias, name, arguments: args } = selection;
        const key = (alias ?? name).value;
        const call = print({ kind: Kind.FIELD, name, arguments: args ?? [] });
        const first = fields.get(key) ?? { name: name.value, call };
        fields.set(key, first);
        return first.call === call || !(names.has(first.name) || names.has(name.value));
      });
    return walk(set);
  };
  const types = new TypeInfo(schema);
  const raise = visitWithTypeInfo(types, {
    SelectionSet(set) {
      const parent = types.getParentType();
      const names = isInterfaceType(parent) ? fieldsOf.get(parent.name) : undefined;
      if (!names || !isUniform(set, names)) return undefined;
      let isChanged = false;
      const selections = set.selections.flatMap((selection): SelectionNode[] => {
        if (selection.kind === Kind.FIELD) return [selection];
        const fragment = inPlace(selection);
        const condition = fragment.typeCondition?.name.value;
        if (!condition || !isObjectType(schema.getType(condition))) return [selection];
        const whole = setOf([fragment]);
        const { kept, raised } = split(whole, names);
        if (raised.length === 0) return [selection];
        isChanged = true;
        return [...kept, ...raised];
      });
      return isChanged ? setOf([TYPENAME, ...selections]) : undefined;
    },
  });
  return visit(document, raise);
}

function setOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}
