import { type GraphContext, load, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { LibraryEntry } from '../entry/entry.entity.js';
import { AchievementUnlock } from './achievement-unlock.entity.js';

/** Something to reach in a game. Its row lock is the one behind which it is unlocked, and unlocks are counted. */
@Entity({ tableName: 'achievement' })
@ObjectType({ description: 'Something to reach in a game.' })
@Node<GraphContext, Achievement>('Achievement', (id, { em }) => load(em, Achievement, id))
export class Achievement {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  gameId!: string;

  @Field(() => String, { description: 'By which the game knows it; never another.' })
  @Property({ type: 'text' })
  key!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  description!: string;

  @Field(() => String, { nullable: true, description: 'Of an image, by https.' })
  @Property({ type: 'text', nullable: true })
  iconUrl: string | null = null;

  @Field(() => Int, { nullable: true, description: 'What it is worth, as its studio has it.' })
  @Property({ type: 'integer', nullable: true })
  points: number | null = null;

  @Field(() => Boolean, { description: 'Whether its description is kept from who has it not.' })
  @Property({ type: 'boolean' })
  isSecret!: boolean;

  @Field(() => Boolean, { description: 'Whether it can be reached no more.' })
  @Property({ type: 'boolean' })
  isRetired!: boolean;

  @Field(() => Int, { description: 'How many players have it.' })
  @Property({ type: 'integer' })
  unlocksCount!: number;

  /** Once for each player: whoever calls holds the lock, and has seen that it was not. */
  unlock(entry: LibraryEntry, at: Date) {
    this.unlocksCount++;
    return AchievementUnlock.of(this, entry, at);
  }
}
