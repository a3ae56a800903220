import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '@gamegraph/launcher';
import { measureAudit } from './audit-speed.js';
import { Bench } from './bench.js';
import { measureConsistency } from './consistency-cost.js';
import { measureEventLag } from './event-lag.js';
import { measureFanOut } from './fan-out.js';
import { measureFights } from './fights.js';
import { measureLedger } from './ledger.js';
import { measureOptimiser } from './optimiser.js';
import { measurePipeline } from './pipeline.js';
import { measureQueries } from './queries.js';
import { measureRouterFanOut } from './router/fan-out.js';
import { PEERS_HELP } from './router/peers.js';
import { measureRouters } from './router/routers.js';
import { measureRules } from './rules.js';
import { measureSeeding } from './seeding.js';
import { measureStartUp } from './start-up.js';
import { render, type Section } from './table.js';

/** Name for `--only` -> what measures, in this order. */
const MEASUREMENTS: Record<string, (bench: Bench) => Promise<Section>> = {
  'start-up': measureStartUp,
  seed: measureSeeding,
  queries: measureQueries,
  'event-lag': measureEventLag,
  events: measurePipeline,
  audit: measureAudit,
  consistency: measureConsistency,
  ledger: measureLedger,
  rules: measureRules,
  fights: measureFights,
  optimise: measureOptimiser,
  'fan-out': measureFanOut,
  router: measureRouters,
  'router-fan-out': measureRouterFanOut,
};

const RESULTS = join(ROOT, 'bench', 'RESULTS.md');

const HELP = `npm run bench               measure everything, and write bench/RESULTS.md
npm run bench -- --quick    in a few minutes, with figures to match
npm run bench -- --only ${Object.keys(MEASUREMENTS).join('|')}
                            measure that, and write its part of bench/RESULTS.md
npm run bench -- --only router --peers NAME,NAME=FILE

${PEERS_HELP}`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...{ quick: { type: 'boolean' }, only: { type: 'string' }, peers: { type: 'string' } },
      help: { type: 'boolean' },
    },
  });
  const { quick: isQuick = false, only, peers, help } = values;
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (only !== undefined && !(only in MEASUREMENTS)) {
    console.error(`There is no measurement "${only}".\n${HELP}`);
    return 2;
  }
  const bench = await Bench.make(isQuick, peers?.split(','));
  const sections: string[] = [];
  for (const [name, measure] of Object.entries(MEASUREMENTS)) {
    if (only !== undefined && name !== only) continue;
    console.error(`measuring ${name} …`);
    sections.push(render(await measure(bench)));
  }
  console.log([head(), ...sections].join('\n\n'));
  if (isQuick) return 0;
  if (only === undefined) await keep(head(), sections);
  else await keepOne(`${sections[0]}\n\n${told()}`);
  return 0;
}

/** Of a report with one part measured anew, the others stay. */
async function keepOne(section: string): Promise<void> {
  const titleOf = (part: string) => part.split('\n', 1)[0];
  const report = (await readFile(RESULTS, 'utf8')).trimEnd();
  const [first, ...sections] = report.split(/\n\n(?=## )/);
  const at = sections.findIndex(part => titleOf(part) === titleOf(section));
  sections.splice(at < 0 ? sections.length : at, 1, section);
  await keep(first!, sections);
}

async function keep(first: string, sections: string[]): Promise<void> {
  await writeFile(RESULTS, `${[first, ...sections].join('\n\n')}\n`);
}

/** When, on what, and how. */
function head(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    '# Benchmarks',
    `${told()} On ${cpus().length} cores (${cpu?.model.trim()}), ${memory}, ${process.platform} ${process.arch}, ` +
      `Node ${process.version}. Everything runs on this one machine, the load too. Compare ratios: absolute figures are ` +
      'this machine’s.',
  ].join('\n\n');
}

function told(): string {
  const args = process.argv.slice(2);
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  return `${new Date().toISOString().slice(0, 10)}, by \`${command}\`.`;
}

let isEnding: Promise<never> | undefined;
const end = (code: number) => (isEnding ??= Bench.removeAll().then(() => process.exit(code)));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])
  process.on(signal, () => void end(1));
try {
  await end(await main());
} catch (error) {
  if (!isEnding) console.error(error); // what fails since everything is being stopped is no news
  await end(1);
}
