import { type DirectiveNode, type DocumentNode, Kind, parse, print, visit } from 'graphql';
import type { JsonObject } from '../execution/json.js';
import type { Installment } from '../operation/deferred-plan.js';
import { DIALECTS } from '../transport/installments.js';
import type { Random } from './random.js';

/** The same operation with some of its fragments deferred; undefined where there is none to defer. */
export function withDefer(query: string, random: Random): string | undefined {
  let count = 0;
  const defer = (directives: readonly DirectiveNode[] = []): DirectiveNode[] | undefined => {
    if (!random.chance(0.5)) return undefined;
    const label = random.chance(0.5) ? `(label: "part ${count}")` : '';
    count++;
    return [...directives, directiveOf(`@defer${label}`)];
  };
  const add = <T extends { directives?: readonly DirectiveNode[] }>(node: T): T | undefined => {
    const directives = defer(node.directives);
    return directives && { ...node, directives };
  };
  const document: DocumentNode = visit(parse(query), {
    FragmentSpread: { leave: add },
    InlineFragment: { leave: add },
  });
  return count > 0 ? print(document) : undefined;
}

function directiveOf(text: string): DirectiveNode {
  const [definition] = parse(`{ a ${text} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(text);
  return definition.selectionSet.selections[0]!.directives![0]!;
}

interface Payload {
  data?: JsonObject | null;
  pending?: { id: string; path: (string | number)[] }[];
  incremental?: { id?: string; path?: (string | number)[]; data: JsonObject | null }[];
}

/** What clients of each dialect make of the parts of an answer. */
export function mergeInstallments(installments: readonly Installment[]): (JsonObject | null)[] {
  return Object.values(DIALECTS).map(({ write }) => {
    let data: JsonObject | null = null;
    const paths = new Map<string, (string | number)[]>();
    for (const installment of installments) {
      const payload = JSON.parse(JSON.stringify(write(installment))) as Payload;
      data = payload.data ?? data;
      for (const { id, path } of payload.pending ?? []) paths.set(id, path);
      for (const part of payload.incremental ?? []) {
        const path = part.path ?? paths.get(part.id!)!;
        const object = path.reduce<unknown>((value, step) => (value as JsonObject)[step], data);
        merge(object as JsonObject, part.data ?? {});
      }
    }
    return data;
  });
}

/** Lists are as long in each part that has them. */
function merge(target: JsonObject, source: JsonObject): void {
  for (const [key, value] of Object.entries(source)) {
    const known = target[key];
    const areObjects = [known, value].every(each => typeof each === 'object' && each !== null);
    if (areObjects) merge(known as JsonObject, value as JsonObject);
    else target[key] = value;
  }
}
