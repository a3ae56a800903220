import {
  achievementUnlocked,
  buildCreated,
  buildDeleted,
  type BuildState,
  buildUpdated,
  licenceGranted,
  licenceRevoked,
} from '@gamegraph/event-contracts';
import { defineConsumer, type HandlerContext, on } from '@gamegraph/subgraph-kit';
import { addActivity, removeActivities } from './activities.js';
import { ActivityKind } from './activity.entity.js';

/** What `library` and `builds` tell of somebody. What friends do is told where it is done. */
export const activityConsumer = defineConsumer({
  name: 'social.activity',
  subscriptions: [
    on(licenceGranted, ({ id, userId, gameId }, { em, at }) =>
      addActivity(em, { kind: ActivityKind.GAME_ADDED, subjectId: id, userId, gameId, at }),
    ),
    on(licenceRevoked, ({ id }, { em }) => removeActivities(em, ActivityKind.GAME_ADDED, id)),
    on(achievementUnlocked, ({ id, userId, gameId, name, unlockedAt }, { em }) =>
      addActivity(em, {
        kind: ActivityKind.ACHIEVEMENT_UNLOCKED,
        ...{ subjectId: id, userId, gameId, achievementName: name, at: new Date(unlockedAt) },
      }),
    ),
    on(buildCreated, followBuild),
    on(buildUpdated, followBuild),
    on(buildDeleted, ({ id }, { em }) => removeActivities(em, ActivityKind.BUILD_PUBLISHED, id)),
  ],
});

/** A build that is hidden leaves the feed. Shown again, it takes the place that it had: of its first publication. */
function followBuild(build: BuildState, { em, at }: HandlerContext): Promise<void> {
  const { id, authorId: userId, gameId, visibility, publishedAt } = build;
  const kind = ActivityKind.BUILD_PUBLISHED;
  if (visibility !== 'PUBLIC') return removeActivities(em, kind, id);
  const since = publishedAt ? new Date(publishedAt) : at;
  return addActivity(em, { kind, subjectId: id, userId, gameId, buildId: id, at: since });
}
