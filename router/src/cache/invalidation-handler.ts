import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { readBody } from '../http/graphql-handler.js';
import { HttpError } from '../http/http-error.js';
import type { Change } from './names.js';

const CHANGES_MAX = 1_000;

const name = z.string().min(1).max(1_000);
const Changes = z
  .array(
    z.union(
      [z.strictObject({ type: name, id: name.optional() }), z.strictObject({ subgraph: name })],
      { error: 'must be {"type": …}, {"type": …, "id": …} or {"subgraph": …}' },
    ),
  )
  .max(CHANGES_MAX, `has more than ${CHANGES_MAX} changes`);

/** @throws HttpError */
export async function readChanges(
  request: IncomingMessage,
  bodyBytesMax: number,
): Promise<Change[]> {
  let body: unknown;
  const text = await readBody(request, bodyBytesMax);
  try {
    body = JSON.parse(text);
  } catch {
    throw new HttpError(400, 'BAD_REQUEST', 'The body is not JSON.');
  }
  const { data, error } = Changes.safeParse(body);
  if (data) return data;
  const faults = error.issues.map(
    ({ path, message }) => `${path.length > 0 ? `[${path.join('.')}]` : 'The body'} ${message}`,
  );
  throw new HttpError(400, 'BAD_REQUEST', `${faults.slice(0, 5).join('; ')}.`);
}
