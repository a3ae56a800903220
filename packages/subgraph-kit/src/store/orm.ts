import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { Migrator } from '@mikro-orm/migrations';
import {
  DataloaderType,
  DefaultLogger,
  defineConfig,
  type EntityName,
  MikroORM,
  type MigrationObject,
  UnderscoreNamingStrategy,
} from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';

export interface OrmOptions {
  databaseUrl: string;
  entities: EntityName[];
  /** In the order in which they run. */
  migrations: MigrationObject[];
  /** Connections at most. */
  poolSize?: number;
  /** Told of each statement before it is sent; for tests that count them. */
  onStatement?: ((statement: string) => void) | undefined;
}

/** A MikroORM whose entities are classes with legacy decorators, and whose relations load through its data loader. */
export function createOrm({
  databaseUrl,
  entities,
  migrations,
  poolSize = 8,
  onStatement,
}: OrmOptions): Promise<MikroORM> {
  return MikroORM.init(
    defineConfig({
      clientUrl: databaseUrl,
      entities,
      metadataProvider: ReflectMetadataProvider,
      namingStrategy: UnderscoreNamingStrategy,
      dataloader: DataloaderType.ALL,
      extensions: [Migrator],
      migrations: { migrationsList: migrations, snapshot: false, tableName: 'migration' },
      schemaGenerator: { ignoreSchema: ['events'] }, // the kit's own tables, events/tables.ts
      forceUtcTimezone: true,
      pool: { min: 0, max: poolSize },
      driverOptions: {
        // A slip of the pen in a word of seven letters is still that word.
        options: '-c pg_trgm.word_similarity_threshold=0.4',
        onPoolCreated(pool: Pool) {
          takeBackLostConnections(pool);
          if (onStatement) pool.on('connect', client => listenIn(client, onStatement));
        },
      },
      loggerFactory: options => new DefaultLogger({ ...options, writer: () => {} }), // errors are thrown, and logged by us
    }),
  );
}

/**
 * kysely 0.29 never gives a connection back that was lost within a transaction: its rollback rejects before it gets to
 * that. Eight cut sessions would empty the pool for good, so what is lost while it is lent out is taken back here.
 */
function takeBackLostConnections(pool: Pool): void {
  const lent = new Set<PoolClient>();
  pool.on('acquire', client => lent.add(client));
  pool.on('release', (_, client) => lent.delete(client));
  pool.on('connect', client => {
    client.once('end', () => {
      if (!lent.has(client)) return;
      client.release(true);
      client.release = () => {}; // should its borrower come after all
    });
  });
}

function listenIn(client: PoolClient, onStatement: (statement: string) => void): void {
  const send = client.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((...args: [string | { text?: string }, ...unknown[]]) => {
    const [statement] = args;
    onStatement(typeof statement === 'string' ? statement : (statement.text ?? ''));
    return send(...args);
  }) as typeof client.query;
}

/** Runs the migrations that have not run, one process at a time. Returns how many there were. */
export async function migrate(orm: MikroORM): Promise<number> {
  const lock = `SELECT pg_advisory_xact_lock(hashtext('migrations'))`;
  return orm.em.fork().transactional(async tx => {
    await tx.execute(lock);
    return (await orm.migrator.up()).length; // on its own connection; the lock only keeps others out
  });
}
