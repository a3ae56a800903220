import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Where a system keeps everything that it writes, unless told otherwise. */
export const STATE_DIRECTORY = join(ROOT, '.data');

export const SCHEMA_DIRECTORY = join(ROOT, 'schema');
