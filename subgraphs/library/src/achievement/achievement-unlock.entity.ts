import { type AchievementUnlockState, achievementUnlocked } from '@gamegraph/event-contracts';
import { type GraphContext, load, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import { LibraryEntry, visibleEntry } from '../entry/entry.entity.js';

/** That somebody has reached something. It never goes away, whatever becomes of the licence. */
@Entity({ tableName: 'achievement_unlock' })
@ObjectType({ description: 'That a player has reached an achievement.' })
@Node<GraphContext, AchievementUnlock>('AchievementUnlock', async (id, context) => {
  const unlock = await load(context.em, AchievementUnlock, id);
  const entry = unlock && (await load(context.em, LibraryEntry, unlock.entryId));
  return (await visibleEntry(context, entry)) && unlock;
})
export class AchievementUnlock {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  achievementId!: string;

  @Property({ type: 'uuid' })
  entryId!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'text' })
  achievementKey!: string;

  /** As the achievement was called then: what was announced does not change. */
  @Property({ type: 'text' })
  name!: string;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  unlockedAt!: Date;

  static of(
    achievement: { id: string; key: string; name: string },
    { id: entryId, userId, gameId }: LibraryEntry,
    unlockedAt: Date,
  ) {
    const { id: achievementId, key: achievementKey, name } = achievement;
    const what = { achievementId, achievementKey, name, unlockedAt };
    const unlock = Object.assign(new AchievementUnlock(), { entryId, userId, gameId, ...what });
    return { unlock, event: achievementUnlocked(unlock.state()) };
  }

  /** What others may know, and keep copies of. */
  state(): AchievementUnlockState {
    const { id, userId, gameId, achievementKey, name, unlockedAt } = this;
    return { id, userId, gameId, achievementKey, name, unlockedAt: unlockedAt.toISOString() };
  }
}
