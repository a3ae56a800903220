import { createHash } from 'node:crypto';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  Kind,
  print,
  type SelectionNode,
  type SelectionSetNode,
  type TypeNode,
  visit,
} from 'graphql';
import { parseFieldSet } from './field-set.js';
import { type FieldsType, flagOf, graphOf, textOf } from './join-directives.js';
import { readNarrowedFields } from './narrowed-fields.js';
import { SecondGraphs } from './second-graphs.js';

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
  /** Name of a made-up graph -> the subgraph that it stands for. */
  graphs: ReadonlyMap<string, string>;
  /** `graph Type.field` -> the object type that the field has there, where clients know it by an interface or a union. */
  narrowed: ReadonlyMap<string, string>;
}

/**
 * Mends what leads the planner astray, and keeps the supergraph's meaning:
 * - It may choose a key that its subgraph cannot resolve, when that comes first. Those that can be are put first.
 * - It takes a field that `@requires` names for the same field with other arguments that a client asks for, or another
 *   `@requires` names. A required field that takes arguments becomes a field of its own, that takes none; what the plan
 *   fetches of it is put right by `mendPlan`.
 * - It fetches a required field that requires something itself too early, or where the field's own requirements are but
 *   `@external`: it takes the subgraph for one that it is at already. Such a field, too, becomes one of its own, in a graph
 *   that nothing else is asked of, and so does what it requires.
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
  const { calls, requirements, graphs } = rewriter;
  const narrowed = readNarrowedFields(supergraph, rewriter.graphNames);
  const isChanged = isReordered || calls.size > 0;
  return { document, isChanged, calls, requirements, graphs, narrowed };
}

/** "price__r12de930806" -> "price" */
export function originalName(name: string): string {
  return name.replace(/__r[0-9a-f]{10}$/, '');
}

function resolvableFirst(directives: readonly ConstDirectiveNode[]): readonly ConstDirectiveNode[] {
  const isUnresolvable = (each: ConstDirectiveNode) =>
    each.name.value === 'join__type' && flagOf(each, 'resolvable') === false;
  const sorted = [
    ...directives.filter(each => !isUnresolvable(each)),
    ...directives.filter(isUnresolvable),
  ];
  return sorted.every((each, n) => each === directives[n]) ? directives : sorted;
}

class RequirementRewriter {
  readonly calls = new Map<string, RequiredCall>();
  readonly requirements = new Map<string, SelectionSetNode>();
  readonly graphNames = new Map<string, string>(); // by value of join__Graph
  readonly #types = new Map<string, FieldsType>();
  /** `Type.field` -> the fields that are made up of it. */
  readonly #madeUp = new Map<string, Set<string>>();
  /** The made-up fields that require something themselves, and those that these require. */
  readonly #chained = new Set<string>();
  readonly #requiredByChained = new Set<string>();
  readonly #secondGraphs = new SecondGraphs();

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
        this.graphNames.set(name.value, textOf(directives?.[0], 'name') ?? name.value);
      }
    }
    for (const type of this.#types.values()) {
      for (const field of type.fields ?? []) {
        for (const directive of field.directives ?? [])
          this.#readRequirement(type, field, directive);
      }
    }
  }

  get graphs(): ReadonlyMap<string, string> {
    return this.#secondGraphs.names;
  }

  /** Puts the made-up fields into the types, and their names where they are required. */
  rewrite(document: DocumentNode): DocumentNode {
    if (this.calls.size === 0) return document;
    const rewriteType = (type: FieldsType): FieldsType => ({
      ...type,
      fields: (type.fields ?? []).flatMap(field => {
        const rewrite = (each: ConstDirectiveNode, name = field.name.value) =>
          this.#rewriteRequires(`${type.name.value}.${name}`, each);
        const original = { ...field, directives: field.directives?.map(each => rewrite(each)) };
        const madeUp = this.#madeUp.get(`${type.name.value}.${field.name.value}`) ?? [];
        return [
          original,
          ...[...madeUp].map(name => ({
            ...original,
            name: { kind: Kind.NAME, value: name } as const,
            arguments: [],
            directives: field.directives?.flatMap(each =>
              this.#directiveOf(name, rewrite(each, name)),
            ),
          })),
        ];
      }),
    });
    const rewritten = visit(document, {
      ObjectTypeDefinition: rewriteType,
      InterfaceTypeDefinition: rewriteType,
    });
    return this.#secondGraphs.addTo(rewritten);
  }

  /** Where a made-up field is: one of a chain of requirements is in the second graphs. */
  #directiveOf(name: string, directive: ConstDirectiveNode): ConstDirectiveNode[] {
    const isChained = this.#chained.has(name);
    if (!isChained && !this.#requiredByChained.has(name)) return [directive];
    const second = this.#secondGraphs.directive(directive);
    if (textOf(directive, 'requires') !== undefined) return second;
    const isSecond = this.#requiredByChained.has(name);
    return [
      ...(flagOf(directive, 'external') && isSecond ? [] : [directive]),
      ...(isSecond ? second : []),
    ];
  }

  /** The name of the subgraph that a directive is about. */
  #graphOf(directive: ConstDirectiveNode): string | undefined {
    return this.graphNames.get(graphOf(directive) ?? '');
  }

  /** @param madeUp the field's other name, where that is what requires it */
  #readRequirement(
    type: FieldsType,
    field: FieldDefinitionNode,
    directive: ConstDirectiveNode,
    madeUp?: string,
  ): void {
    const text = directive.name.value === 'join__field' && textOf(directive, 'requires');
    if (!text) return;
    const graph = this.#graphOf(directive);
    if (graph === undefined) return;
    const key = `${graph} ${type.name.value}.${madeUp ?? field.name.value}`;
    if (this.requirements.has(key)) return;
    const selectionSet = parseFieldSet(text);
    this.requirements.set(key, selectionSet); // while it is being rewritten: it may lead back to itself
    if (madeUp !== undefined) this.#secondGraphs.add(directive, graph, type.name.value);
    const rewritten = this.#rewriteSelections(type.name.value, selectionSet, madeUp !== undefined);
    this.requirements.set(key, rewritten);
  }

  #rewriteRequires(coordinate: string, directive: ConstDirectiveNode): ConstDirectiveNode {
    if (directive.name.value !== 'join__field') return directive;
    const selectionSet = this.requirements.get(`${this.#graphOf(directive)} ${coordinate}`);
    if (!selectionSet) return directive;
    const value = print(selectionSet).slice(1, -1).replaceAll(/\s+/g, ' ').trim();
    return {
      ...directive,
      arguments: directive.arguments!.map(arg =>
        arg.name.value === 'requires' ? { ...arg, value: { kind: Kind.STRING, value } } : arg,
      ),
    };
  }

  /** @param isOfChained whether it is what a field requires that is required itself */
  #rewriteSelections(
    typeName: string,
    { selections }: SelectionSetNode,
    isOfChained = false,
  ): SelectionSetNode {
    return {
      kind: Kind.SELECTION_SET,
      selections: selections.map((selection): SelectionNode => {
        if (selection.kind === Kind.FIELD)
          return this.#rewriteField(typeName, selection, isOfChained);
        if (selection.kind === Kind.FRAGMENT_SPREAD) return selection; // a set of fields has none
        const condition = selection.typeCondition?.name.value ?? typeName;
        return {
          ...selection,
          selectionSet: this.#rewriteSelections(condition, selection.selectionSet, isOfChained),
        };
      }),
    };
  }

  #rewriteField(typeName: string, node: FieldNode, isOfChained: boolean): FieldNode {
    const definition = this.#types
      .get(typeName)
      ?.fields?.find(({ name }) => name.value === node.name.value);
    if (!definition) return node; // __typename
    const rewritten = node.selectionSet
      ? {
          ...node,
          selectionSet: this.#rewriteSelections(
            namedType(definition.type),
            node.selectionSet,
            isOfChained,
          ),
        }
      : node;
    const fields = [...this.#withField(typeName, node.name.value)];
    const isChained = fields.some(([, { directives }]) =>
      directives?.some(each => textOf(each, 'requires') !== undefined),
    );
    if (!definition.arguments?.length && !isChained && !isOfChained) return rewritten;
    const name = this.#madeUpName(typeName, { ...node, selectionSet: undefined }, isOfChained);
    if (isChained) this.#chained.add(name);
    if (isOfChained) this.#requiredByChained.add(name);
    for (const [type, field] of fields) {
      const key = `${type.name.value}.${node.name.value}`;
      this.#madeUp.set(key, (this.#madeUp.get(key) ?? new Set()).add(name));
      for (const directive of field.directives ?? [])
        this.#readRequirement(type, field, directive, name);
    }
    return { ...rewritten, name: { kind: Kind.NAME, value: name }, arguments: [] };
  }

  /**
   * The same name for the same call in every supergraph: subgraphs that cache by operation see the same ones. What is
   * required by a field of a chain has another: it is `@external` in other graphs.
   */
  #madeUpName(typeName: string, call: FieldNode, isOfChained: boolean): string {
    const text = print(call);
    const place = isOfChained ? `${typeName} again` : typeName;
    const digest = createHash('sha1').update(`${place}.${text}`).digest('hex').slice(0, 10);
    const name = `${call.name.value}__r${digest}`;
    this.calls.set(name, { name: call.name.value, text });
    return name;
  }

  /** The field of the type; of an interface also of those that implement it, which must have the field too. */
  *#withField(
    typeName: string,
    fieldName: string,
  ): Generator<[type: FieldsType, field: FieldDefinitionNode]> {
    const isInterface = this.#types.get(typeName)?.kind === Kind.INTERFACE_TYPE_DEFINITION;
    for (const type of this.#types.values()) {
      const { name, interfaces, fields } = type;
      const implementsIt = isInterface && interfaces?.some(each => each.name.value === typeName);
      const field = fields?.find(each => each.name.value === fieldName);
      if (field && (implementsIt || name.value === typeName)) yield [type, field];
    }
  }
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
