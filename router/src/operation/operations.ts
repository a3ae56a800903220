import {
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Supergraph } from '../supergraph/supergraph.js';
import { deferRules } from './deferral.js';
import { faultOfSize, noPrototypeKeys, type OperationLimits } from './limits.js';
import { Operation } from './operation.js';
import { faultOfSubscription } from './subscription-root.js';
import { Unplannable } from './unplannable.js';

const ERRORS_MAX = 20;

export interface OperationSettings {
  limits: OperationLimits;
  /** Whether clients may ask for the schema. */
  introspection: boolean;
  /** How many operations are remembered. */
  cacheSize: number;
}

export interface OperationsOptions extends OperationSettings {
  log: Logger;
}

/** A request that is no operation of this schema. */
export interface Refused {
  errors: GraphQLFormattedError[];
}

/** Prepares operations, and remembers those it has prepared, good and bad. */
export class Operations<Context> {
  readonly supergraph: Supergraph;
  readonly #options: OperationsOptions;
  readonly #cache: LRUCache<string, Operation<Context> | Refused>;

  #wasKnown = false;

  constructor(supergraph: Supergraph, options: OperationsOptions) {
    this.supergraph = supergraph;
    this.#options = options;
    this.#cache = new LRUCache({ max: options.cacheSize });
  }

  get size(): number {
    return this.#cache.size;
  }

  /** Whether what was prepared last was remembered. */
  get wasKnown(): boolean {
    return this.#wasKnown;
  }

  /** Those that were asked for last, latest first. */
  *recent(): Generator<{ query: string; operationName: string | undefined }> {
    for (const [key, prepared] of this.#cache.entries()) {
      if (!(prepared instanceof Operation)) continue;
      const end = key.indexOf('\0');
      yield { query: key.slice(end + 1), operationName: key.slice(0, end) || undefined };
    }
  }

  prepare(query: string, operationName: string | undefined): Operation<Context> | Refused {
    const key = `${operationName ?? ''}\0${query}`;
    let prepared = this.#cache.get(key);
    this.#wasKnown = prepared !== undefined;
    if (!prepared) {
      prepared = this.#prepare(query, operationName);
      this.#cache.set(key, prepared);
    }
    return prepared;
  }

  #prepare(query: string, operationName: string | undefined): Operation<Context> | Refused {
    const { limits, introspection, log } = this.#options;
    let document;
    try {
      document = parse(query, { maxTokens: limits.tokens, noLocation: false });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return refuse([error], 'GRAPHQL_PARSE_FAILED', introspection);
    }
    const fault = faultOfSize(document, limits);
    if (fault)
      return refuse(
        [new GraphQLError(`This operation is too large. ${fault}`)],
        INVALID,
        introspection,
      );
    const wrong = faultOfSubscription(document);
    if (wrong) return refuse([wrong], INVALID, introspection);
    const rules = [
      ...specifiedRules,
      noPrototypeKeys,
      deferRules,
      ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
    ];
    const { apiSchema } = this.supergraph;
    const errors = validate(apiSchema, document, rules, { maxErrors: ERRORS_MAX });
    if (errors.length > 0) return refuse(errors, INVALID, introspection);
    const definition = getOperationAST(document, operationName);
    if (!definition) {
      const names = document.definitions.flatMap(each =>
        each.kind === Kind.OPERATION_DEFINITION ? (each.name?.value ?? []) : [],
      );
      const message =
        operationName === undefined
          ? `Say which operation by \`operationName\`: ${names.join(', ')}.`
          : `There is no operation "${operationName}" in this document.`;
      return refuse([new GraphQLError(message)], INVALID, introspection);
    }
    try {
      return new Operation<Context>(this.supergraph, document, definition, log);
    } catch (error) {
      return refuse([Unplannable.because(error, operationName, log)], INVALID, introspection);
    }
  }
}

const INVALID = 'GRAPHQL_VALIDATION_FAILED';

function refuse(errors: readonly GraphQLError[], code: string, maySuggest: boolean): Refused {
  return {
    errors: errors.map(error => {
      const { message, ...rest } = error.toJSON();
      // Where the schema is not public, suggestions would spell it out, name by name.
      const told = maySuggest ? message : message.replace(/ Did you mean .*\?$/s, '');
      return { message: told, ...rest, extensions: { code, ...error.extensions } };
    }),
  };
}
