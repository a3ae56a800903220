import { Random } from '@gamegraph/seed/random';

const SUBGRAPHS = ['payments', 'library', 'social'] as const;
const ACTIONS_MS = 3_000;
const FAULTS_MS = 4_000;
const BUYERS = 3;
const GAMES = 3;

export type SubgraphName = (typeof SUBGRAPHS)[number];

/** What somebody does. */
export type Action =
  | {
      kind: 'purchase';
      n: number;
      buyer: number;
      game: number;
      minor: number;
      /** What pays: the wallet, the provider, or the wallet what it has and the provider the rest. */
      funding: 'wallet' | 'provider' | 'mixed';
    }
  | { kind: 'refund'; n: number } // of the n-th purchase
  | { kind: 'play'; buyer: number; game: number; seconds: number };

/** What goes wrong. */
export type Fault =
  | { kind: 'kill'; subgraph: SubgraphName; process: number; forMs: number }
  | { kind: 'slow'; subgraph: SubgraphName; process: number; forMs: number }
  | { kind: 'restart database' | 'cut sessions' | 'rebalance'; subgraph: SubgraphName }
  | { kind: 'bus down' | 'provider silent'; forMs: number }
  | { kind: 'duplicate' | 'swap' | 'lose' }
  /** A clock that is ten minutes ahead: no order has had its answer in time. */
  | { kind: 'clock ahead' };

export type Step = { atMs: number } & (Action | Fault);

/** All that a seed brings about: who does what, and what goes wrong, each at its time. */
export interface Plan {
  /** What is left to chance between the steps: how long each thing takes, and what arrives. */
  seed: number;
  steps: Step[];
}

export function planOf(seed: number): Plan {
  const random = new Random(seed);
  const steps: Step[] = [];
  const purchases = random.whole(2, 8);
  let atMs = 0;
  for (let n = 0; n < purchases; n++) {
    const [buyer, game] = [random.whole(1, BUYERS), random.whole(1, GAMES)];
    const minor = random.pick([0, 300, 500, 700]);
    const funding = random.pick(['wallet', 'wallet', 'provider', 'mixed'] as const);
    if (random.chance(0.6)) atMs = random.whole(0, ACTIONS_MS); // else at once with the one before
    steps.push({ atMs, kind: 'purchase', n, buyer, game, minor, funding });
    const later = () => steps.at(-1)!.atMs + random.whole(20, 1_500);
    const seconds = random.pick([600, 9_000]);
    if (random.chance(0.3)) steps.push({ atMs: later(), kind: 'play', buyer, game, seconds });
    if (random.chance(0.5)) steps.push({ atMs: later(), kind: 'refund', n });
  }
  const faults = random.whole(0, 8);
  for (let n = 0; n < faults; n++) {
    steps.push({ atMs: random.whole(0, FAULTS_MS), ...faultOf(random) });
  }
  return { seed, steps: steps.sort((a, b) => a.atMs - b.atMs) };
}

function faultOf(random: Random): Fault {
  const subgraph = random.pick(SUBGRAPHS);
  const process = random.whole(0, 1);
  return random.pick<() => Fault>([
    () => ({ kind: 'kill', subgraph, process, forMs: random.whole(50, 1_500) }),
    () => ({ kind: 'kill', subgraph, process, forMs: random.whole(50, 1_500) }),
    () => ({ kind: 'slow', subgraph, process, forMs: random.whole(100, 1_500) }),
    () => ({ kind: 'restart database', subgraph }),
    () => ({ kind: 'cut sessions', subgraph }),
    () => ({ kind: 'rebalance', subgraph }),
    () => ({ kind: 'bus down', forMs: random.whole(50, 2_000) }),
    () => ({ kind: 'provider silent', forMs: random.whole(50, 3_000) }),
    () => ({ kind: 'duplicate' }),
    () => ({ kind: 'duplicate' }),
    () => ({ kind: 'swap' }),
    () => ({ kind: 'lose' }),
    () => ({ kind: 'clock ahead' }),
    () => ({ kind: 'clock ahead' }),
  ])();
}

/** A step as the history tells it: `* kill library 2 for 340 ms`. */
export function tellStep(step: Step): string {
  const details = Object.entries(step).filter(([name]) => name !== 'kind' && name !== 'atMs');
  return `* ${step.kind} ${details.map(([name, value]) => `${name} ${value}`).join(', ')}`.trimEnd();
}
