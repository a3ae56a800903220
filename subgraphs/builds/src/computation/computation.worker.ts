import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { CompiledRules, RuleSet } from '@gamegraph/rules';
import { type AnyComputationKind, ComputationFailed, type Step } from './computation-kind.js';

/** What a thread is told to do. */
export interface ToThread {
  run?: {
    kind: string;
    question: unknown;
    material: unknown;
    checkpoint: KeptCheckpoint | null;
    /** Which rules: those of a version of a game's data. They come with the first computation that needs them. */
    rulesId: string;
    definition: unknown;
  };
  /** Rules that are not needed any more. */
  forget?: string[];
  /** To stop after this step. */
  stop?: true;
}

/** How far it has come. */
export interface Reached {
  progress: unknown;
  checkpoint: KeptCheckpoint;
}

/** What a thread tells last of a computation. The `cause` of a failure is a bug, for the log. */
export type ThreadEnd =
  | ({ what: 'stopped' | 'done' } & Reached)
  | { what: 'failed'; problem: string; cause?: unknown };

/** What a thread tells. */
export type FromThread = ({ what: 'report' } & Reached) | ThreadEnd;

/** A checkpoint is of use to the revision of its kind that made it, and to no other. */
export interface KeptCheckpoint {
  revision: number;
  at: unknown;
}

const REPORT_EVERY_MS = 250;

const { kindsUrl } = workerData as { kindsUrl: string };
const { KINDS } = (await import(kindsUrl)) as { KINDS: Record<string, AnyComputationKind> };
const port = parentPort!;
const compiled = new Map<string, CompiledRules>();
let isStopping = false;

port.on('message', ({ run, forget = [], stop }: ToThread) => {
  for (const id of forget) compiled.delete(id);
  if (run) void compute(run);
  if (stop) isStopping = true;
});

async function compute(task: NonNullable<ToThread['run']>): Promise<void> {
  isStopping = false;
  try {
    const { kind: name, rulesId, definition, checkpoint } = task;
    const kind = KINDS[name]!;
    if (definition) compiled.set(rulesId, new CompiledRules(RuleSet.parse(definition)));
    const input = { ...task, rules: compiled.get(rulesId)! } as never;
    const from = checkpoint?.revision === kind.revision ? checkpoint.at : undefined;
    const tell = (what: 'report' | 'stopped' | 'done', step: Step<unknown, unknown>) =>
      port.postMessage({
        ...{ what, progress: step.progress() },
        checkpoint: { revision: kind.revision, at: step.checkpoint() },
      } satisfies FromThread);
    let reportAt = 0;
    for (const step of kind.run(input, from)) {
      if (step.isDone) return tell('done', step);
      await turn(); // what there is to hear is heard here
      if (isStopping) return tell('stopped', step);
      if (performance.now() < reportAt) continue;
      tell('report', step);
      reportAt = performance.now() + REPORT_EVERY_MS;
    }
    throw new Error(`${name} ended before it was done.`);
  } catch (error) {
    const message: FromThread =
      error instanceof ComputationFailed
        ? { what: 'failed', problem: error.message }
        : { what: 'failed', problem: 'It failed by a fault of ours.', cause: error };
    port.postMessage(message);
  }
}
