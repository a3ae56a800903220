import type { Random } from '@gamegraph/seed/random';
import type { Trouble } from '../proxy.js';
import type { Fault, Scene } from './fault.js';

const partition: Fault = {
  name: 'F9',
  description: 'the network is slow, cuts, or is silent: to Kafka, PostgreSQL, the subgraphs',
  inject: (scene, random) => {
    const trouble = random.pick<Trouble>([
      { kind: 'latency', ms: 2_000 },
      { kind: 'bandwidth', bytesPerSecond: 20_000 },
      { kind: 'pieces' },
      { kind: 'silence' },
      { kind: 'reset', afterMs: random.whole(5, 200) },
    ]);
    return between(scene, random, trouble);
  },
};

const answersLost: Fault = {
  name: 'F10',
  description: 'what is asked arrives, what is answered is lost',
  inject: (scene, random) => between(scene, random, { kind: 'lost answers' }),
};

/** Troubles the way to the bus, and one or two others. */
async function between({ stage }: Scene, random: Random, trouble: Trouble) {
  const links = stage.links.filter(link => link.endsWith('kafka') || link.endsWith('event_log'));
  const chosen = new Set([random.pick(links), ...random.sample(stage.links, 2)]);
  const proxies = await Promise.all([...chosen].map(link => stage.proxy(link)));
  for (const proxy of proxies) proxy.trouble(trouble);
  return {
    what: `${trouble.kind}: ${[...chosen].join(', ')}`,
    holdMs: random.whole(3_000, 8_000),
    mend: async () => {
      for (const proxy of proxies) proxy.heal();
    },
  };
}

export const networkFaults = [partition, answersLost];
