import { parseArgs } from 'node:util';
import { NOT_RUNNING, operateRunning, STATE_DIRECTORY } from '@gamegraph/launcher';
import { seed } from './seed.js';

const HELP = `npm run seed                      fill the running system with demo data
npm run seed -- --scale 5         five times as many players
npm run seed -- --seed 7          other players, who do other things
npm run seed -- --directory DIR   of the system that keeps its data there`;

/** `npm run seed`: fills the system that runs here with demo data, once. Steps go to stderr, the outcome to stdout. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scale: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      directory: { type: 'string', default: STATE_DIRECTORY },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const operated = await operateRunning(values.directory);
  if (!operated?.running.graphqlUrl) {
    console.error(NOT_RUNNING);
    return 1;
  }
  const began = performance.now();
  const elapsed = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  const outcome = await seed({
    graphqlUrl: operated.running.graphqlUrl,
    operator: operated.operator,
    scale: wholeNumber('scale', values.scale, 1, 500),
    seed: wholeNumber('seed', values.seed, 0, 2 ** 32 - 1),
    onStep: done => console.error(`${elapsed().padStart(7)}  ${done}`),
  });
  console.log(
    outcome === 'done'
      ? `The demo data was made in ${elapsed()}.`
      : 'The demo data is there already: nothing was changed.',
  );
  return 0;
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (text !== '' && Number.isInteger(number) && number >= min && number <= max) return number;
  throw new Error(`--${name} is a whole number from ${min} to ${max}, not "${text}".`);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
