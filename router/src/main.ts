import { pino } from 'pino';
import { ConfigError, readConfig } from './config.js';
import { startRouter } from './router.js';

const STOP_TIMEOUT_MS = 10_000;

/** Runs a router as a process: settings from the environment; stops in order when told, or when its launcher is gone. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({
    name: 'router',
    level: config.LOG_LEVEL,
    base: { name: 'router' },
    serializers: { error: pino.stdSerializers.err },
  });
  const router = await startRouter(config, log);
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

main().catch((error: unknown) => {
  const told =
    error instanceof ConfigError
      ? error.message
      : error instanceof Error
        ? error.stack
        : String(error);
  process.stderr.write(`The router did not start. ${told}\n`);
  process.exitCode = 1;
  process.disconnect?.();
});
