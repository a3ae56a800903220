import type { StatValue } from '@gamegraph/rules';
import { execute } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';

/** What a build comes to by now. */
export interface Figures {
  buildId: string;
  gameId: string;
  stats: readonly Pick<StatValue, 'key' | 'value'>[];
}

/** Keeps the stats of builds, to look builds up by. What is as it was is not written. */
export async function keepStats(tx: EntityManager, builds: Figures[]): Promise<void> {
  const rows = builds.flatMap(({ buildId, gameId, stats }) =>
    stats
      .filter(({ value }) => value !== null)
      .map(({ key, value }) => ({ build_id: buildId, game_id: gameId, stat: key, value })),
  );
  await execute(
    tx,
    sql`WITH figure AS (
          SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
            AS n(build_id uuid, game_id uuid, stat text, value float8)),
        gone AS (
          DELETE FROM build_stat AS s WHERE s.build_id = ANY(${builds.map(({ buildId }) => buildId)}::uuid[])
            AND NOT EXISTS (SELECT FROM figure AS f WHERE (f.build_id, f.stat) = (s.build_id, s.stat)))
        INSERT INTO build_stat SELECT * FROM figure ON CONFLICT (build_id, stat)
        DO UPDATE SET value = excluded.value WHERE build_stat.value <> excluded.value`,
  );
}
