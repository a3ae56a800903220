import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants, crc32, inflate } from 'node:zlib';
import type { Fault } from '@gamegraph/rules';
import { faultOfText } from '@gamegraph/subgraph-kit';
import { z } from 'zod';
import { parseLines, writeLines } from './build-lines.js';
import { ITEMS_MAX, NAME_MAX, NOTES_MAX, PARAMETERS_MAX } from './build.inputs.js';

const VERSION = 3;
const CODE_LENGTH_MAX = 100_000;
const INFLATED_BYTES_MAX = 64 * 1024;
/** What each version from 3 on begins with: its number, how many bytes there are, and a checksum of all others. */
const HEAD_BYTES = 7;
/** What codes of versions 1 and 2 begin with: they are deflated JSON. */
const DEFLATED = 0x78;

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);
const inflateAsync = promisify(inflate);

/** What PostgreSQL could not hold is in no key of any game. */
const Key = z
  .string()
  .max(200)
  .refine(key => key.isWellFormed() && !key.includes('\0'), 'This is no well-formed text.');

/** Which of the items has it, and which of its sockets it is. */
const Socket = z.object({ of: z.int().min(0), index: z.int().min(0) });

const plainText = (rule: Parameters<typeof faultOfText>[1]) =>
  z.string().superRefine((text, context) => {
    const fault = text.isWellFormed() ? faultOfText(text, rule) : 'must be well-formed text';
    if (fault) context.addIssue({ code: 'custom', message: `The text ${fault}.` });
  });

/** A build as it travels between installations: by the game's slug and the keys of its items. */
const BuildCode = z.object({
  game: Key,
  /** Of the game's data, that it was saved for; null where that was not yet told. */
  dataVersion: z.int().min(0).nullable().default(null),
  name: plainText({ max: NAME_MAX }),
  notes: plainText({ max: NOTES_MAX, multiline: true }).nullable(),
  items: z.array(z.object({ slot: Key, item: Key, socket: Socket.optional() })).max(ITEMS_MAX),
  parameters: z
    .array(z.object({ key: Key, value: z.union([z.number(), Key]) }))
    .max(PARAMETERS_MAX),
});

export type BuildCode = z.infer<typeof BuildCode>;

/** base64url of a head and the compressed lines (build-lines.ts). */
export async function encodeBuild(build: BuildCode): Promise<string> {
  const body = await compress(writeLines(build), {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_LGWIN]: 16,
    },
  });
  const code = Buffer.concat([Buffer.alloc(HEAD_BYTES), body]);
  code.writeUInt8(VERSION, 0);
  code.writeUInt16BE(code.length, 1);
  code.writeUInt32BE(checksumOf(code), 3);
  return code.toString('base64url');
}

/** The build within a code, or all that is wrong with it. */
export async function decodeBuild(code: string): Promise<BuildCode | { faults: Fault[] }> {
  let value: unknown;
  try {
    value = await read(code.replaceAll(/\s/g, ''));
  } catch (error) {
    if (!(error instanceof CodeFaulty)) throw error;
    return { faults: [{ path: 'code', message: error.message, cure: error.cure }] };
  }
  const result = BuildCode.safeParse(value);
  if (result.success) return result.data;
  return {
    faults: result.error.issues.map(({ path, message }) => ({
      ...{ path: pathOf(path), message },
      cure: 'Have it exported anew: no export writes such a code.',
    })),
  };
}

/** Why a text is not the code of a build, and what to do about it. */
class CodeFaulty extends Error {
  constructor(
    message: string,
    readonly cure: string,
  ) {
    super(message);
  }
}

const AGAIN = 'Copy the whole of it again from where it is.';
const NO_CODE = ['It is no code of a build.', 'Take what `exportCode` tells of a build.'] as const;

async function read(code: string): Promise<unknown> {
  if (code.length > CODE_LENGTH_MAX)
    throw new CodeFaulty('It is too long for the code of a build.', NO_CODE[1]);
  const wrong = /[^\w-]/u.exec(code);
  if (wrong)
    throw new CodeFaulty(
      `"${wrong[0]}" is in no code of a build: it is character ${wrong.index + 1}.`,
      AGAIN,
    );
  const bytes = Buffer.from(code, 'base64url');
  if (bytes.length < HEAD_BYTES) throw new CodeFaulty(...NO_CODE);
  if (bytes[0] === DEFLATED) return readDeflated(bytes);
  const missing = lengthOf(bytes.readUInt16BE(1)) - code.length;
  if (missing > 0)
    throw new CodeFaulty(
      `It is cut off: ${code.length} of ${code.length + missing} characters are here.`,
      AGAIN,
    );
  if (missing < 0) throw new CodeFaulty(`It has ${-missing} characters too many.`, AGAIN);
  if (bytes.readUInt32BE(3) !== checksumOf(bytes) || bytes.toString('base64url') !== code)
    throw new CodeFaulty('A character of it is not as it was written.', AGAIN);
  const version = bytes[0]!;
  if (version > VERSION)
    throw new CodeFaulty(
      `It is of version ${version}, and versions up to ${VERSION} are known here.`,
      'Have this installation brought up to date.',
    );
  if (version < VERSION) throw new CodeFaulty(...NO_CODE);
  return unpacked(async () => {
    const lines = await decompress(bytes.subarray(HEAD_BYTES), {
      maxOutputLength: INFLATED_BYTES_MAX,
    });
    return parseLines(lines.toString());
  });
}

function readDeflated(bytes: Buffer): Promise<unknown> {
  return unpacked(async () => {
    const json = await inflateAsync(bytes, { maxOutputLength: INFLATED_BYTES_MAX });
    return JSON.parse(json.toString());
  });
}

async function unpacked(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch {
    throw new CodeFaulty('It is no code of a build, or not the whole of one.', AGAIN);
  }
}

/** Of so many bytes as base64url. */
function lengthOf(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

function checksumOf(code: Buffer): number {
  return crc32(code.subarray(HEAD_BYTES), crc32(code.subarray(0, 3)));
}

/** `items[3].item` */
function pathOf(path: PropertyKey[]): string {
  const text = path.map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return text.join('').replace(/^\./, '') || 'code';
}
