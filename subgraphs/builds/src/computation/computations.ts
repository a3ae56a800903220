import { readConfig, type SubgraphParts } from '@gamegraph/subgraph-kit';
import { z } from 'zod';
import type { Computations } from './computation-asking.js';
import { ComputationRunner } from './computation-runner.js';
import { KINDS } from './kinds.js';

const Config = z.object({
  /** How many computations this process runs at once, each in a thread of its own; 0 leaves them to other processes. */
  COMPUTATION_THREADS: z.coerce.number().int().min(0).max(64).default(1),
  /** How large the heap of each thread may become. */
  COMPUTATION_MEMORY_MB: z.coerce.number().int().min(64).max(65_536).default(512),
  /** How long one may have a thread while others wait. */
  COMPUTATION_TURN_SECONDS: z.coerce.number().min(0).max(3_600).default(10),
  /** How many of them somebody may have under way at once. */
  COMPUTATIONS_PER_USER: z.coerce.number().int().min(1).max(1_000).default(3),
});

/** Starts what runs computations in this process: those that a module exports as `KINDS`. */
export function startComputations(
  { env, onStop, ...parts }: SubgraphParts,
  { kinds, kindsUrl } = { kinds: KINDS, kindsUrl: new URL('./kinds.js', import.meta.url) },
): Computations {
  const config = readConfig(Config, env);
  const runner = new ComputationRunner({
    ...parts,
    ...{ kinds: Object.keys(kinds), kindsUrl },
    threads: config.COMPUTATION_THREADS,
    memoryMb: config.COMPUTATION_MEMORY_MB,
    turnMs: config.COMPUTATION_TURN_SECONDS * 1_000,
  });
  runner.start();
  onStop(() => runner.stop());
  return { kinds, perUser: config.COMPUTATIONS_PER_USER, wake: () => runner.wake() };
}
