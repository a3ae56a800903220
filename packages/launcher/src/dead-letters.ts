import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { discardDeadLetter, listDeadLetters, replayDeadLetter } from '@gamegraph/router';
import { STATE_DIRECTORY } from './paths.js';
import { NOT_RUNNING, operateRunning } from './running.js';

const LIMIT = 100;

const USAGE = `Say what to do:
  npm run --silent dead-letters -- list [--subgraph NAME] [--consumer NAME]
  npm run --silent dead-letters -- discarded [--subgraph NAME] [--consumer NAME]
  npm run --silent dead-letters -- replay ID
  npm run --silent dead-letters -- discard ID --reason WHY`;

/**
 * `npm run --silent dead-letters -- list | discarded | replay ID | discard ID --reason WHY`: the messages of the running
 * system that have had no effect, or were given up. The last line is JSON: of a list `{ deadLetters, hasMore }`, of a
 * replay `{ isGone, deadLetter }`, of a discard `{ discarded }`. The exit status is 1 when there is no such message, or it is still poison; 2 when it
 * could not be asked.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      subgraph: { type: 'string' },
      consumer: { type: 'string' },
      reason: { type: 'string' },
      directory: { type: 'string' },
    },
  });
  const operated = await operateRunning(values.directory ?? STATE_DIRECTORY);
  if (!operated) return failed(NOT_RUNNING);
  const { operator } = operated;
  const [action, id] = positionals;

  if ((action === 'list' || action === 'discarded') && id === undefined) {
    const { subgraph = null, consumer = null } = values;
    const selection = { subgraph, consumer, isDiscarded: action === 'discarded' };
    const found = await listDeadLetters(operator, { ...selection, limit: LIMIT + 1 });
    const deadLetters = found.slice(0, LIMIT);
    for (const { id: letter, kind, type, version, waiting, discard, ...dead } of deadLetters) {
      const what = type === null ? '' : ` ${type} ${version ?? ''}`;
      const since = discard
        ? `discarded ${discard.at} by ${discard.by}: ${discard.reason}`
        : `${waiting} wait behind it`;
      console.log(`${letter}\n    ${dead.parkedAt} ${kind}${what}, ${since}\n    ${dead.error}`);
    }
    console.log(JSON.stringify({ deadLetters, hasMore: found.length > LIMIT }));
    return 0;
  }
  if (action === 'replay' && id !== undefined) {
    const replayed = await replayDeadLetter(operator, id);
    if (replayed?.isGone === false)
      console.log(`It is still poison: ${replayed.deadLetter?.error}`);
    console.log(JSON.stringify(replayed ?? { isGone: null, deadLetter: null }));
    return replayed?.isGone ? 0 : 1;
  }
  if (action === 'discard' && id !== undefined && values.reason?.trim()) {
    const by = `operator ${userInfo().username}`;
    const discarded = await discardDeadLetter(operator, id, values.reason.trim(), by);
    console.log(JSON.stringify({ discarded: discarded ?? null }));
    return discarded ? 0 : 1;
  }
  return failed(USAGE);
}

function failed(message: string): number {
  console.error(message);
  return 2;
}

process.exitCode = await main().catch((error: Error) => failed(error.message));
