import { type Logger, pino } from 'pino';

const FRAMES = 8;

/** JSON lines on stdout. Of an error: what it is and where in our code it came from, not the drivers' inner life. */
export function createLog(name: string, level: string): Logger {
  return pino({
    name,
    level,
    base: { name },
    serializers: { error: describe },
    redact: ['*.password', '*.authorization', '*.token'],
  });
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const frames = (error.stack ?? '').split('\n').filter(line => /^ +at /.test(line));
  const ours = frames.filter(line => !/node_modules|node:internal/.test(line));
  return {
    type: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(constraint !== undefined && { constraint }),
    stack: (ours.length > 0 ? ours : frames).slice(0, FRAMES).map(line => line.trim()),
    ...(error.cause !== undefined && { cause: describe(error.cause) }),
  };
}
