import { execute } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Activity, ActivityKind } from './activity.entity.js';

type Fact = Pick<Activity, 'kind' | 'subjectId' | 'userId' | 'at'> &
  Partial<Pick<Activity, 'gameId' | 'buildId' | 'friendId' | 'achievementName'>>;

/** Once, however often the same fact is told. */
export async function addActivity(tx: EntityManager, fact: Fact): Promise<void> {
  const { kind, subjectId, userId, at } = fact;
  const { gameId = null, buildId = null, friendId = null, achievementName = null } = fact;
  await execute(
    tx,
    sql`INSERT INTO activity (id, kind, subject_id, user_id, game_id, build_id, friend_id, achievement_name, at)
        VALUES (${uuidv7()}, ${kind}, ${subjectId}, ${userId}, ${gameId}, ${buildId}, ${friendId}, ${achievementName}, ${at})
        ON CONFLICT ON CONSTRAINT activity_unique DO NOTHING`,
  );
}

/** The fact is none any more. */
export async function removeActivities(
  tx: EntityManager,
  kind: ActivityKind,
  subjectId: string,
): Promise<void> {
  await execute(tx, sql`DELETE FROM activity WHERE (subject_id, kind) = (${subjectId}, ${kind})`);
}
