import { parseArgs } from 'node:util';

export const HELP = `npm run drill                         the whole system under every fault, for 10 minutes
npm run drill -- --minutes N          how long there is load: 0.5 to 600
npm run drill -- --seed N             repeat the choices of a former run
npm run drill -- --only F1,F5         these faults alone
npm run drill -- --bus kafka          on a real Apache Kafka; embedded, if not said
The last line is JSON; the exit status is 0 when nothing was lost, doubled, or differs.`;

export interface DrillOptions {
  minutes: number;
  seed: number;
  /** Names of faults; all, if not said. */
  only: string[] | undefined;
  bus: 'kafka' | 'embedded';
}

/** An option is not as it must be. The message says how it must be. */
export class BadOption extends Error {
  override name = 'BadOption';
}

/** @throws BadOption */
export function readOptions(args: string[], faults: string[]): DrillOptions | 'help' {
  const { values } = parse(args);
  if (values.help) return 'help';
  const minutes = Number(values.minutes ?? '10');
  if (!(minutes >= 0.5 && minutes <= 600))
    throw new BadOption(`--minutes must be a number from 0.5 to 600, and is "${values.minutes}".`);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isInteger(seed) || seed < 0)
    throw new BadOption(`--seed must be a whole number from 0, and is "${values.seed}".`);
  const bus = values.bus ?? 'embedded';
  if (bus !== 'kafka' && bus !== 'embedded')
    throw new BadOption(`--bus must be kafka or embedded, and is "${bus}".`);
  const only = values.only?.split(',').map(name => name.trim().toUpperCase());
  const stranger = only?.find(name => !faults.includes(name));
  if (stranger !== undefined)
    throw new BadOption(`There is no fault "${stranger}". There are ${faults.join(', ')}.`);
  return { minutes, seed, only, bus };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        minutes: { type: 'string' },
        seed: { type: 'string' },
        only: { type: 'string' },
        bus: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new BadOption((error as Error).message);
  }
}
