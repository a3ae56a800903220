import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { audit, Operator } from '@gamegraph/router';
import { STATE_DIRECTORY } from './paths.js';
import { readRunning } from './running.js';
import { Secrets } from './secrets.js';

/**
 * `npm run --silent drift [-- --repair]`: audits every copy against its owner in the running system. The last line is
 * JSON with `compared` and `differing`; the exit status is 1 when something differs and is not repaired.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { repair: { type: 'boolean' }, directory: { type: 'string' } },
  });
  const directory = values.directory ?? STATE_DIRECTORY;
  const running = await readRunning(directory);
  if (!running) {
    console.error('Gamegraph does not run here. Start it first: npm start');
    return 2;
  }
  const secrets = await Secrets.open(join(directory, 'secrets.json'));
  const operator = new Operator(secrets.routerKey, new Map(Object.entries(running.subgraphs)));
  const reports = await audit(operator, { repair: values.repair === true });

  for (const { projection, topic, compared, differing, repaired, examples } of reports) {
    const mark = differing.length === 0 ? '✔' : repaired > 0 ? '↻' : '✖';
    const verdict =
      differing.length === 0 ? 'equal' : `${differing.length} differ${repaired ? ', mended' : ''}`;
    console.log(
      `${mark} ${projection.padEnd(28)} ${String(compared).padStart(7)} of ${topic.padEnd(28)} ${verdict}`,
    );
    for (const { id, owner, copy } of examples) {
      console.log(
        `    ${id}\n      owner ${JSON.stringify(owner)}\n      copy  ${JSON.stringify(copy)}`,
      );
    }
  }
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  const repaired = sum(reports.map(report => report.repaired));
  // What was mended is looked at again: the last line tells what is, not what should be.
  const left = repaired > 0 ? await audit(operator) : reports;
  const differing = sum(left.map(report => report.differing.length));
  console.log(
    JSON.stringify({
      compared: sum(left.map(report => report.compared)),
      differing,
      ...(values.repair && { repaired }),
      projections: left.length,
    }),
  );
  return differing > 0 ? 1 : 0;
}

process.exitCode = await main();
