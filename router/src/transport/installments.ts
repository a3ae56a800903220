import type { ServerResponse } from 'node:http';
import type { Answer, Installment, ToldPart } from '../operation/deferred-plan.js';
import { BOUNDARY, lastPart, part, streamHeaders } from './multipart.js';

/** How the parts of an answer are written. */
interface Dialect {
  contentType: string;
  write(installment: Installment): object;
}

export const DIALECTS = {
  /** Each part is told of when it is there, by its path and label. */
  defer: {
    contentType: 'multipart/mixed;boundary="graphql";deferSpec=20220824',
    write: ({ immediate, arrived, hasNext }) => ({
      ...(immediate && answerOf(immediate)),
      ...(arrived.length > 0 && {
        incremental: arrived.map(({ part: { path, label }, answer }) => ({
          ...answerOf(answer),
          path,
          ...(label !== undefined && { label }),
        })),
      }),
      hasNext,
    }),
  },
  /**
   * Each part is announced, and has an id from then on.
   *
   * @see https://specs.apollo.dev/incremental/v0.2
   */
  incremental: {
    contentType: 'multipart/mixed;boundary="graphql";incrementalSpec=v0.2',
    write: ({ immediate, arrived, pending, hasNext }) => ({
      ...(immediate && answerOf(immediate)),
      ...(pending.length > 0 && { pending: pending.map(announced) }),
      ...(arrived.length > 0 && {
        incremental: arrived
          .filter(({ answer: { data } }) => data)
          .map(({ part: { id }, answer }) => ({ id, ...answerOf(answer) })),
        completed: arrived.map(({ part: { id }, answer }) =>
          answer.data ? { id } : { id, errors: reasonsOf(answer) },
        ),
      }),
      hasNext,
    }),
  },
} satisfies Record<string, Dialect>;

export type DialectForm = keyof typeof DIALECTS;

function answerOf({ data, errors, extensions }: Answer): object {
  return {
    ...(errors.length > 0 && { errors }),
    data,
    ...(Object.keys(extensions).length > 0 && { extensions }),
  };
}

function announced({ id, path, label }: ToldPart): object {
  return { id, path, ...(label !== undefined && { label }) };
}

/** Why there is nothing of a part: a null that may not be, when no subgraph has said more. */
function reasonsOf({ errors, extensions }: Answer): unknown {
  return errors.length > 0 ? errors : extensions.valueCompletion;
}

/** Answers with the parts of a result, each when it is there. */
export async function sendInstallments(
  response: ServerResponse,
  form: DialectForm,
  installments: AsyncIterable<Installment>,
): Promise<void> {
  const { contentType, write } = DIALECTS[form];
  for await (const installment of installments) {
    if (response.destroyed) return;
    const json = JSON.stringify(write(installment));
    if (!response.headersSent) {
      response.writeHead(200, streamHeaders(contentType));
      response.write(BOUNDARY);
    }
    if (installment.hasNext) response.write(part(json));
    else response.end(lastPart(json));
  }
}

/** Answers with a whole result, to who takes parts alone. */
export function sendAsInstallment(response: ServerResponse, form: DialectForm, json: string): void {
  response.writeHead(200, streamHeaders(DIALECTS[form].contentType));
  response.end(BOUNDARY + lastPart(`${json.slice(0, -1)},"hasNext":false}`));
}
