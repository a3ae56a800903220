import type { ResponsePath } from '@apollo/query-planner';
import { type DocumentNode, type FieldNode, Kind, visit } from 'graphql';

/**
 * Aliases of a client's that are names of other fields, which the plan needs for its own ends: `{ id: name }` where `id` is
 * a key. The planner takes the one for the other, so it gets such aliases under another name.
 */
export class Aliases {
  readonly #suffix: string;
  readonly #reserved: ReadonlySet<string>;

  /** @param reserved names of all fields that are keys, or are required by others */
  constructor(document: DocumentNode, reserved: ReadonlySet<string>) {
    this.#reserved = reserved;
    let suffix = '__aliased';
    while (document.loc?.source.body.includes(suffix)) suffix += '_';
    this.#suffix = suffix;
  }

  /** The key under which the answers of subgraphs have a field. */
  sourceKeyOf({ alias, name }: FieldNode): string {
    if (!alias || alias.value === name.value) return name.value;
    return this.#reserved.has(alias.value) ? alias.value + this.#suffix : alias.value;
  }

  /** The document as the planner gets it. */
  rename(document: DocumentNode): DocumentNode {
    return visit(document, {
      Field: node => {
        const key = this.sourceKeyOf(node);
        if (!node.alias || key === node.alias.value) return undefined;
        return { ...node, alias: { kind: Kind.NAME, value: key } };
      },
    });
  }

  /** The path of an error as the client knows it. */
  pathOf(path: ResponsePath): ResponsePath {
    return path.map(step =>
      typeof step === 'string' && step.endsWith(this.#suffix)
        ? step.slice(0, -this.#suffix.length)
        : step,
    );
  }
}
