import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Listr } from 'listr2';
import pc from 'picocolors';
import { LogPrinter } from './log-printer.js';
import { ROOT } from './paths.js';
import { countData, screen } from './screen.js';
import { readSettings } from './settings.js';
import { CannotStart, System } from './system.js';

const HELP = `npm start                      start everything
npm start -- --reset           forget all data first
npm start -- --empty           make no demo data
npm start -- --verbose         print all that the services log
Settings: PORT (4000), HOST (127.0.0.1), DATA_DIRECTORY (.data), LOG_LEVEL (info),
CORS_ORIGINS (http://host:port,…; pages of other origins that may ask),
KAFKA_BROKERS (host:port,…; without it, events go through a log in PostgreSQL).`;

/** `npm start`: starts everything, shows where it is, and stops it in order. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      reset: { type: 'boolean' },
      empty: { type: 'boolean' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(HELP);
  const settings = readSettings(process.env);
  if (values.reset) await System.reset(settings.directory);

  const printer = new LogPrinter(values.verbose === true);
  const system = new System({
    ...settings,
    onLine: (service, line) => printer.print(service, line),
    onUnexpectedExit(service, reason) {
      console.error(
        pc.red(
          `${service} ended (${reason}); its log is ${join(settings.directory, 'logs')}/${service}.log`,
        ),
      );
      void stop(1);
    },
  });
  await system.check();

  let stopping: Promise<void> | undefined;
  const stop = (code: number): Promise<void> =>
    (stopping ??= (async () => {
      await system.stop();
      console.log(pc.dim('Stopped in order.'));
      process.exit(code);
    })());
  let interrupts = 0;
  process.on('SIGINT', () => {
    if (++interrupts > 1) process.exit(130);
    void stop(0);
  });
  for (const signal of ['SIGTERM', 'SIGHUP', 'disconnect'] as const)
    process.on(signal, () => void stop(0));

  const step = (title: string, work: () => Promise<string>) => ({
    title,
    task: async (_: unknown, task: { title: string }) => {
      const began = performance.now();
      const done = await work();
      const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s`;
      task.title = `${title.padEnd(10)} ${done} ${pc.dim(seconds)}`;
    },
  });
  // The page is built beside everything else: nothing waits for it but the last line.
  const explorer = runTool('explorer/dist/main.js');
  explorer.catch(() => {});
  try {
    await new Listr(
      [
        step('Storage', () => system.startPostgres()),
        step('Subgraphs', () => system.startSubgraphs()),
        step('Supergraph', () => system.compose()),
        step('Router', () => system.startRouter()),
        step('Explorer', async () => (await explorer).trim() || 'built before'),
        step('Data', async () => {
          const before = await countData(system.graphqlUrl);
          const unfinished = join(settings.directory, 'seeding');
          if (existsSync(unfinished)) {
            return `${before.words}; the demo data was cut off: npm start -- --reset makes it anew`;
          }
          if (before.users > 0 || values.empty) return before.words;
          await writeFile(unfinished, '');
          await runTool('packages/seed/dist/main.js', '--directory', settings.directory);
          await rm(unfinished);
          return (await countData(system.graphqlUrl)).words;
        }),
      ],
      {
        renderer: process.stdout.isTTY ? 'default' : 'simple',
        rendererOptions: { showErrorMessage: false },
        silentRendererCondition: () => stopping !== undefined,
      },
    ).run();
    console.log(screen(system.graphqlUrl));
    printer.open();
  } catch (error) {
    if (stopping) return;
    console.error(pc.red(error instanceof Error ? error.message : String(error)));
    await stop(1);
  }
}

/** Runs a program of this project to its end. Returns what it printed. */
async function runTool(file: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--enable-source-maps',
    join(ROOT, file),
    ...args,
  ]);
  return stdout;
}

main().catch((error: unknown) => {
  console.error(error instanceof CannotStart ? error.message : error);
  process.exit(1);
});
