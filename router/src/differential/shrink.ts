import {
  type ASTNode,
  type DocumentNode,
  Kind,
  parse,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { OperationModel } from './random-operation.js';

const TRIES_MAX = 2_000;

/** The smallest operation that still fails, made by leaving out selections and directives one by one. */
export async function shrink(
  operation: OperationModel,
  fails: (operation: OperationModel) => Promise<boolean>,
): Promise<OperationModel> {
  let smallest = operation;
  let tries = 0;
  for (let at = 0; tries < TRIES_MAX;) {
    const smaller = without(smallest, at);
    if (!smaller) return smallest;
    tries++;
    if (await fails(smaller)) smallest = smaller;
    else at++;
  }
  return smallest;
}

/** The operation without its n-th removable part; undefined when it has no so many. */
function without(operation: OperationModel, n: number): OperationModel | undefined {
  let at = 0;
  const isMeant = () => at++ === n;
  let isFound = false;
  const document = visit(parse(operation.query), {
    enter(node, _key, parent) {
      if (isFound) return undefined;
      if (node.kind === Kind.DIRECTIVE && isMeant()) {
        isFound = true;
        return null;
      }
      if (!isSelection(node) || !parent) return undefined;
      // `parent` is the list of selections.
      const isOnly = Array.isArray(parent) && parent.length === 1;
      if (!isOnly && isMeant()) {
        isFound = true;
        return null;
      }
      return undefined;
    },
    leave(node) {
      // A fragment may give way to what is in it.
      if (isFound || node.kind !== Kind.SELECTION_SET) return undefined;
      for (const [index, selection] of node.selections.entries()) {
        if (selection.kind !== Kind.INLINE_FRAGMENT || !isMeant()) continue;
        isFound = true;
        const selections = node.selections.toSpliced(
          index,
          1,
          ...selection.selectionSet.selections,
        );
        return { ...node, selections } satisfies SelectionSetNode;
      }
      return undefined;
    },
  });
  return isFound ? prune(document, operation) : undefined;
}

function isSelection(node: ASTNode): boolean {
  return (
    node.kind === Kind.FIELD ||
    node.kind === Kind.INLINE_FRAGMENT ||
    node.kind === Kind.FRAGMENT_SPREAD
  );
}

/** Without the fragments and variables that nothing uses any more. */
function prune(document: DocumentNode, operation: OperationModel): OperationModel {
  let definitions = [...document.definitions];
  for (let before = -1; before !== definitions.length;) {
    before = definitions.length;
    const text = definitions.map(print).join('\n');
    definitions = definitions.filter(
      each =>
        each.kind !== Kind.FRAGMENT_DEFINITION ||
        new RegExp(`\\.\\.\\.${each.name.value}\\b`).test(text),
    );
  }
  const uses = definitions
    .map(each =>
      print(each.kind === Kind.OPERATION_DEFINITION ? { ...each, variableDefinitions: [] } : each),
    )
    .join('\n');
  const isUsed = (name: string) => new RegExp(`\\$${name}\\b`).test(uses);
  const query = definitions
    .map(each =>
      print(
        each.kind === Kind.OPERATION_DEFINITION
          ? {
              ...each,
              variableDefinitions: (each.variableDefinitions ?? []).filter(({ variable }) =>
                isUsed(variable.name.value),
              ),
            }
          : each,
      ),
    )
    .join('\n');
  const variables = Object.fromEntries(
    Object.entries(operation.variables).filter(([name]) => isUsed(name)),
  );
  return { ...operation, query, variables };
}
