import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** How large an operation may be. Checked before it is planned, and counted with its fragments spread out. */
export interface OperationLimits {
  /** Of the document's text, so that parsing is bounded. */
  tokens: number;
  /** Fields within fields. Introspection's own do not count. */
  depth: number;
  aliases: number;
  rootFields: number;
  directives: number;
  /** Fields and fragments: what the planner has to go through. */
  selections: number;
  /** What `costOf` says. */
  cost?: number | undefined;
  /** How long a list is that the schema says nothing of. */
  assumedListSize: number;
}

export const DEFAULT_LIMITS: OperationLimits = {
  tokens: 2_000,
  depth: 12,
  aliases: 30,
  rootFields: 20,
  directives: 50,
  selections: 5_000,
  assumedListSize: 10,
};

interface Size {
  depth: number;
  aliases: number;
  fields: number;
  directives: number;
  selections: number;
}

const NOTHING: Size = { depth: 0, aliases: 0, fields: 0, directives: 0, selections: 0 };

/** What about a document is over the limits, in words. Fragments are looked at once each: this takes linear time. */
export function faultOfSize(document: DocumentNode, limits: OperationLimits): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition);
  }
  const sizes = new Map<string, Size | 'open'>();
  const sizeOfFragment = (name: string): Size => {
    const known = sizes.get(name);
    if (known === 'open') return { ...NOTHING, depth: Infinity }; // it contains itself
    if (known) return known;
    const fragment = fragments.get(name);
    if (!fragment) return NOTHING; // validation will say so
    sizes.set(name, 'open');
    const size = sizeOf(fragment.selectionSet);
    sizes.set(name, size);
    return size;
  };
  const sizeOf = ({ selections }: SelectionSetNode): Size => {
    const total = { ...NOTHING };
    for (const selection of selections) {
      let inner: Size | undefined;
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value.startsWith('__')) continue;
        if (selection.alias) total.aliases++;
        total.fields++;
        inner = selection.selectionSet && sizeOf(selection.selectionSet);
        total.depth = Math.max(total.depth, 1 + (inner?.depth ?? 0));
      } else {
        inner =
          selection.kind === Kind.INLINE_FRAGMENT
            ? sizeOf(selection.selectionSet)
            : sizeOfFragment(selection.name.value);
        total.depth = Math.max(total.depth, inner.depth);
        total.fields += inner.fields;
      }
      total.selections += 1 + (inner?.selections ?? 0);
      total.aliases += inner?.aliases ?? 0;
      total.directives += (selection.directives?.length ?? 0) + (inner?.directives ?? 0);
    }
    return total;
  };

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, aliases, fields, directives, selections } = sizeOf(definition.selectionSet);
    if (depth > limits.depth)
      return `It is ${Number.isFinite(depth) ? depth : 'endlessly many'} fields deep; ${limits.depth} is the limit.`;
    if (aliases > limits.aliases)
      return `It has ${aliases} aliases; ${limits.aliases} is the limit.`;
    if (fields > limits.rootFields)
      return `It has ${fields} root fields; ${limits.rootFields} is the limit.`;
    if (directives > limits.directives)
      return `It has ${directives} directives; ${limits.directives} is the limit.`;
    if (selections > limits.selections)
      return `It has ${selections} fields and fragments; ${limits.selections} is the limit.`;
  }
  return undefined;
}

/** A validation rule: `__proto__` as a response key would be lost on the way, or worse. */
export function noPrototypeKeys(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if ((node.alias ?? node.name).value !== '__proto__') return;
      context.reportError(
        new GraphQLError('"__proto__" cannot be a response key.', { nodes: node }),
      );
    },
  };
}
