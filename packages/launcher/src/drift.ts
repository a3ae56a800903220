import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  audit,
  type Operator,
  type RebuildProgress,
  rebuildOf,
  startRebuild,
} from '@gamegraph/router';
import { STATE_DIRECTORY } from './paths.js';
import { NOT_RUNNING, operateRunning } from './running.js';

const PROGRESS_INTERVAL_MS = 500;

/**
 * `npm run --silent drift [-- --repair]`: audits every copy against its owner in the running system. The last line is
 * JSON with `compared` and `differing`; the exit status is 1 when something differs and is not repaired. With
 * `--rebuild NAME` makes one anew while it serves; the last line says what came of it, the exit status is 1 when it failed.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      repair: { type: 'boolean' },
      rebuild: { type: 'string' },
      directory: { type: 'string' },
    },
  });
  const operated = await operateRunning(values.directory ?? STATE_DIRECTORY);
  if (!operated) {
    console.error(NOT_RUNNING);
    return 2;
  }
  const { operator } = operated;
  if (values.rebuild !== undefined) return rebuild(operator, values.rebuild);
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

async function rebuild(operator: Operator, projection: string): Promise<number> {
  let told = '';
  for (let now: RebuildProgress | undefined = await startRebuild(operator, projection); ;) {
    const line = `${projection}: ${now?.done ?? 0} of ${now?.total ?? '?'}`;
    if (line !== told) console.log((told = line));
    if (now?.state !== 'FILLING') {
      console.log(JSON.stringify(now));
      return now?.state === 'DONE' ? 0 : 1;
    }
    await sleep(PROGRESS_INTERVAL_MS);
    now = await rebuildOf(operator, projection);
  }
}

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 2;
});
