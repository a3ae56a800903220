import { OPTIMISATION } from '../optimisation/optimisation.computation.js';
import { SIMULATION_BATCH } from '../simulation/simulation-batch.computation.js';
import { SIMULATION } from '../simulation/simulation.computation.js';
import type { AnyComputationKind } from './computation-kind.js';

/** All kinds of computations, by their names. Threads load this module by itself. */
export const KINDS: Readonly<Record<string, AnyComputationKind>> = {
  ...{ SIMULATION, SIMULATION_BATCH, OPTIMISATION },
};
