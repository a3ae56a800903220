import {
  type ASTVisitor,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  getNamedType,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValueNode,
  visit,
} from 'graphql';
import { getOwn, isObject, type JsonObject } from '../execution/json.js';
import { matchesType } from '../execution/rewrite.js';
import { inclusion, type IsIncluded, isOfSchema } from '../execution/selection.js';
import { TYPENAME } from '../supergraph/field-set.js';
import type { Aliases } from './aliases.js';

/** A fragment with `@defer`, which comes later than what surrounds it. */
export interface DeferredFragment {
  /** Its name in the plan. */
  number: string;
  /** Its name among clients. */
  label: string | undefined;
  node: InlineFragmentNode;
  /** Without what is deferred within it. */
  selectionSet: SelectionSetNode;
}

/** A deferred fragment of one object of the response. */
export interface DeferredPart {
  fragment: DeferredFragment;
  path: (string | number)[];
  type: GraphQLObjectType;
  source: JsonObject;
}

/** An operation taken apart at its active `@defer`s, with fragments spread out so that each is in one place. */
export class Deferral {
  readonly fragments: DeferredFragment[] = [];
  /** As the planner is to have it. */
  readonly planned: OperationDefinitionNode;
  /** Without what is deferred. */
  readonly immediate: OperationDefinitionNode;
  readonly #schema: GraphQLSchema;
  readonly #aliases: Aliases;
  readonly #spreads: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #deferredIn = new Map<SelectionSetNode, DeferredFragment[]>();
  /** Selection sets with something deferred in them or below. */
  readonly #leading = new Set<SelectionSetNode>();

  /** @param variables with their defaults: of them, those in `@defer(if: $…)` count */
  constructor(
    schema: GraphQLSchema,
    definition: OperationDefinitionNode,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    variables: JsonObject,
    aliases: Aliases,
  ) {
    this.#schema = schema;
    this.#aliases = aliases;
    this.#spreads = fragments;
    const { planned, immediate } = this.#split(definition.selectionSet, variables);
    this.planned = { ...definition, selectionSet: planned };
    this.immediate = { ...definition, selectionSet: immediate };
  }

  /**
   * The deferred parts of an object that is delivered, down to the next deferred ones.
   *
   * @param delivered what the client has of it: below what is null there, nothing can come
   */
  partsOf(
    { path, type, source }: Pick<DeferredPart, 'path' | 'type' | 'source'>,
    selectionSet: SelectionSetNode,
    delivered: JsonObject | null,
    variables: JsonObject,
  ): DeferredPart[] {
    const parts: DeferredPart[] = [];
    if (delivered)
      this.#find(selectionSet, type, source, delivered, path, inclusion(variables), parts);
    return parts;
  }

  #split(
    { kind, selections }: SelectionSetNode,
    variables: JsonObject,
  ): { planned: SelectionSetNode; immediate: SelectionSetNode } {
    const planned: SelectionNode[] = [];
    const immediate: SelectionNode[] = [];
    const deferred: DeferredFragment[] = [];
    let leads = false;
    for (const selection of selections) {
      if (isOfSchema(selection)) {
        planned.push(TYPENAME); // the planner cannot defer these, which are not its own anyway
        immediate.push(selection);
        continue;
      }
      const node = selection.kind === Kind.FRAGMENT_SPREAD ? this.#inline(selection) : selection;
      if (!node.selectionSet) {
        planned.push(selection);
        immediate.push(selection);
        continue;
      }
      const below = this.#split(node.selectionSet, variables);
      const defer = node.directives?.find(({ name }) => name.value === 'defer');
      const directives = node.directives?.filter(each => each !== defer) ?? [];
      if (node.kind === Kind.INLINE_FRAGMENT && defer && isActive(defer, variables)) {
        const label = argumentOf(defer, 'label');
        const fragment = {
          number: String(this.fragments.length),
          label: label?.kind === Kind.STRING ? label.value : undefined,
          node: { ...node, directives },
          selectionSet: below.immediate,
        };
        this.fragments.push(fragment);
        deferred.push(fragment);
        planned.push({
          ...node,
          directives: [...directives, deferAs(fragment.number)],
          selectionSet: below.planned,
        });
      } else {
        leads ||= this.#leading.has(below.immediate);
        planned.push({ ...node, directives, selectionSet: below.planned });
        immediate.push({ ...node, directives, selectionSet: below.immediate });
      }
    }
    const set = { kind, selections: immediate };
    if (deferred.length > 0) this.#deferredIn.set(set, deferred);
    if (deferred.length > 0 || leads) this.#leading.add(set);
    return { planned: { kind, selections: planned }, immediate: set };
  }

  #inline({ name, directives }: FragmentSpreadNode): InlineFragmentNode {
    const { typeCondition, selectionSet } = this.#spreads.get(name.value)!;
    return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
  }

  #find(
    set: SelectionSetNode,
    type: GraphQLObjectType,
    source: JsonObject,
    delivered: JsonObject,
    path: (string | number)[],
    isIncluded: IsIncluded,
    parts: DeferredPart[],
  ): void {
    const applies = ({ typeCondition }: InlineFragmentNode) =>
      !typeCondition || matchesType(this.#schema, type.name, typeCondition.name.value);
    for (const fragment of this.#deferredIn.get(set) ?? []) {
      if (isIncluded(fragment.node) && applies(fragment.node))
        parts.push({ fragment, path, type, source });
    }
    const descend = (
      below: SelectionSetNode,
      named: GraphQLNamedType,
      value: unknown,
      seen: unknown,
      at: (string | number)[],
    ): void => {
      if (!isObject(value) || !isObject(seen)) return;
      if (Array.isArray(seen)) {
        for (const [index, item] of (seen as unknown[]).entries())
          descend(below, named, (value as unknown as unknown[])[index], item, [...at, index]);
        return;
      }
      const typeName = getOwn(value, '__typename');
      const told = typeof typeName === 'string' ? this.#schema.getType(typeName) : named;
      if (isObjectType(told)) this.#find(below, told, value, seen, at, isIncluded, parts);
    };
    for (const node of set.selections) {
      if (node.kind === Kind.FRAGMENT_SPREAD || !node.selectionSet) continue;
      if (!this.#leading.has(node.selectionSet) || !isIncluded(node)) continue;
      if (node.kind === Kind.INLINE_FRAGMENT) {
        if (applies(node))
          this.#find(node.selectionSet, type, source, delivered, path, isIncluded, parts);
        continue;
      }
      const key = node.alias?.value ?? node.name.value;
      const named = getNamedType(type.getFields()[node.name.value]!.type);
      const at = [...path, key];
      const value = getOwn(source, this.#aliases.sourceKeyOf(node));
      descend(node.selectionSet, named, value, getOwn(delivered, key), at);
    }
  }
}

function isActive(defer: DirectiveNode, variables: JsonObject): boolean {
  const condition = argumentOf(defer, 'if');
  if (condition?.kind === Kind.VARIABLE) return getOwn(variables, condition.name.value) !== false;
  return !isFalse(condition);
}

function argumentOf(directive: DirectiveNode, name: string): ValueNode | undefined {
  return directive.arguments?.find(argument => argument.name.value === name)?.value;
}

function isFalse(value: ValueNode | undefined): boolean {
  return value?.kind === Kind.BOOLEAN && !value.value;
}

function deferAs(label: string): DirectiveNode {
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: 'defer' },
    arguments: [
      {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'label' },
        value: { kind: Kind.STRING, value: label },
      },
    ],
  };
}

/** The names of the variables in `@defer(if: $…)`; undefined when the document defers nothing. */
export function deferVariables(document: DocumentNode): string[] | undefined {
  if (!document.loc?.source.body.includes('defer')) return undefined;
  const names = new Set<string>();
  let defers = false;
  visit(document, {
    Directive(node) {
      if (node.name.value !== 'defer') return;
      const condition = argumentOf(node, 'if');
      defers ||= !isFalse(condition);
      if (condition?.kind === Kind.VARIABLE) names.add(condition.name.value);
    },
  });
  return defers ? [...names] : undefined;
}

/**
 * Validation rules: labels tell deferred parts apart, and what has an effect or is an event comes at once.
 *
 * @see https://github.com/graphql/graphql-spec/pull/1110
 */
export function deferRules(context: ValidationContext): ASTVisitor {
  const labels = new Set<string>();
  let isSubscription = false;
  const report = (message: string, node: DirectiveNode) =>
    context.reportError(new GraphQLError(message, { nodes: node }));
  return {
    OperationDefinition({ operation }) {
      isSubscription = operation === OperationTypeNode.SUBSCRIPTION;
    },
    FragmentDefinition() {
      isSubscription = false;
    },
    Directive(node) {
      if (node.name.value !== 'defer') return;
      const [label, condition] = [argumentOf(node, 'label'), argumentOf(node, 'if')];
      if (label?.kind === Kind.VARIABLE) report('The label of a @defer is no variable.', node);
      if (label?.kind === Kind.STRING) {
        if (labels.has(label.value)) report('There are two @defer with this label.', node);
        labels.add(label.value);
      }
      if (condition?.kind === Kind.VARIABLE || isFalse(condition)) return;
      const [parent, schema] = [context.getParentType(), context.getSchema()];
      if (parent && parent === schema.getMutationType())
        report('The fields of a mutation cannot be deferred. Defer what is below them.', node);
      if (isSubscription || (parent && parent === schema.getSubscriptionType()))
        report('A subscription cannot have @defer.', node);
    },
  };
}
