import { eventFaults } from './events.js';
import type { Fault } from './fault.js';
import { networkFaults } from './network.js';
import { processFaults } from './processes.js';
import { providerFaults } from './provider.js';
import { storageFaults } from './storage.js';

/** All that the drill can do to the system, in the order of the matrix. */
export const FAULTS: readonly Fault[] = [
  ...processFaults,
  ...storageFaults,
  ...networkFaults,
  ...eventFaults,
  ...providerFaults,
].sort((a, b) => Number(a.name.slice(1)) - Number(b.name.slice(1)));
