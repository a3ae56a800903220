import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCHEMA_DIRECTORY } from './paths.js';
import { renderSchemas } from './schemas.js';

/** `npm run schema` writes `schema/` from the code; with `--check` it only says what is not as the code has it. */
async function main(): Promise<number> {
  const isCheck = process.argv.includes('--check');
  const rendered = await renderSchemas();
  const present = await readdir(SCHEMA_DIRECTORY);
  const stale = present.filter(name => !rendered.has(name));
  const changed: string[] = [];
  for (const [name, content] of rendered) {
    const before = await readFile(join(SCHEMA_DIRECTORY, name), 'utf8').catch(() => undefined);
    if (before !== content) changed.push(name);
  }
  if (isCheck) {
    for (const name of [...changed, ...stale])
      console.error(`schema/${name} is not as the code has it.`);
    if (changed.length + stale.length > 0) console.error('Write it anew with: npm run schema');
    return changed.length + stale.length;
  }
  for (const name of changed) await writeFile(join(SCHEMA_DIRECTORY, name), rendered.get(name)!);
  for (const name of stale) await rm(join(SCHEMA_DIRECTORY, name));
  console.log(
    changed.length + stale.length > 0
      ? `written: ${[...changed, ...stale].join(', ')}`
      : 'nothing has changed',
  );
  return 0;
}

process.exitCode = (await main()) === 0 ? 0 : 1;
