import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The blocks of code of a page of docs/clients that are in one language, in their order. */
export function codeBlocks(page: string, language: string): string[] {
  const path = join(import.meta.dirname, '..', '..', 'docs', 'clients', page);
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, of, code]) =>
    of === language ? [code!] : [],
  );
}
