import { libraryEntryChanged, type LibraryEntryState } from '@gamegraph/event-contracts';
import { type GraphContext, load, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import { mayKnow } from '../user/audience.js';

/**
 * A game in somebody's library: one row for both. It stays when the last licence goes, for what was played was played.
 *
 * Its row lock is the one behind which licences are given and taken, and playtime is counted.
 */
@Entity({ tableName: 'library_entry' })
@ObjectType({ description: 'A game in somebody’s library, owned or once played.' })
@Node<GraphContext, LibraryEntry>('LibraryEntry', async (id, context) =>
  visibleEntry(context, await load(context.em, LibraryEntry, id)),
)
export class LibraryEntry {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' }) // owned by `games`: an id, never a foreign key
  gameId!: string;

  @Field(() => Boolean, { description: 'Whether there is a licence that is active.' })
  @Property({ type: 'boolean' })
  isOwned: boolean = false;

  @Field(() => Boolean, { description: 'Whether its owner has marked it.' })
  @Property({ type: 'boolean' })
  isFavorite: boolean = false;

  @Field(() => Boolean, { description: 'Whether its owner keeps it from everyone’s eyes.' })
  @Property({ type: 'boolean' })
  isHidden: boolean = false;

  @Field(() => Int, {
    description:
      'For how long the game was played, at the end of the last play session. Times that overlap count once.',
  })
  @Property({ type: 'integer' })
  playtimeSeconds: number = 0;

  @Field(() => Date, { nullable: true, description: 'Null when it was never played.' })
  @Property({ type: 'timestamptz', nullable: true })
  lastPlayedAt: Date | null = null;

  @Field(() => Date, { description: 'When the game first came into the library.' })
  @Property({ type: 'timestamptz' })
  addedAt!: Date;

  own() {
    this.isOwned = true;
    return libraryEntryChanged(this.state());
  }

  disown() {
    this.isOwned = false;
    return libraryEntryChanged(this.state());
  }

  /** Keeps what was played: all of it together, and when the latest of it was. */
  play(playtimeSeconds: number, at: Date) {
    this.playtimeSeconds = playtimeSeconds;
    if (!this.lastPlayedAt || this.lastPlayedAt < at) this.lastPlayedAt = at;
    return libraryEntryChanged(this.state());
  }

  /** What others may know, and keep copies of. */
  state(): LibraryEntryState {
    const { id, userId, gameId, isOwned, playtimeSeconds, lastPlayedAt } = this;
    return {
      ...{ id, userId, gameId, isOwned, playtimeSeconds },
      lastPlayedAt: lastPlayedAt?.toISOString() ?? null,
    };
  }
}

/** The entry, or null when the viewer may not see it. */
export async function visibleEntry(
  context: GraphContext,
  entry: LibraryEntry | null,
): Promise<LibraryEntry | null> {
  if (!entry || !(await mayKnow(context, 'library', entry.userId))) return null;
  return entry.isHidden && entry.userId !== context.viewer?.userId ? null : entry;
}
