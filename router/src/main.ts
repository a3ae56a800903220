import { existsSync } from 'node:fs';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { ConfigFile } from './config/config-file.js';
import { CONFIG_FILE, ConfigError, configJsonSchema, readConfig } from './config/read.js';
import type { RouterConfig } from './config/schema.js';
import { startRouter } from './router.js';

const STOP_TIMEOUT_MS = 10_000;
const USAGE = `Usage: npm run --silent router                            serve
       npm run --silent router -- config validate [FILE]  say what is wrong with the settings
       npm run --silent router -- config print [FILE]     all settings, with their defaults and without secrets
       npm run --silent router -- config schema           the JSON Schema of the file, for editors
Settings are in FILE, else where ROUTER_CONFIG says, else in ./${CONFIG_FILE} if there is one.`;

/** Runs a router as a process, or tells about its settings. */
async function main(args: string[]): Promise<void> {
  const [command, what, path] = args;
  const file =
    path ?? (process.env.ROUTER_CONFIG || (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined));
  if (command === undefined) return serve(file);
  if (command !== 'config' || args.length > 3) throw new ConfigError([USAGE]);
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
    base: { name: 'router' },
    serializers: { error: pino.stdSerializers.err },
  });
  const router = await startRouter(settings, log);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    void router.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop).on('disconnect', stop);
  // A launcher hears the terminal's interrupt too, and has the order.
  const isLaunched = process.env.GAMEGRAPH_LAUNCHED === '1';
  process.on('SIGINT', () => isLaunched || stop());
  log.info({ url: router.url }, 'router serves');
  process.send?.({ ready: { url: router.url } });
}

function withoutSecrets({ cache, subgraphs, metrics, ...rest }: RouterConfig): object {
  const hidden = '(secret)';
  return {
    ...rest,
    cache: {
      ...cache,
      invalidation: {
        ...cache.invalidation,
        ...(cache.invalidation.token && { token: hidden }),
        ...(cache.invalidation.eventLogUrl && { eventLogUrl: hidden }),
      },
    },
    subgraphs: { ...subgraphs, ...(subgraphs.signingKey && { signingKey: hidden }) },
    metrics: { ...metrics, ...(metrics.token && { token: hidden }) },
  };
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
