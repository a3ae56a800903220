import {
  Authenticated,
  Connection,
  ConnectionArgs,
  execute,
  type GraphContext,
  list,
  listOf,
  load,
  loadBy,
  notFound,
  Public,
  query,
  record,
  Refusal,
  transact,
  uuidOf,
  violatedConstraint,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { GameDataDraft } from '../game-data/game-data-draft.entity.js';
import { MODERATE, requireStudioPermission } from '../studio/studio-access.js';
import { Studio, StudioPermission } from '../studio/studio.entity.js';
import { keepTags, slugOf, Tag } from '../tag/tag.entity.js';
import { countFacets, FoundGame, GameFacet, selectGames } from './game-search.js';
import { canonicalLocale, textsOf, tidyTexts, writeTexts } from './game-texts.js';
import { Game, visibleGame } from './game.entity.js';
import { CreateGameInput, GameFilter, GameSort, UpdateGameInput } from './game.inputs.js';
import { GameIncomplete, GameNotADraft, GameNotPublished, GameSlugTaken } from './game.refusals.js';
import { lockGame } from './lock-game.js';

@ObjectType({ description: 'A list of games.' })
class GameConnection extends Connection(Game, 'Game', FoundGame) {
  countFacets!: () => Promise<GameFacet[]>;

  @Field(() => [GameFacet], { description: 'By what they could be narrowed down further.' })
  facets(): Promise<GameFacet[]> {
    return this.countFacets();
  }
}

@ObjectType({ description: 'The games of a studio, newest first.' })
class StudioGameConnection extends Connection(Game, 'StudioGame') {}

const CreateGameResult = createUnionType({
  name: 'CreateGameResult',
  types: () => [Game, GameSlugTaken] as const,
});

const UpdateGameResult = createUnionType({
  name: 'UpdateGameResult',
  types: () => [Game, GameSlugTaken, GameIncomplete] as const,
});

const PublishGameResult = createUnionType({
  name: 'PublishGameResult',
  types: () => [Game, GameNotADraft, GameIncomplete] as const,
});

const WithdrawGameResult = createUnionType({
  name: 'WithdrawGameResult',
  types: () => [Game, GameNotPublished] as const,
});

const Locale = () =>
  Arg('locale', () => String, {
    nullable: true,
    description: 'As BCP 47 writes it. The game’s own language, if not given or not there.',
  });

@Resolver(() => Game)
export class GameResolver {
  @Query(() => Game, {
    nullable: true,
    description: 'A game in the catalogue or withdrawn from it; a draft for its studio.',
  })
  @Public()
  game(@Arg('id', () => ID) id: string, @Ctx() context: GraphContext) {
    return visibleGame(context, uuidOf('Game', id));
  }

  @Query(() => Game, { nullable: true, description: 'By the present slug, or by an old one.' })
  @Public()
  async gameBySlug(@Arg('slug', () => String) slug: string, @Ctx() context: GraphContext) {
    const [found] = await query<{ game_id: string }>(
      context.em,
      sql`SELECT game_id FROM game_slug WHERE slug = ${slug}`,
    );
    return found ? visibleGame(context, found.game_id) : null;
  }

  @Query(() => GameConnection, {
    description:
      'The catalogue. A search finds games by the words of their texts in all languages, and by titles that are spelled nearly so.',
  })
  @Public()
  async games(
    @Arg('search', () => String, { nullable: true }) search: string | null | undefined,
    @Arg('filter', () => GameFilter, { nullable: true }) filter: GameFilter | null | undefined,
    @Arg('sort', () => GameSort, {
      nullable: true,
      description: 'If not given: by relevance with a search, else by title.',
    })
    sort: GameSort | null | undefined,
    @Args() args: ConnectionArgs,
    @Ctx() { em, now }: GraphContext,
  ) {
    const selection = selectGames(search, filter ?? {}, sort, now());
    const where = [...selection.where, ...Object.values(selection.filters).flat()];
    const page = await list(em, args, { entity: Game, ...selection, where });
    return { ...page, countFacets: () => countFacets(em, selection) };
  }

  @Mutation(() => CreateGameResult, {
    description: 'Begins a game, as a draft. Needs the permission EDIT_GAMES of the studio.',
  })
  @Authenticated()
  createGame(
    @Arg('input', () => CreateGameInput) input: CreateGameInput,
    @Ctx() context: GraphContext,
  ) {
    const studioId = uuidOf('Studio', input.studioId);
    const texts = tidyTexts(input.texts ?? []);
    const tags = input.tags?.map(slugOf);
    return slugTaken(() =>
      transact(context.em, async tx => {
        const at = context.now();
        const asking = { em: tx, viewer: context.viewer };
        if (!(await tx.findOne(Studio, studioId))) throw notFound('Studio');
        await requireStudioPermission(asking, studioId, StudioPermission.EDIT_GAMES);
        const language = canonicalLocale(input.language);
        const { game, event } = Game.create(studioId, language, { ...input, texts, tags }, at);
        tx.persist([game, GameDataDraft.begin(game.id)]);
        await writePage(tx, game, { ...input, texts });
        record(tx, event, at);
        return game;
      }),
    );
  }

  @Mutation(() => UpdateGameResult, {
    description: 'Changes the page of a game. Needs the permission EDIT_GAMES of the studio.',
  })
  @Authenticated()
  updateGame(
    @Arg('input', () => UpdateGameInput) input: UpdateGameInput,
    @Ctx() context: GraphContext,
  ) {
    const id = uuidOf('Game', input.id);
    const texts = tidyTexts(input.texts ?? []);
    const removedLocales = input.removedLocales?.map(canonicalLocale);
    const tags = input.tags?.map(slugOf);
    return slugTaken(() =>
      transact(context.em, async tx => {
        const game = await lockGame(tx, context, id, StudioPermission.EDIT_GAMES);
        const outcome = game.change({ ...input, texts, removedLocales, tags });
        if (outcome instanceof GameIncomplete) return outcome;
        await writePage(tx, game, { ...input, texts, removedLocales });
        record(tx, outcome, context.now());
        return game;
      }),
    );
  }

  @Mutation(() => PublishGameResult, {
    description:
      'Puts a draft into the catalogue, for good or until it is withdrawn. Needs the permission PUBLISH of the studio.',
  })
  @Authenticated()
  publishGame(@Arg('id', () => ID) id: string, @Ctx() context: GraphContext) {
    return transact(context.em, async tx => {
      const at = context.now();
      const game = await lockGame(tx, context, uuidOf('Game', id), StudioPermission.PUBLISH);
      const outcome = game.publish(at);
      if (outcome instanceof Refusal) return outcome;
      record(tx, outcome, at);
      return game;
    });
  }

  @Mutation(() => WithdrawGameResult, {
    description:
      'Takes a game out of the catalogue, for good. Who owns it keeps it. Needs the permission PUBLISH of the studio.',
  })
  @Authenticated()
  withdrawGame(@Arg('id', () => ID) id: string, @Ctx() context: GraphContext) {
    return transact(context.em, async tx => {
      const game = await lockGame(tx, context, uuidOf('Game', id), StudioPermission.PUBLISH);
      const outcome = game.withdraw();
      if (outcome instanceof Refusal) return outcome;
      record(tx, outcome, context.now());
      return game;
    });
  }

  @FieldResolver(() => String, {
    description: 'The slug, as long as a draft has no title.',
  })
  async title(@Root() game: Game, @Locale() locale: MaybeLocale, @Ctx() { em }: GraphContext) {
    const own = game.title ?? game.slug;
    return locale == null ? own : ((await textsOf(em, game.id, locale)).title ?? own);
  }

  @FieldResolver(() => String, { nullable: true, description: 'What it is, in a sentence or two.' })
  async summary(@Root() { id }: Game, @Locale() locale: MaybeLocale, @Ctx() { em }: GraphContext) {
    return (await textsOf(em, id, locale)).summary;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'What it is, at length, in plain text.',
  })
  async description(
    @Root() { id }: Game,
    @Locale() locale: MaybeLocale,
    @Ctx() { em }: GraphContext,
  ) {
    return (await textsOf(em, id, locale)).description;
  }

  @FieldResolver(() => [Tag], { description: 'At most twenty, the most telling first.' })
  async tags(@Root() { tags }: Game, @Ctx() { em }: GraphContext) {
    return (await Promise.all(tags.map(slug => loadBy(em, Tag, 'slug', slug)))).flat();
  }

  @FieldResolver(() => Studio)
  studio(@Root() { studioId }: Game, @Ctx() { em }: GraphContext) {
    return load(em, Studio, studioId);
  }
}

@Resolver(() => Studio)
export class StudioGamesResolver {
  @FieldResolver(() => StudioGameConnection, {
    description: 'Those in the catalogue, newest first; for its members all, the drafts first.',
  })
  games(@Root() { id }: Studio, @Args() args: ConnectionArgs, @Ctx() { em, viewer }: GraphContext) {
    const isMember = sql`EXISTS (
      SELECT 1 FROM studio_member AS m WHERE m.studio_id = e.studio_id AND m.user_id = ${viewer?.userId})`;
    return listOf(em, 'Studio.games', { column: sql`e.studio_id`, id }, args, {
      entity: Game,
      where: viewer?.permissions.has(MODERATE) ? [] : [sql`(e.state = 'PUBLISHED' OR ${isMember})`],
      orderBy: [
        { by: sql`coalesce(e.released_at, 'infinity')`, type: 'timestamptz', descending: true },
      ],
    });
  }
}

type MaybeLocale = string | null | undefined;

/** Keeps what a page says beside the game's own row. */
async function writePage(
  tx: EntityManager,
  game: Game,
  page: {
    slug?: string | null;
    texts: ReturnType<typeof tidyTexts>;
    removedLocales?: string[] | undefined;
    tags?: string[] | null;
  },
): Promise<void> {
  const { slug, texts, removedLocales = [], tags } = page;
  if (slug != null) {
    // Fails by its primary key when the slug leads, or once led, to another game.
    await execute(
      tx,
      sql`INSERT INTO game_slug (slug, game_id) SELECT ${slug}, ${game.id}
          WHERE NOT EXISTS (SELECT 1 FROM game_slug WHERE (slug, game_id) = (${slug}, ${game.id}))`,
    );
  }
  if (tags != null) await keepTags(tx, tags);
  if (texts.length + removedLocales.length > 0)
    await writeTexts(tx, game.id, texts, removedLocales);
}

async function slugTaken<T>(work: () => Promise<T>): Promise<T | GameSlugTaken> {
  try {
    return await work();
  } catch (error) {
    if (violatedConstraint(error) === 'game_slug_pkey') return new GameSlugTaken();
    throw error;
  }
}
