import { parseArgs } from 'node:util';
import { Listr } from 'listr2';
import pc from 'picocolors';
import { LogPrinter } from './log-printer.js';
import { STATE_DIRECTORY } from './paths.js';
import { screen } from './screen.js';
import { CannotStart, type StepResult, System } from './system.js';

const HELP = `npm start                      start everything
npm start -- --reset           forget all data first
npm start -- --verbose         print what the services log
Settings: PORT (4000), HOST (127.0.0.1), KAFKA_BROKERS (host:port,…; else events go through PostgreSQL).`;

/** `npm start`: starts everything, shows where it is, and stops it in order. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      reset: { type: 'boolean' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(HELP);
  if (values.reset) await System.reset(STATE_DIRECTORY);

  const printer = new LogPrinter(values.verbose === true);
  let failed: string | undefined;
  const system = new System({
    directory: STATE_DIRECTORY,
    port: readPort(process.env.PORT),
    host: process.env.HOST || '127.0.0.1',
    kafkaBrokers: process.env.KAFKA_BROKERS || undefined,
    logLevel: process.env.LOG_LEVEL || 'info',
    onLine: (service, line) => printer.print(service, line),
    onUnexpectedExit(service, reason) {
      failed = `${service} ended (${reason}); its log is in ${STATE_DIRECTORY}/logs.`;
      void stop(1);
    },
  });

  let stopping: Promise<void> | undefined;
  const stop = (code: number): Promise<void> =>
    (stopping ??= (async () => {
      if (failed) console.error(pc.red(failed));
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

  const step = (title: string, work: () => Promise<StepResult>) => ({
    title,
    task: async (_: unknown, task: { title: string }) => {
      const began = performance.now();
      const { title: done } = await work();
      task.title = `${title.padEnd(11)} ${done} ${pc.dim(seconds(performance.now() - began))}`;
    },
  });
  try {
    await new Listr(
      [
        step('Machine', () => system.check()),
        step('Storage', () => system.startPostgres()),
        step('Services', () => system.startServices()),
      ],
      {
        renderer: process.stdout.isTTY ? 'default' : 'simple',
        silentRendererCondition: () => stopping !== undefined,
      },
    ).run();
    console.log(screen(system));
    printer.open();
  } catch (error) {
    if (stopping) return;
    failed =
      error instanceof CannotStart
        ? error.message
        : String(error instanceof Error ? error.stack : error);
    await stop(1);
  }
}

function readPort(text: string | undefined): number {
  const port = Number(text || 4000);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new CannotStart(`PORT must be a number from 1 to 65535, and is "${text}".`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

main().catch((error: unknown) => {
  console.error(error instanceof CannotStart ? error.message : error);
  process.exit(1);
});
