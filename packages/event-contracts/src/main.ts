import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EventContract } from '@gamegraph/event-bus';
import { type Breach, breachesOf, type Published, publishedOf } from './growth.js';
import * as contracts from './index.js';

const RECORD = fileURLToPath(new URL('../published.json', import.meta.url));

const NEW_VERSION = `A change that is meant is a new kind of event beside the old one: define the aggregate's new state and its events with the
next version (\`defineEvent(…, 2)\`, which makes it \`<subgraph>.<noun>.<participle>.v2\`), and keep the old definition, so that
whoever has such events still reads them. docs/reliability.md, "Events may only grow".`;

/** `npm run events` compares the events of the code with the record of those published; `-- --publish` adds to the record. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { publish: { type: 'boolean' } } });
  const published = JSON.parse(await readFile(RECORD, 'utf8')) as Published;
  const present = publishedOf(Object.values(contracts).filter(isEvent));
  const breaches = breachesOf(published, present);
  for (const breach of breaches) console.error(tell(breach));
  if (breaches.length > 0) {
    console.error(NEW_VERSION);
    return 1;
  }
  const changed = Object.entries(present).filter(
    ([type, { data }]) => JSON.stringify(published[type]?.data) !== JSON.stringify(data),
  );
  const names = changed.map(([type]) => type).join(', ');
  if (!values.publish) {
    console.log(names ? `not published yet, or grown: ${names}` : 'all is published as it is');
    return 0;
  }
  await writeFile(RECORD, `${JSON.stringify(present, null, 2)}\n`);
  console.log(names ? `published: ${names}` : 'nothing has changed');
  return 0;
}

function tell({ type, field, fault, cure }: Breach): string {
  return `${type}: ${field ? `\`${field}\` ` : ''}${fault}. ${cure}`;
}

function isEvent(value: unknown): value is EventContract {
  return typeof value === 'function' && 'eventName' in value;
}

process.exitCode = await main();
