import { z } from 'zod';

const Failpoint = z.object({
  /** `<who>.<step>`: of a request's, a job's or an inbox's transaction, or of the relay. */
  name: z.string(),
  action: z.enum(['kill', 'term', 'hang', 'throw']),
  /** At which pass, counted from now. */
  nth: z.number().int().positive().default(1),
  /** At how many passes in a row. */
  times: z.number().int().positive().default(1),
  /** Of `hang`: for how long. */
  ms: z.number().int().positive().default(60_000),
  /** Of `throw`: an error of the database with this SQLSTATE; without it, a TypeError. */
  sqlState: z.string().optional(),
});

/** How this process is to die, stand still or fail at a point of its code. For drills. */
export type Failpoint = z.input<typeof Failpoint>;

const armed = new Map<string, z.output<typeof Failpoint>>();

/** Has the launcher arm failpoints, where it says that it wants to: never in production, nor without a launcher. */
export function listenForFailpoints(env: NodeJS.ProcessEnv): void {
  if (env.FAILPOINTS !== 'true' || env.GAMEGRAPH_LAUNCHED !== '1' || env.NODE_ENV === 'production')
    return;
  process.on('message', message => {
    const told = z.object({ failpoint: Failpoint }).safeParse(message);
    if (told.success) armed.set(told.data.failpoint.name, told.data.failpoint);
  });
}

/** A place where a drill may have this process die, stand still or fail. Costs nothing where none is armed. */
export function failpoint(who: string, step: string): Promise<void> | undefined {
  if (armed.size === 0) return undefined;
  const point = armed.get(`${who}.${step}`);
  return point && strike(point);
}

async function strike(point: z.output<typeof Failpoint>): Promise<void> {
  if (--point.nth > 0) return;
  if (--point.times === 0) armed.delete(point.name);
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (point.action === 'term') process.kill(process.pid, 'SIGTERM');
  else if (point.action === 'hang') await new Promise(resolve => setTimeout(resolve, point.ms));
  else if (point.sqlState === undefined) throw new TypeError('A drill has this fail.');
  else throw Object.assign(new Error('A drill has this fail.'), { code: point.sqlState });
}
