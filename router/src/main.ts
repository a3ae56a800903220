import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { stringify } from 'yaml';
import { ConfigFile } from './config/config-file.js';
import { CONFIG_FILE, ConfigError, configJsonSchema, readConfig } from './config/read.js';
import { withoutSecrets } from './config/without-secrets.js';
import { type RunningRouter, startRouter } from './router.js';
import { Member } from './workers/team.js';
import { WORKER_TASK, Workers, type WorkerTask } from './workers/workers.js';

const STOP_TIMEOUT_MS = cluster.isWorker ? 10_000 : 11_000;
const USAGE = `Usage: npm run --silent router [-- --workers N]           serve, with N processes
       npm run --silent router -- config validate [FILE]  say what is wrong with the settings
       npm run --silent router -- config print [FILE]     all settings, with their defaults and without secrets
       npm run --silent router -- config schema           the JSON Schema of the file, for editors
Settings are in FILE, else where ROUTER_CONFIG says, else in ./${CONFIG_FILE} if there is one.`;

/** Runs a router as a process, or tells about its settings. */
async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { workers: { type: 'string' } },
    allowPositionals: true,
  });
  if (values.workers !== undefined) process.env.WORKERS = values.workers;
  const [command, what, path] = positionals;
  const file =
    path ?? (process.env.ROUTER_CONFIG || (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined));
  if (command === undefined) return serve(file);
  if (command !== 'config' || positionals.length > 3) throw new ConfigError([USAGE]);
  switch (what) {
    case 'validate':
      readConfig(process.env, file);
      return console.log(`${file ?? 'The environment'}: these settings can be used.`);
    case 'print':
      return console.log(stringify(withoutSecrets(readConfig(process.env, file))).trimEnd());
    case 'schema':
      return console.log(JSON.stringify(configJsonSchema(), null, 2));
    default:
      throw new ConfigError([USAGE]);
  }
}

/** Stops in order when told, or when its launcher is gone. */
async function serve(file: string | undefined): Promise<void> {
  const settings = new ConfigFile(process.env, file);
  const log = pino({
    name: 'router',
    level: settings.config.log.level,
    base: { name: 'router', ...(cluster.worker && { worker: cluster.worker.id }) },
    serializers: { error: pino.stdSerializers.err },
  });
  let router: RunningRouter | undefined;
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    void Promise.resolve(router?.stop()).then(() => process.exit());
  };
  process.on('SIGTERM', stop).on('disconnect', stop);
  // A launcher hears the terminal's interrupt too, and has the order; so has a worker's parent.
  const isLed = process.env.GAMEGRAPH_LAUNCHED === '1' || cluster.isWorker;
  process.on('SIGINT', () => isLed || stop());
  if (cluster.isWorker) {
    router = await startMember(settings, log, stop);
    return;
  }
  const { workers } = settings.config.listen;
  router = workers > 1 ? await startWorkers(workers, log) : await startRouter(settings, log);
  log.info({ url: router.url, workers }, 'router serves');
  process.send?.({ ready: { url: router.url } });
}

async function startWorkers(count: number, log: Logger): Promise<RunningRouter> {
  const workers = new Workers(count, log);
  const url = await workers.start();
  return { url, stop: () => workers.stop() };
}

async function startMember(
  settings: ConfigFile,
  log: Logger,
  stop: () => void,
): Promise<RunningRouter> {
  const task = JSON.parse(process.env[WORKER_TASK]!) as WorkerTask;
  const member = new Member(cluster.worker!.id, task, stop);
  const router = await startRouter(settings, log, member);
  await member.serves(router.url);
  return router;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const told =
    error instanceof ConfigError
      ? error.message
      : error instanceof Error
        ? error.stack
        : String(error);
  process.stderr.write(`${told}\n`);
  process.exitCode = 1;
  process.disconnect?.();
});
