import { deflateSync, inflateSync } from 'node:zlib';
import type { Fault } from '@gamegraph/rules';
import { faultOfText } from '@gamegraph/subgraph-kit';
import { z } from 'zod';
import { ITEMS_MAX, NAME_MAX, NOTES_MAX, PARAMETERS_MAX } from './build.inputs.js';

const CODE_LENGTH_MAX = 100_000;
const INFLATED_BYTES_MAX = 64 * 1024;

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
  /** 2 has sockets, and choices that are texts. */
  version: z.union([z.literal(1), z.literal(2)]),
  game: Key,
  name: plainText({ max: NAME_MAX }),
  notes: plainText({ max: NOTES_MAX, multiline: true }).nullable(),
  items: z.array(z.object({ slot: Key, item: Key, socket: Socket.optional() })).max(ITEMS_MAX),
  parameters: z
    .array(z.object({ key: Key, value: z.union([z.number(), Key]) }))
    .max(PARAMETERS_MAX),
});

export type BuildCode = z.infer<typeof BuildCode>;

/** base64url of the deflated JSON. */
export function encodeBuild(build: Omit<BuildCode, 'version'>): string {
  const isOfVersion1 =
    build.items.every(({ socket }) => !socket) &&
    build.parameters.every(({ value }) => typeof value === 'number');
  const code: BuildCode = { version: isOfVersion1 ? 1 : 2, ...build };
  return deflateSync(JSON.stringify(code)).toString('base64url');
}

/** The build within a code, or all that is wrong with it. */
export function decodeBuild(code: string): BuildCode | { faults: Fault[] } {
  const faulty = (message: string) => ({ faults: [{ path: 'code', message }] });
  if (code.length > CODE_LENGTH_MAX) return faulty('It is too long for the code of a build.');
  let value: unknown;
  try {
    const json = inflateSync(Buffer.from(code.trim(), 'base64url'), {
      maxOutputLength: INFLATED_BYTES_MAX,
    });
    value = JSON.parse(json.toString());
  } catch {
    return faulty('It is no code of a build, or not the whole of one.');
  }
  const result = BuildCode.safeParse(value);
  if (result.success) return result.data;
  return {
    faults: result.error.issues.map(({ path, message }) => ({ path: pathOf(path), message })),
  };
}

/** `items[3].item` */
function pathOf(path: PropertyKey[]): string {
  const text = path.map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return text.join('').replace(/^\./, '') || 'code';
}
