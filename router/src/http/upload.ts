import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { Busboy, type BusboyConfig, type BusboyHeaders } from '@fastify/busboy';
import type { Upload } from '../core.js';
import { isObject, type JsonObject } from '../execution/json.js';
import { HttpError } from './http-error.js';

export interface UploadSettings {
  enabled: boolean;
  files: number;
  bytes: number; // of the whole body
}

const bad = (message: string) => new HttpError(400, 'BAD_REQUEST', message);

/**
 * Reads a request with files: the GraphQL request that it carries, and the files with their places in its variables.
 *
 * @param operationsBytesMax of the GraphQL request alone
 * @see https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export async function readUpload(
  request: IncomingMessage,
  { files: filesMax, bytes: bytesMax }: UploadSettings,
  operationsBytesMax: number,
): Promise<{ body: JsonObject; uploads: Upload[] }> {
  const fields = new Map<string, string>();
  const files = new Map<string, Upload>();
  let fault: HttpError | undefined;
  const limits = { fields: 2, fieldSize: operationsBytesMax, files: filesMax, headerPairs: 20 };
  const parser = parserOf(request, limits)
    .on('field', (name, text, _, isCut) => {
      if (isCut) fault ??= tooLarge(operationsBytesMax);
      fields.set(name, text);
    })
    .on('file', (key, stream, name, _, mediaType) => {
      if (!fields.has('operations') || !fields.has('map'))
        fault ??= bad('`operations` and `map` come first, then the files.');
      if (files.has(key)) fault ??= bad(`There are two files ${JSON.stringify(key)}.`);
      if (!isPlainName(name))
        fault ??= bad(`A file is named ${JSON.stringify(name)}: a name has no path in it.`);
      const chunks: Buffer[] = [];
      const file: Upload = { name, mediaType, bytes: Buffer.of(), places: [] };
      files.set(key, file);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => (file.bytes = Buffer.concat(chunks)));
    })
    .on('fieldsLimit', () => (fault ??= bad('There are fields beside `operations` and `map`.')))
    .on('filesLimit', () => (fault ??= bad(`${filesMax} files at once are the limit.`)));
  const end = finished(parser).catch((error: Error) => {
    fault ??= bad(`The body is not multipart/form-data: ${error.message}.`);
  });
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) fault ??= tooLarge(bytesMax);
    if (!fault) parser.write(chunk);
    if (fault) throw fault;
  }
  parser.end();
  await end;
  if (fault) throw fault;
  return placed(fields, files);
}

function parserOf({ headers }: IncomingMessage, limits: BusboyConfig['limits']) {
  try {
    // With their paths: cut off, nobody would see that a client sends them.
    return new Busboy({ headers: headers as BusboyHeaders, limits, preservePath: true });
  } catch (error) {
    throw bad(`The body is not multipart/form-data: ${(error as Error).message}.`);
  }
}

function tooLarge(bytesMax: number): HttpError {
  const message = `The body is larger than ${bytesMax} bytes.`;
  return new HttpError(413, 'BAD_REQUEST', message, { connection: 'close' });
}

function isPlainName(name: string): boolean {
  return name.length <= 255 && name !== '.' && name !== '..' && !/[/\\\p{Cc}]/u.test(name);
}

function placed(
  fields: Map<string, string>,
  files: Map<string, Upload>,
): { body: JsonObject; uploads: Upload[] } {
  const body = jsonOf(fields, 'operations');
  for (const [key, paths] of Object.entries(jsonOf(fields, 'map'))) {
    const file = files.get(key);
    if (!file) throw bad(`\`map\` names the file ${JSON.stringify(key)}, which is not there.`);
    if (!Array.isArray(paths))
      throw bad(`\`map\` must give the places of ${JSON.stringify(key)} as a list.`);
    for (const path of paths as unknown[]) file.places.push(place(body, path));
  }
  for (const [key, { places }] of files)
    if (places.length === 0) throw bad(`\`map\` has no place for ${JSON.stringify(key)}.`);
  return { body, uploads: [...files.values()] };
}

function jsonOf(fields: Map<string, string>, name: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(fields.get(name) ?? '');
  } catch {
    // said below
  }
  if (isObject(value) && !Array.isArray(value)) return value;
  throw bad(`The field \`${name}\` must be a JSON object.`);
}

/** What is in a file's place among the variables: no null, so that it may not be missing; but null in JSON. */
const PRESENT = { toJSON: () => null };

/** Marks a file's place in the variables, where there must be null for it. */
function place(body: JsonObject, path: unknown): string[] {
  const [root, ...steps] = typeof path === 'string' ? path.split('.') : [];
  let parent: unknown = root === 'variables' && steps.length > 0 ? body.variables : undefined;
  for (const [n, step] of steps.entries()) {
    if (!isObject(parent) || !Object.hasOwn(parent, step)) break;
    const isLast = n === steps.length - 1;
    if (isLast && parent[step] === null && step !== '__proto__') {
      parent[step] = PRESENT;
      return steps;
    }
    parent = parent[step];
  }
  throw bad(
    `\`map\` names ${JSON.stringify(path)}; that must be a place in \`variables\` with null.`,
  );
}
