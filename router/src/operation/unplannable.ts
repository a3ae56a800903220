import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { isWorkLimit } from '../supergraph/supergraph.js';

const TOO_MANY_WAYS =
  'This operation is too large: there are too many ways to its fields. Ask for fields that are nested less deep.';

/** There is no plan for an operation, as far as a viewer may ask it. The message is for clients. */
export class Unplannable extends GraphQLError {
  override name = 'Unplannable';

  /** What is no fault of the client's is logged. */
  static because(
    error: unknown,
    operationName: string | undefined,
    log: Pick<Logger, 'error'>,
  ): Unplannable {
    if (error instanceof Unplannable) return error;
    const told = error instanceof GraphQLError && error.message;
    const isTooLarge = isWorkLimit(error);
    if (told || isTooLarge) {
      const extensions = { code: 'GRAPHQL_VALIDATION_FAILED' };
      return new Unplannable(told || TOO_MANY_WAYS, { extensions });
    }
    log.error({ error, operationName }, 'an operation could not be planned');
    const extensions = { code: 'INTERNAL_SERVER_ERROR' };
    return new Unplannable('This operation cannot be planned.', { extensions });
  }
}
