import type { FragmentDefinitionNode, GraphQLFormattedError } from 'graphql';
import { DeferredRuns } from '../execution/deferred-runs.js';
import type { Execution } from '../execution/fetch.js';
import type { JsonObject } from '../execution/json.js';
import type { Step } from '../execution/plan.js';
import { completeSlowly, Projection } from '../execution/projection.js';
import type { Supergraph } from '../supergraph/supergraph.js';
import type { Aliases } from './aliases.js';
import type { Deferral, DeferredPart } from './deferral.js';

/** An answer, or a part of one: what there is of it, and what is wrong with it. */
export interface Answer {
  data: JsonObject | null;
  errors: GraphQLFormattedError[];
  extensions: JsonObject;
}

/** A deferred part as clients are told of it. */
export interface ToldPart {
  id: string;
  path: readonly (string | number)[];
  label: string | undefined;
}

/** What of an answer is there at a time. */
export interface Installment {
  /** All but what is deferred; of the first installment alone. */
  immediate: Answer | undefined;
  /** Parts that are there now. */
  arrived: { part: ToldPart; answer: Answer }[];
  /** Parts that are now known to come. */
  pending: ToldPart[];
  hasNext: boolean;
}

/** The plan of an operation with `@defer`, for viewers who meet the same of its demands. */
export class DeferredPlan<Context> {
  readonly #schema: Supergraph['apiSchema'];
  readonly #deferral: Deferral;
  readonly #aliases: Aliases;
  readonly #step: Step<Context> | undefined;
  readonly #projection: Projection;

  constructor(
    { apiSchema }: Supergraph,
    deferral: Deferral,
    aliases: Aliases,
    step: Step<Context> | undefined,
  ) {
    this.#schema = apiSchema;
    this.#aliases = aliases;
    this.#deferral = deferral;
    this.#step = step;
    this.#projection = new Projection(apiSchema, deferral.immediate, NO_FRAGMENTS, aliases);
  }

  /** @param variables with their defaults */
  async *run(
    started: Execution<Context>,
    variables: JsonObject,
    introspection: JsonObject,
  ): AsyncGenerator<Installment> {
    const { immediate } = this.#deferral;
    const source: JsonObject = {};
    const runs = new DeferredRuns();
    await this.#step?.({ ...started, data: source, deferred: runs });
    const { data, faults } = this.#projection.project(source, variables, introspection);
    const type = this.#schema.getRootType(immediate.operation)!;
    const waiting = new Waiting(runs);
    const pending = waiting.add(
      this.#deferral.partsOf({ path: [], type, source }, immediate.selectionSet, data, variables),
    );
    yield {
      immediate: answerOf(data, started.errors, faults),
      arrived: [],
      pending,
      hasNext: pending.length > 0,
    };
    while (waiting.hasNext) {
      const { parts, errors } = await waiting.next();
      const errorsOf = shareOut(errors, parts);
      const further: ToldPart[] = [];
      const arrived = parts.map(part => {
        const { path, told, fragment } = part;
        const completed = completeSlowly(
          this.#schema,
          part.type,
          fragment.selectionSet,
          NO_FRAGMENTS,
          this.#aliases,
          part.source,
          variables,
          introspection,
          path,
        );
        further.push(
          ...waiting.add(
            this.#deferral.partsOf(part, fragment.selectionSet, completed.data, variables),
          ),
        );
        return {
          part: told,
          answer: answerOf(completed.data, errorsOf.get(part) ?? [], completed.faults),
        };
      });
      yield { immediate: undefined, arrived, pending: further, hasNext: waiting.hasNext };
    }
  }
}

export const NO_FRAGMENTS: ReadonlyMap<string, FragmentDefinitionNode> = new Map(); // they are spread out

type WaitingPart = DeferredPart & { told: ToldPart };

/** Parts that clients wait for, by the run of the plan that they come with. */
class Waiting {
  readonly #groups = new Map<string, { parts: WaitingPart[]; done: Promise<string> }>();
  #count = 0;

  constructor(private readonly runs: DeferredRuns) {}

  get hasNext(): boolean {
    return this.#groups.size > 0;
  }

  add(parts: DeferredPart[]): ToldPart[] {
    return parts.map(part => {
      const { path, fragment } = part;
      const told = { id: String(this.#count++), path, label: fragment.label };
      let group = this.#groups.get(fragment.number);
      if (!group) {
        // Without a run, all that it asks for is there already.
        const { done = Promise.resolve() } = this.runs.get(fragment.number) ?? {};
        group = { parts: [], done: done.then(() => fragment.number) };
        this.#groups.set(fragment.number, group);
      }
      group.parts.push({ ...part, told });
      return told;
    });
  }

  /** Those that are there first. */
  async next(): Promise<{ parts: WaitingPart[]; errors: GraphQLFormattedError[] }> {
    const number = await Promise.race([...this.#groups.values()].map(({ done }) => done));
    const { parts } = this.#groups.get(number)!;
    this.#groups.delete(number);
    return { parts, errors: this.runs.get(number)?.errors ?? [] };
  }
}

/** Of the errors of a fetch for many objects, each goes with the object that it is about; others with the first. */
function shareOut(
  errors: GraphQLFormattedError[],
  parts: WaitingPart[],
): Map<WaitingPart, GraphQLFormattedError[]> {
  const shares = new Map<WaitingPart, GraphQLFormattedError[]>();
  for (const error of errors) {
    const part =
      parts.find(({ path }) => path.every((step, n) => error.path?.[n] === step)) ?? parts[0]!;
    shares.set(part, [...(shares.get(part) ?? []), error]);
  }
  return shares;
}

function answerOf(
  data: JsonObject | null,
  errors: GraphQLFormattedError[],
  faults: GraphQLFormattedError[],
): Answer {
  const tellsFaults = faults.length > 0 && errors.length === 0;
  return { data, errors, extensions: tellsFaults ? { valueCompletion: faults } : {} };
}
