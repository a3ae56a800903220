import { isAbsolute, resolve } from 'node:path';
import { ROOT, STATE_DIRECTORY } from './paths.js';
import { CannotStart } from './system.js';

/** What whoever starts the system may choose. */
export interface Settings {
  port: number;
  host: string;
  directory: string;
  kafkaBrokers: string | undefined;
  logLevel: string;
  corsOrigins: string;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** @throws CannotStart that names what is wrong, and what would be right */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const {
    PORT = '4000',
    HOST = '127.0.0.1',
    LOG_LEVEL = 'info',
    CORS_ORIGINS = '',
    KAFKA_BROKERS,
    DATA_DIRECTORY,
  } = env;
  const port = Number(PORT || '4000');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CannotStart(`PORT must be a whole number from 1 to 65535, and is "${PORT}".`);
  }
  if (!LOG_LEVELS.includes(LOG_LEVEL)) {
    throw new CannotStart(
      `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, and is "${LOG_LEVEL}".`,
    );
  }
  for (const broker of KAFKA_BROKERS?.split(',') ?? []) {
    if (!/^[^:\s]+:\d+$/.test(broker.trim())) {
      throw new CannotStart(`KAFKA_BROKERS must be host:port,host:port, and has "${broker}".`);
    }
  }
  for (const origin of CORS_ORIGINS.split(',').filter(Boolean)) {
    if (origin.trim() !== '*' && !/^https?:\/\/[^/\s]+$/.test(origin.trim())) {
      throw new CannotStart(
        `CORS_ORIGINS must be http://host:port,https://host or *, and has "${origin}".`,
      );
    }
  }
  const directory = DATA_DIRECTORY || STATE_DIRECTORY;
  return {
    port,
    host: HOST,
    directory: isAbsolute(directory) ? directory : resolve(ROOT, directory),
    kafkaBrokers: KAFKA_BROKERS || undefined,
    logLevel: LOG_LEVEL,
    corsOrigins: CORS_ORIGINS,
  };
}
