import {
  type DocumentNode,
  getNamedType,
  type GraphQLSchema,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { TYPENAME } from './field-set.js';
import { type FieldsType, graphOf, textOf } from './join-directives.js';

/**
 * `graph Type.field` -> the object type that the field has there, where the whole supergraph knows it by an interface or a
 * union.
 *
 * @param graphNames by value of join__Graph
 */
export function readNarrowedFields(
  supergraph: DocumentNode,
  graphNames: ReadonlyMap<string, string>,
): Map<string, string> {
  const objects = new Set<string>();
  visit(supergraph, { ObjectTypeDefinition: ({ name }) => void objects.add(name.value) });
  const narrowed = new Map<string, string>();
  const read = (type: FieldsType): void => {
    for (const field of type.fields ?? []) {
      let known = field.type;
      while (known.kind !== Kind.NAMED_TYPE) known = known.type;
      if (objects.has(known.name.value)) continue;
      for (const directive of field.directives ?? []) {
        const own = textOf(directive, 'type')?.replaceAll(/[^\w]/g, '');
        const graph = graphNames.get(graphOf(directive) ?? '');
        if (own === undefined || graph === undefined || !objects.has(own)) continue;
        narrowed.set(`${graph} ${type.name.value}.${field.name.value}`, own);
      }
    }
  };
  visit(supergraph, { ObjectTypeDefinition: read, InterfaceTypeDefinition: read });
  return narrowed;
}

/** The selections with `__typename` of all objects that the client knows by an interface or a union. */
export function withNarrowedTypes(
  set: SelectionSetNode,
  typeName: string,
  graph: string,
  narrowed: ReadonlyMap<string, string>,
  schema: GraphQLSchema,
): SelectionSetNode {
  const below = (selectionSet: SelectionSetNode, name: string) =>
    withNarrowedTypes(selectionSet, name, graph, narrowed, schema);
  const selections = set.selections.map((selection): SelectionNode => {
    if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value ?? typeName;
      return { ...selection, selectionSet: below(selection.selectionSet, condition) };
    }
    const { value: name } = selection.name;
    const own = narrowed.get(`${graph} ${typeName}.${name}`);
    const type = schema.getType(typeName);
    const fields = type && 'getFields' in type ? type.getFields() : {};
    const known = own ?? getNamedType(fields[name]?.type)?.name ?? '';
    const { selections: asked } = below(selection.selectionSet, known);
    const isAsked = asked.some(
      each => each.kind === Kind.FIELD && !each.alias && each.name.value === '__typename',
    );
    const all = own === undefined || isAsked ? asked : [TYPENAME, ...asked];
    return { ...selection, selectionSet: { kind: Kind.SELECTION_SET, selections: all } };
  });
  return { kind: Kind.SELECTION_SET, selections };
}
