import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@gamegraph/seed/random';
import type { World } from '../world.js';

/** kill -9 for each process in turn, which is then started again, and cut connections to databases in between. */
export async function chaos(world: World, random: Random, told: (what: string) => void) {
  const { system } = world;
  const subgraphs = [...system.subgraphUrls.keys()];
  const databases = [...subgraphs, 'event_log'];
  for (const victim of random.shuffled([...subgraphs, 'router'])) {
    await system.service(victim).kill();
    const database = random.pick(databases);
    await cutConnections(world, database);
    await sleep(random.whole(0, 299));
    await (victim === 'router' ? system.startRouter() : system.startSubgraph(victim));
    told(`killed ${victim}, cut ${database}`);
    await sleep(random.whole(0, 599));
    await cutConnections(world, random.pick(databases));
  }
}

function cutConnections(world: World, database: string): Promise<unknown> {
  return world.sql('postgres', client =>
    client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
      [database],
    ),
  );
}
