import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, startCluster } from '@gamegraph/embedded-postgres';

let cluster: Cluster;
let directory: string;

/** `node --test --test-global-setup`: one throw-away PostgreSQL for all test files of the run. */
export async function globalSetup(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'gamegraph-test-'));
  cluster = await startCluster({ directory, ephemeral: true, settings: { max_connections: 400 } });
  process.env.TEST_POSTGRES_URL = cluster.url('postgres');
}

export async function globalTeardown(): Promise<void> {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
}
