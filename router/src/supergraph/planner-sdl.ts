import { createHash } from 'node:crypto';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  type TypeNode,
  visit,
} from 'graphql';
import { parseFieldSet } from './field-set.js';

/** What a field that was made up for the planner stands for. */
export interface RequiredCall {
  /** The field's name in the subgraphs. */
  name: string;
  /** The field with its arguments, as GraphQL. */
  text: string;
}

/** A supergraph as the planner gets it. */
export interface PlannerSdl {
  document: DocumentNode;
  /** Whether it differs from the supergraph as it is. */
  isChanged: boolean;
  /** Name of a made-up field -> what it stands for. */
  calls: ReadonlyMap<string, RequiredCall>;
  /** `graph Type.field` -> what the field requires there, with the made-up fields. */
  requirements: ReadonlyMap<string, SelectionSetNode>;
}

type FieldsType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/**
 * Mends what leads the planner astray, and keeps the supergraph's meaning:
 * - It may choose a key that its subgraph cannot resolve, when that comes first. Those that can be are put first.
 * - It takes a field that `@requires` names for the same field with other arguments that a client asks for, or another
 *   `@requires` names. A required field that takes arguments becomes a field of its own, that takes none; what the plan
 *   fetches of it is put right by `mendPlan`.
 */
export function plannerSdl(supergraph: DocumentNode): PlannerSdl {
  const rewriter = new RequirementRewriter(supergraph);
  let isReordered = false;
  const mendKeys = (type: FieldsType): FieldsType | undefined => {
    const directives = resolvableFirst(type.directives ?? []);
    if (directives === type.directives) return undefined;
    isReordered = true;
    return { ...type, directives };
  };
  const reordered = visit(supergraph, {
    ObjectTypeDefinition: mendKeys,
    InterfaceTypeDefinition: mendKeys,
  });
  const document = rewriter.rewrite(reordered);
  const { calls, requirements } = rewriter;
  return { document, isChanged: isReordered || calls.size > 0, calls, requirements };
}

function resolvableFirst(directives: readonly ConstDirectiveNode[]): readonly ConstDirectiveNode[] {
  const isUnresolvable = ({ name, arguments: args }: ConstDirectiveNode) =>
    name.value === 'join__type' &&
    args?.some(
      arg => arg.name.value === 'resolvable' && arg.value.kind === Kind.BOOLEAN && !arg.value.value,
    );
  const sorted = [
    ...directives.filter(each => !isUnresolvable(each)),
    ...directives.filter(isUnresolvable),
  ];
  return sorted.every((each, n) => each === directives[n]) ? directives : sorted;
}

class RequirementRewriter {
  readonly calls = new Map<string, RequiredCall>();
  readonly requirements = new Map<string, SelectionSetNode>();
  readonly #types = new Map<string, FieldsType>();
  readonly #graphNames = new Map<string, string>(); // by value of join__Graph
  /** `Type.field` -> the fields that are made up of it. */
  readonly #madeUp = new Map<string, Set<string>>();

  constructor(supergraph: DocumentNode) {
    for (const definition of supergraph.definitions) {
      if (
        definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
        definition.kind === Kind.INTERFACE_TYPE_DEFINITION
      ) {
        this.#types.set(definition.name.value, definition);
      }
      if (definition.kind !== Kind.ENUM_TYPE_DEFINITION) continue;
      if (definition.name.value !== 'join__Graph') continue;
      for (const { name, directives } of definition.values ?? []) {
        this.#graphNames.set(name.value, textOf(directives?.[0], 'name') ?? name.value);
      }
    }
    for (const type of this.#types.values()) {
      for (const field of type.fields ?? []) {
        for (const directive of field.directives ?? [])
          this.#readRequirement(type, field, directive);
      }
    }
  }

  /** Puts the made-up fields into the types, and their names where they are required. */
  rewrite(document: DocumentNode): DocumentNode {
    if (this.calls.size === 0) return document;
    const rewriteType = (type: FieldsType): FieldsType => ({
      ...type,
      fields: (type.fields ?? []).flatMap(field => {
        const directives = field.directives?.map(each => this.#rewriteRequires(type, field, each));
        const original = { ...field, directives: directives ?? [] };
        const madeUp = this.#madeUp.get(`${type.name.value}.${field.name.value}`) ?? [];
        return [
          original,
          ...[...madeUp].map(name => ({
            ...original,
            name: { kind: Kind.NAME, value: name } as const,
            arguments: [],
          })),
        ];
      }),
    });
    return visit(document, {
      ObjectTypeDefinition: rewriteType,
      InterfaceTypeDefinition: rewriteType,
    });
  }

  /** The name of the subgraph that a directive is about. */
  #graphOf({ arguments: args }: ConstDirectiveNode): string | undefined {
    const value = args?.find(({ name }) => name.value === 'graph')?.value;
    return value?.kind === Kind.ENUM ? this.#graphNames.get(value.value) : undefined;
  }

  #readRequirement(
    type: FieldsType,
    field: FieldDefinitionNode,
    directive: ConstDirectiveNode,
  ): void {
    const text = directive.name.value === 'join__field' && textOf(directive, 'requires');
    if (!text) return;
    const graph = this.#graphOf(directive);
    if (graph === undefined) return;
    const key = `${graph} ${type.name.value}.${field.name.value}`;
    this.requirements.set(key, this.#rewriteSelections(type.name.value, parseFieldSet(text)));
  }

  #rewriteRequires(
    type: FieldsType,
    field: FieldDefinitionNode,
    directive: ConstDirectiveNode,
  ): ConstDirectiveNode {
    if (directive.name.value !== 'join__field') return directive;
    const key = `${this.#graphOf(directive)} ${type.name.value}.${field.name.value}`;
    const selectionSet = this.requirements.get(key);
    if (!selectionSet) return directive;
    const value = print(selectionSet).slice(1, -1).replaceAll(/\s+/g, ' ').trim();
    return {
      ...directive,
      arguments: directive.arguments!.map(arg =>
        arg.name.value === 'requires' ? { ...arg, value: { kind: Kind.STRING, value } } : arg,
      ),
    };
  }

  #rewriteSelections(typeName: string, { selections }: SelectionSetNode): SelectionSetNode {
    return {
      kind: Kind.SELECTION_SET,
      selections: selections.map((selection): SelectionNode => {
        if (selection.kind === Kind.FIELD) return this.#rewriteField(typeName, selection);
        if (selection.kind === Kind.FRAGMENT_SPREAD) return selection; // a set of fields has none
        const condition = selection.typeCondition?.name.value ?? typeName;
        return {
          ...selection,
          selectionSet: this.#rewriteSelections(condition, selection.selectionSet),
        };
      }),
    };
  }

  #rewriteField(typeName: string, node: FieldNode): FieldNode {
    const definition = this.#types
      .get(typeName)
      ?.fields?.find(({ name }) => name.value === node.name.value);
    if (!definition) return node; // __typename
    const rewritten = node.selectionSet
      ? {
          ...node,
          selectionSet: this.#rewriteSelections(namedType(definition.type), node.selectionSet),
        }
      : node;
    if (!definition.arguments?.length) return rewritten;
    const name = this.#madeUpName(typeName, { ...node, selectionSet: undefined });
    for (const type of this.#withField(typeName, node.name.value)) {
      const key = `${type}.${node.name.value}`;
      this.#madeUp.set(key, (this.#madeUp.get(key) ?? new Set()).add(name));
    }
    return { ...rewritten, name: { kind: Kind.NAME, value: name }, arguments: [] };
  }

  /** The same name for the same call in every supergraph: subgraphs that cache by operation see the same ones. */
  #madeUpName(typeName: string, call: FieldNode): string {
    const text = print(call);
    const digest = createHash('sha1').update(`${typeName}.${text}`).digest('hex').slice(0, 10);
    const name = `${call.name.value}__r${digest}`;
    this.calls.set(name, { name: call.name.value, text });
    return name;
  }

  /** The type; of an interface also those that implement it, which must have the field too. */
  *#withField(typeName: string, fieldName: string): Generator<string> {
    yield typeName;
    if (this.#types.get(typeName)?.kind !== Kind.INTERFACE_TYPE_DEFINITION) return;
    for (const { name, interfaces, fields } of this.#types.values()) {
      const implementsIt = interfaces?.some(each => each.name.value === typeName);
      if (implementsIt && fields?.some(field => field.name.value === fieldName)) yield name.value;
    }
  }
}

function textOf(directive: ConstDirectiveNode | undefined, name: string): string | undefined {
  const value = directive?.arguments?.find(argument => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
