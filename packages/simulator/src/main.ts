import { parseArgs } from 'node:util';
import { type Failure, simulateSeed } from './simulate.js';

const HELP = `npm run simulate [-- --seeds N --seed N]
  --seeds  how many worlds to live through, 2000 if not said
  --seed   the first one's seed, 1 if not said: the same seed brings the same world`;

const LINES_MAX = 80;
const FAILURES_MAX = 3;

/** Lives through worlds, and tells of those in which something does not hold. The last line is JSON. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...{ seeds: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
      help: { type: 'boolean' },
    },
  });
  const [seeds, first] = [Number(values.seeds), Number(values.seed)];
  if (values.help || !Number.isInteger(first) || !(Number.isInteger(seeds) && seeds > 0)) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const began = performance.now();
  let lived = 0;
  let violations = 0; // seeds under which something does not hold
  for (; lived < seeds && violations < FAILURES_MAX; lived++) {
    const failure = await simulateSeed(first + lived);
    if (!failure) continue;
    violations++;
    tell(failure);
  }
  if (lived < seeds) console.log(`That is enough: ${seeds - lived} seeds are left out.`);
  const seedsPerMinute = Math.round((lived / (performance.now() - began)) * 60_000);
  const report = { seeds: lived, first, violations, seedsPerMinute };
  console.log(JSON.stringify(report));
  return violations > 0 ? 1 : 0;
}

function tell({ seed, violations, steps, history }: Failure): void {
  console.log(
    `Seed ${seed}: ${violations.length} things do not hold, after ${steps.length} steps.`,
  );
  for (const violation of violations.slice(0, LINES_MAX)) console.log(`  ✖ ${violation}`);
  for (const line of history.slice(0, LINES_MAX)) console.log(`  ${line}`);
  if (history.length > LINES_MAX) console.log(`  … and ${history.length - LINES_MAX} lines more`);
  console.log(`  Again: npm run simulate -- --seeds 1 --seed ${seed}`);
}

process.exitCode = await main();
