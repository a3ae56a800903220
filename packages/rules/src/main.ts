import { readFile } from 'node:fs/promises';
import { checkFile } from './check-file.js';

const USAGE = `Say which files:
  npm run --silent rules -- check FILE...   checks rules, items and expectations (docs/rules.md)`;

/**
 * `npm run --silent rules -- check FILE...`: tells all that is wrong with files of rules. The last line of each is JSON:
 * `{ file, stats, rules, items, expectations, faults }`. The exit status is 1 when there are faults, 2 when a file cannot
 * be read.
 */
async function main([action, ...files]: string[]): Promise<number> {
  if (action !== 'check' || files.length === 0) {
    console.error(USAGE);
    return 2;
  }
  let status = 0;
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      console.error(`${file} cannot be read: ${error.code}`);
      return undefined;
    });
    if (text === undefined) return 2;
    const { rules, items, expectations, faults } = checkFile(text);
    for (const { path, message } of faults) console.log(`${file}: ${path}: ${message}`);
    const counts = { stats: rules?.stats.length ?? 0, rules: rules?.rules.length ?? 0 };
    console.log(JSON.stringify({ file, ...counts, items: items.length, expectations, faults }));
    if (faults.length > 0) status = 1;
  }
  return status;
}

process.exitCode = await main(process.argv.slice(2));
