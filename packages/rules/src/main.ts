import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { stdin } from 'node:process';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { FileChecker } from './file-checker.js';
import { TEXT_LENGTH_MAX } from './source-text.js';

const USAGE = `gamegraph rules check [--json] FILE...   checks rules, items and expectations (docs/rules.md)

FILE may be - for what comes in. Each fault is told as FILE:LINE:COLUMN: what: why, and the last line of each file is JSON:
{ file, stats, rules, items, expectations, faults, faultsCount }. With --json there are only these lines.
Exit status: 0 all is sound, 1 there are faults, 2 a file cannot be read, or this was called wrongly.`;
const CHECK_TIMEOUT_MS = 120_000;

/** `gamegraph rules check FILE...`, which is `npm run --silent rules -- check FILE...`. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  const [action, ...files] = positionals;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (action !== 'check' || files.length === 0) {
    console.error(USAGE);
    return 2;
  }
  const checker = new FileChecker(CHECK_TIMEOUT_MS);
  let status = 0;
  for (const file of files) {
    let text: string;
    try {
      text = await textOf(file);
    } catch (error) {
      console.error(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
      status = 2;
      continue;
    }
    const { rules, items, expectations, faults, faultsCount } = await checker.check(text);
    if (!values.json) {
      for (const { path, message, line, column } of faults)
        console.log(`${file}${line === null ? '' : `:${line}:${column}`}: ${path}: ${message}`);
      if (faultsCount > faults.length)
        console.log(`${file}: … and ${faultsCount - faults.length} more.`);
    }
    const counts = { stats: rules?.stats.length ?? 0, rules: rules?.rules.length ?? 0 };
    console.log(
      JSON.stringify({ file, ...counts, items: items.length, expectations, faults, faultsCount }),
    );
    if (faultsCount > 0) status = Math.max(status, 1);
  }
  return status;
}

/** From where the command was called: `npm run` goes to the root of the project. No more of it than shows that it is too long. */
async function textOf(file: string): Promise<string> {
  if (file === '-') return textFrom(stdin);
  const handle = await open(resolve(process.env['INIT_CWD'] ?? '.', file));
  return textFrom(handle.createReadStream());
}

async function textFrom(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > TEXT_LENGTH_MAX) break;
  }
  return text;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
