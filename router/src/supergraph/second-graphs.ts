import {
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  Kind,
  type TypeDefinitionNode,
  visit,
} from 'graphql';
import { parseFieldSet } from './field-set.js';
import { type FieldsType, graphOf, textOf } from './join-directives.js';

const SUFFIX = '__second';
const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);

/**
 * Subgraphs that are in the planner's supergraph twice. The second graph has entities with nothing but their keys and the
 * made-up fields that require something; all else is there for what these are of, and cannot be come by in another way.
 */
export class SecondGraphs {
  /** Name of a second graph -> the subgraph that it stands for. */
  readonly names = new Map<string, string>();
  /** By value of join__Graph: the entities. */
  readonly #entities = new Map<string, Set<string>>();

  /** @param directive of a field of the entity, which is to be in its graph's second one */
  add(directive: ConstDirectiveNode, graphName: string, entity: string): void {
    const graph = graphOf(directive)!;
    this.#entities.set(graph, (this.#entities.get(graph) ?? new Set()).add(entity));
    this.names.set(graphName + SUFFIX, graphName);
  }

  /** What a directive says of a graph, said of its second one; nothing when it has none. */
  directive(directive: ConstDirectiveNode): ConstDirectiveNode[] {
    const graph = graphOf(directive);
    if (graph === undefined || !this.#entities.has(graph)) return [];
    const second = withArgument(directive, 'graph', { kind: Kind.ENUM, value: graph + SUFFIX });
    // What it would provide may not be there.
    const args = second.arguments?.filter(({ name }) => name.value !== 'provides') ?? [];
    return [{ ...second, arguments: args }];
  }

  addTo(supergraph: DocumentNode): DocumentNode {
    if (this.#entities.size === 0) return supergraph;
    const fieldsOf = new Map<string, readonly FieldDefinitionNode[]>();
    visit(supergraph, {
      InterfaceTypeDefinition: ({ name, fields }) => void fieldsOf.set(name.value, fields ?? []),
    });
    const addDirectives = <T extends { directives?: readonly ConstDirectiveNode[] }>(
      node: T,
    ): T => ({
      ...node,
      directives: [
        ...(node.directives ?? []),
        ...(node.directives ?? []).flatMap(each => this.directive(each)),
      ],
    });
    const addFieldsType = (type: FieldsType): FieldsType | undefined => {
      const { name } = type;
      if (ROOTS.has(name.value)) return name.value === 'Query' ? this.#addType(type) : undefined;
      const interfaceFields = (type.interfaces ?? []).flatMap(
        each => fieldsOf.get(each.name.value) ?? [],
      );
      const kept = new Set([
        ...interfaceFields.map(field => field.name.value),
        ...(type.directives ?? []).flatMap(each => keyFieldsOf(each)),
      ]);
      const fields = type.fields?.map(field => {
        const directives = field.directives?.flatMap(each => {
          const graph = graphOf(each) ?? '';
          const isThere = field.directives?.some(other => graphOf(other) === graph + SUFFIX);
          const isLeftOut =
            this.#entities.get(graph)?.has(name.value) && !kept.has(field.name.value);
          const isRequiring = textOf(each, 'requires') !== undefined;
          return isThere || isLeftOut || isRequiring ? [] : this.directive(each);
        });
        return { ...field, directives: [...(field.directives ?? []), ...(directives ?? [])] };
      });
      return { ...this.#addType(type), ...(fields && { fields }) };
    };
    return visit(supergraph, {
      ObjectTypeDefinition: addFieldsType,
      InterfaceTypeDefinition: addFieldsType,
      UnionTypeDefinition: addDirectives,
      ScalarTypeDefinition: addDirectives,
      InputObjectTypeDefinition: addDirectives,
      InputValueDefinition: addDirectives,
      EnumTypeDefinition: type =>
        type.name.value === 'join__Graph' ? this.#addGraphs(type) : addDirectives(type),
      EnumValueDefinition: addDirectives,
    });
  }

  #addType<T extends FieldsType & TypeDefinitionNode>(type: T): T {
    const directives = type.directives?.flatMap(each => {
      const isEntity = this.#entities.get(graphOf(each) ?? '')?.has(type.name.value);
      const isReached = !isEntity && textOf(each, 'key') !== undefined;
      return this.directive(
        isReached ? withArgument(each, 'resolvable', { kind: Kind.BOOLEAN, value: false }) : each,
      );
    });
    return { ...type, directives: [...(type.directives ?? []), ...(directives ?? [])] };
  }

  #addGraphs(graphs: EnumTypeDefinitionNode): EnumTypeDefinitionNode {
    const second = (graphs.values ?? []).flatMap(each => {
      if (!this.#entities.has(each.name.value)) return [];
      const directives = each.directives?.map(directive => {
        const value = textOf(directive, 'name')! + SUFFIX;
        return withArgument(directive, 'name', { kind: Kind.STRING, value });
      });
      const name = { ...each.name, value: each.name.value + SUFFIX };
      return [{ ...each, name, ...(directives && { directives }) }];
    });
    return { ...graphs, values: [...(graphs.values ?? []), ...second] };
  }
}

function keyFieldsOf(directive: ConstDirectiveNode): string[] {
  const key = textOf(directive, 'key');
  if (key === undefined) return [];
  const { selections } = parseFieldSet(key);
  return selections.flatMap(each => (each.kind === Kind.FIELD ? [each.name.value] : []));
}

function withArgument(
  directive: ConstDirectiveNode,
  name: string,
  value: NonNullable<ConstDirectiveNode['arguments']>[number]['value'],
): ConstDirectiveNode {
  const others = directive.arguments?.filter(each => each.name.value !== name) ?? [];
  const argument = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name }, value } as const;
  return { ...directive, arguments: [...others, argument] };
}
