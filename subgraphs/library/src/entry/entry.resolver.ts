import {
  type Announcement,
  Authenticated,
  badInput,
  Connection,
  ConnectionArgs,
  faultOfText,
  type GraphContext,
  listOf,
  load,
  loaderOf,
  notFound,
  type Order,
  Public,
  query,
  requireViewer,
  tidy,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { type RawBuilder, sql } from 'kysely';
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { GameCopy } from '../game/game.projection.js';
import { Game } from '../game/game.stub.js';
import { Licence } from '../licence/licence.entity.js';
import { SILENCE_MS_MAX } from '../play-session/play-session.entity.js';
import { mayKnow } from '../user/audience.js';
import { User } from '../user/user.stub.js';
import { LibraryEntry, visibleEntry } from './entry.entity.js';
import { LibraryFilter, LibrarySort } from './entry.inputs.js';
import { lockEntries } from './locking.js';

@ObjectType({ description: 'A library.' })
class LibraryEntryConnection extends Connection(LibraryEntry, 'LibraryEntry') {}

@ObjectType({ description: 'The licences of somebody for a game, the latest first.' })
class LicenceConnection extends Connection(Licence, 'Licence') {}

/** Under which changes of somebody's library are announced. */
export const libraryTopic = (userId: string) => `library:${userId}`;

const ORDERS: Record<LibrarySort, Order> = {
  [LibrarySort.TITLE]: { by: sql`lower(coalesce(g.title, ''))`, type: 'text' },
  [LibrarySort.PLAYTIME]: { by: sql`e.playtime_seconds`, type: 'int8', descending: true },
  [LibrarySort.LAST_PLAYED]: {
    by: sql`coalesce(e.last_played_at, '-infinity')`,
    ...{ type: 'timestamptz', descending: true },
  },
  [LibrarySort.ADDED]: { by: sql`e.added_at`, type: 'timestamptz', descending: true },
};

@Resolver(() => LibraryEntry)
export class LibraryEntryResolver {
  @Query(() => LibraryEntry, { nullable: true })
  @Public()
  async libraryEntry(@Arg('id', () => ID) id: string, @Ctx() context: GraphContext) {
    return visibleEntry(context, await load(context.em, LibraryEntry, uuidOf('LibraryEntry', id)));
  }

  @Mutation(() => LibraryEntry, {
    description: 'Marks a game of one’s own library, or unmarks it.',
  })
  @Authenticated()
  setFavorite(
    @Arg('entryId', () => ID) entryId: string,
    @Arg('isFavorite', () => Boolean) isFavorite: boolean,
    @Ctx() context: GraphContext,
  ) {
    return changeOwn(context, entryId, { isFavorite });
  }

  @Mutation(() => LibraryEntry, {
    description: 'Hides a game of one’s own library from everyone, or shows it again.',
  })
  @Authenticated()
  setHidden(
    @Arg('entryId', () => ID) entryId: string,
    @Arg('isHidden', () => Boolean) isHidden: boolean,
    @Ctx() context: GraphContext,
  ) {
    return changeOwn(context, entryId, { isHidden });
  }

  @Subscription(() => LibraryEntry, {
    subscribe: ({ context }: { context: GraphContext }) =>
      context.live.subscribe([libraryTopic(requireViewer(context).userId)]),
    description: 'What changes in the viewer’s own library: each entry, as it is then.',
  })
  @Authenticated()
  libraryChanged(@Root() { id }: Announcement, @Ctx() { em }: GraphContext) {
    return load(em, LibraryEntry, id);
  }

  @FieldResolver(() => User)
  user(@Root() { userId }: LibraryEntry) {
    return new User(userId);
  }

  @FieldResolver(() => Game)
  game(@Root() { gameId }: LibraryEntry) {
    return new Game(gameId);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'By which a library is sorted and searched; null while it is not known here.',
  })
  async gameTitle(@Root() { gameId }: LibraryEntry, @Ctx() { em }: GraphContext) {
    return (await load(em, GameCopy, gameId))?.title;
  }

  @FieldResolver(() => [String], { description: 'By which a library is filtered.' })
  async gameTags(@Root() { gameId }: LibraryEntry, @Ctx() { em }: GraphContext) {
    return (await load(em, GameCopy, gameId))?.tags ?? [];
  }

  @FieldResolver(() => String, { nullable: true })
  async gameCoverUrl(@Root() { gameId }: LibraryEntry, @Ctx() { em }: GraphContext) {
    return (await load(em, GameCopy, gameId))?.coverUrl;
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'Whether the game is being played at this moment; null to whom its player does not show that (`Privacy.presence`).',
  })
  async isRunning(@Root() entry: LibraryEntry, @Ctx() context: GraphContext) {
    if (!(await mayKnow(context, 'presence', entry.userId))) return null;
    const heardSince = new Date(context.now().getTime() - SILENCE_MS_MAX);
    const loader = loaderOf<string, boolean>(context.em, 'is running', async ids => {
      const running = await query<{ entry_id: string }>(
        context.em,
        sql`SELECT DISTINCT entry_id FROM play_session
            WHERE entry_id = ANY(${[...new Set(ids)]}::uuid[]) AND ended_at IS NULL AND last_beat_at >= ${heardSince}`,
      );
      const runningIds = new Set(running.map(row => row.entry_id));
      return ids.map(id => runningIds.has(id));
    });
    return loader.load(entry.id);
  }

  @FieldResolver(() => LicenceConnection, {
    nullable: true,
    description: 'For its owner, and for who operates payments.',
  })
  licences(
    @Root() { id, userId }: LibraryEntry,
    @Args() args: ConnectionArgs,
    @Ctx() { em, viewer }: GraphContext,
  ) {
    if (viewer?.userId !== userId && !viewer?.permissions.has('payments:operate')) return null;
    return listOf(em, 'LibraryEntry.licences', { column: sql`own.id`, id }, args, {
      entity: Licence,
      from: sql`licence AS e JOIN library_entry AS own ON (own.user_id, own.game_id) = (e.user_id, e.game_id)`,
      orderBy: [{ by: sql`e.id`, type: 'uuid', descending: true }],
    });
  }
}

@Resolver(() => User)
export class UserLibraryResolver {
  @FieldResolver(() => LibraryEntryConnection, {
    nullable: true,
    description:
      'The games of somebody; what they own, unless the filter says otherwise. Null to whom they do not show it ' +
      '(`Privacy.library`), so that it is not taken for an empty one.',
  })
  async library(
    @Root() { id }: User,
    @Arg('search', () => String, { nullable: true, description: 'Words of the title, or nearly.' })
    search: string | null | undefined,
    @Arg('filter', () => LibraryFilter, { nullable: true })
    filter: LibraryFilter | null | undefined,
    @Arg('sort', () => LibrarySort, { defaultValue: LibrarySort.TITLE }) sort: LibrarySort,
    @Args() args: ConnectionArgs,
    @Ctx() context: GraphContext,
  ) {
    const { em, viewer } = context;
    const fault = search == null ? undefined : faultOfText(search, { max: 100 });
    if (fault) throw badInput(`search ${fault}.`);
    if (!(await mayKnow(context, 'library', id))) return null;
    const name = `User.library ${JSON.stringify([search, filter, sort])}`;
    const words = search == null ? undefined : tidy(search).toLowerCase();
    const title = sql`lower(coalesce(g.title, ''))`;
    const likeness = sql`word_similarity(${words}, ${title})::float8`; // a float4 does not survive being text
    return listOf(em, name, { column: sql`e.user_id`, id }, args, {
      entity: LibraryEntry,
      from: sql`library_entry AS e LEFT JOIN game_copy AS g ON g.id = e.game_id`,
      where: [
        ...conditionsOf(filter ?? new LibraryFilter(), viewer?.userId ?? null),
        ...(words === undefined ? [] : [sql`${words} <% ${title}`]),
      ],
      orderBy: [
        ...(words === undefined
          ? []
          : [{ by: likeness, type: 'float8', descending: true } satisfies Order]),
        ORDERS[sort],
      ],
    });
  }
}

@Resolver(() => Game)
export class GameLibraryEntryResolver {
  @FieldResolver(() => LibraryEntry, {
    nullable: true,
    description: 'The game as the viewer has it; null when it never was in their library.',
  })
  libraryEntry(@Root() { id }: Game, @Ctx() { em, viewer }: GraphContext) {
    if (!viewer) return null;
    const { userId } = viewer;
    const loader = loaderOf<string, LibraryEntry | null>(em, 'own entries', async ids => {
      const found = await em.find(LibraryEntry, { userId, gameId: { $in: [...new Set(ids)] } });
      const byGame = new Map(found.map(entry => [entry.gameId, entry]));
      return ids.map(gameId => byGame.get(gameId) ?? null);
    });
    return loader.load(id);
  }
}

function conditionsOf(filter: LibraryFilter, viewerId: string | null): RawBuilder<unknown>[] {
  const { tags, platforms, isOwned, isFavorite, includeHidden, minPlaytimeSeconds } = filter;
  const isOwn = sql`e.user_id = ${viewerId}::uuid`;
  return [
    includeHidden ? sql`(NOT e.is_hidden OR ${isOwn})` : sql`NOT e.is_hidden`,
    ...(isOwned === null ? [] : [sql`e.is_owned = ${isOwned ?? true}`]),
    ...(isFavorite == null ? [] : [sql`e.is_favorite = ${isFavorite}`]),
    ...(tags?.length ? [sql`g.tags @> ${tags}::text[]`] : []),
    ...(platforms?.length ? [sql`g.platforms && ${platforms}::text[]`] : []),
    ...(minPlaytimeSeconds == null ? [] : [sql`e.playtime_seconds >= ${minPlaytimeSeconds}`]),
  ];
}

/** Changes what its owner alone decides of an entry, and tells their other devices. */
async function changeOwn(
  context: GraphContext,
  entryId: string,
  change: Partial<Pick<LibraryEntry, 'isFavorite' | 'isHidden'>>,
): Promise<LibraryEntry> {
  const { userId } = requireViewer(context);
  const id = uuidOf('LibraryEntry', entryId);
  const entry = await transact(context.em, async tx => {
    const [found] = await lockEntries(tx, { id, userId });
    if (!found) throw notFound('LibraryEntry');
    return Object.assign(found, change);
  });
  await context.live.announce([{ topic: libraryTopic(userId), id }]);
  return entry;
}
