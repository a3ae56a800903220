import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Drill } from './drill.js';
import { FAULTS } from './faults/faults.js';
import { BadOption, HELP, readOptions } from './options.js';
import { tableOf } from './report.js';

const VIOLATIONS_TOLD_MAX = 30;

/** `npm run drill`: progress goes to stderr; the table and the line of JSON to stdout. */
async function main(): Promise<number> {
  const options = readOptions(
    process.argv.slice(2),
    FAULTS.map(({ name }) => name),
  );
  if (options === 'help') {
    console.log(HELP);
    return 0;
  }
  const { only, seed, minutes, bus } = options;
  const faults = FAULTS.filter(({ name }) => only?.includes(name) ?? true);
  const directory = mkdtempSync(join(tmpdir(), 'gamegraph-drill-'));
  const began = performance.now();
  const tell = (line: string) =>
    console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  tell(`--seed ${seed} --minutes ${minutes} --bus ${bus}; everything is written to ${directory}`);
  const drill = new Drill(options, faults, directory, tell);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
    process.on(signal, () => void drill.close().finally(() => process.exit(130)));

  const report = await drill.run();
  const { lost, duplicated, drift, ledgerImbalance, violations } = report.summary;
  for (const { invariant, told } of report.violations.slice(0, VIOLATIONS_TOLD_MAX))
    console.error(`✖ ${invariant}: ${told}`);
  const isGood =
    lost + duplicated + drift + ledgerImbalance === 0 && Object.keys(violations).length === 0;
  if (isGood) await rm(directory, { recursive: true, force: true });
  else console.error(`The history, and the logs of all services, are in ${directory}.`);
  console.log(`${tableOf(report)}\n\n${JSON.stringify({ seed, bus, ...report.summary })}`);
  return isGood ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof BadOption ? `${error.message}\n\n${HELP}` : error);
  process.exit(error instanceof BadOption ? 2 : 1);
}
