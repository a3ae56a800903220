import {
  badInput,
  ConnectionArgs,
  faultOfText,
  list,
  load,
  loaderOf,
  notFound,
  Public,
  query,
  tidy,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { GameCopy } from '../game/game.projection.js';
import { Game } from '../game/game.stub.js';
import { UserCopy } from '../user/user.projection.js';
import { User } from '../user/user.stub.js';
import { encodeBuild } from './build-code.js';
import { contentOf, presentRevision } from './build-content.js';
import { BuildItem } from './build-item.type.js';
import { BuildCheck, BuildParameter, BuildStat, RuleViolation } from './build-outcome.type.js';
import { Build, loadVisible } from './build.entity.js';
import { BuildContentInput, BuildFilter, BuildSort } from './build.inputs.js';
import { BUILD_ORDERS, BuildConnection, BUILDS, conditionsOf, IS_PUBLIC } from './build.list.js';
import { checked } from './proposal.js';
import { canonicalShareCode } from './share-code.js';
import { type Watched, watching } from './watching.js';

@Resolver(() => Build)
export class BuildResolver {
  @Query(() => Build, { nullable: true })
  @Public()
  build(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    return loadVisible(context, uuidOf('Build', id));
  }

  @Query(() => Build, {
    nullable: true,
    description: 'By the eight characters of its share code, in capitals or not.',
  })
  @Public()
  async buildByShareCode(
    @Arg('code', () => String) code: string,
    @Ctx() { em, viewer }: BuildsContext,
  ) {
    const build = await em.findOne(Build, { shareCode: canonicalShareCode(code) });
    return build?.isVisibleTo(viewer) ? build : null;
  }

  @Query(() => BuildConnection, {
    description: 'Public builds; with words, those whose name contains them, or nearly does.',
  })
  @Public()
  builds(
    @Arg('search', () => String, { nullable: true }) search: string | null | undefined,
    @Arg('filter', () => BuildFilter, { nullable: true }) filter: BuildFilter | null | undefined,
    @Arg('sort', () => BuildSort, { defaultValue: BuildSort.MOST_LIKED }) sort: BuildSort,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: BuildsContext,
  ) {
    const where = [IS_PUBLIC, ...conditionsOf(filter ?? {})];
    const orderBy = BUILD_ORDERS[sort];
    if (search == null) return list(em, args, { entity: Build, from: BUILDS, where, orderBy });
    const fault = faultOfText(search, { max: 100 });
    if (fault) throw badInput(`search ${fault}.`);
    const words = tidy(search).toLowerCase();
    const likeness = sql`word_similarity(${words}, lower(e.name))`;
    return list(em, args, {
      entity: Build,
      from: BUILDS,
      where: [...where, sql`${words} <% lower(e.name)`],
      orderBy: [{ by: likeness, type: 'float8', descending: true }, ...orderBy],
    });
  }

  @Query(() => BuildCheck, {
    description: 'What a build would be, without saving it: for an editor to show at each change.',
  })
  @Public()
  checkBuild(
    @Arg('input', () => BuildContentInput) input: BuildContentInput,
    @Ctx() context: BuildsContext,
  ): Promise<BuildCheck> {
    return checked(context, input);
  }

  @Subscription(() => Build, {
    description: 'The build at each change, for as long as the viewer may see it.',
    async subscribe({ args, context }: { args: { id: string }; context: BuildsContext }) {
      const id = uuidOf('Build', args.id);
      const look = () => loadVisible({ ...context, em: context.em.fork() }, id);
      if (!(await look())) throw notFound('Build');
      return watching(context.live.subscribe([`build:${id}`]), look);
    },
  })
  @Public()
  buildChanged(@Root() { seen }: Watched<Build>, @Arg('id', () => ID) _id: string) {
    return seen;
  }

  @FieldResolver(() => Game)
  game(@Root() { gameId }: Build) {
    return new Game(gameId);
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Null when the account was deleted.',
  })
  author(@Root() { authorId }: Build) {
    return new User(authorId);
  }

  @FieldResolver(() => String, { nullable: true })
  async gameTitle(@Root() { gameId }: Build, @Ctx() { em }: BuildsContext) {
    return (await load(em, GameCopy, gameId))?.title ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Null when the account was deleted.',
  })
  async authorHandle(@Root() { authorId }: Build, @Ctx() { em }: BuildsContext) {
    return (await load(em, UserCopy, authorId))?.handle ?? null;
  }

  @FieldResolver(() => String, { nullable: true })
  async authorAvatarUrl(@Root() { authorId }: Build, @Ctx() { em }: BuildsContext) {
    return (await load(em, UserCopy, authorId))?.avatarUrl ?? null;
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether its game has newer data than it was saved for.',
  })
  async isOutdated(@Root() { gameId, dataVersion }: Build, @Ctx() context: BuildsContext) {
    const newest = await context.gameData.newest(context.em, gameId);
    return newest !== null && newest.version > dataVersion;
  }

  @FieldResolver(() => [BuildItem])
  async items(@Root() build: Build, @Ctx() context: BuildsContext) {
    return (await contentOf(context, build)).buildItems;
  }

  @FieldResolver(() => [BuildParameter], { description: 'All that the game has.' })
  async parameters(@Root() build: Build, @Ctx() context: BuildsContext) {
    return (await contentOf(context, build)).parameters;
  }

  @FieldResolver(() => [BuildStat], {
    description: 'By the newest data of its game and its items, in the game’s order.',
  })
  async stats(@Root() build: Build, @Ctx() context: BuildsContext) {
    return (await contentOf(context, build)).outcome.stats;
  }

  @FieldResolver(() => [RuleViolation], {
    description: 'All rules that it breaks by the newest data of its game and its items.',
  })
  async violations(@Root() build: Build, @Ctx() context: BuildsContext) {
    return (await contentOf(context, build)).outcome.violations;
  }

  @FieldResolver(() => BuildStat, {
    nullable: true,
    description:
      'What its items cost together, by the newest data; null where the game says of nothing what it costs.',
  })
  async cost(@Root() build: Build, @Ctx() context: BuildsContext) {
    return (await contentOf(context, build)).cost;
  }

  @FieldResolver(() => Build, {
    nullable: true,
    description: 'What it began as a copy of; null when that is gone, or is not public any more.',
  })
  async forkedFrom(@Root() { forkedFromId }: Build, @Ctx() { em, viewer }: BuildsContext) {
    const source = forkedFromId === null ? null : await load(em, Build, forkedFromId);
    return source?.isListedFor(viewer) ? source : null;
  }

  @FieldResolver(() => Int, { description: 'How many public builds began as a copy of it.' })
  forksCount(@Root() { id }: Build, @Ctx() { em }: BuildsContext) {
    const loader = loaderOf<string, number>(em, 'Build.forksCount', async ids => {
      const counts = await query<{ id: string; count: number }>(
        em,
        sql`SELECT forked_from_id AS id, count(*)::int FROM build AS e
            WHERE forked_from_id = ANY(${[...new Set(ids)]}::uuid[]) AND ${IS_PUBLIC} GROUP BY 1`,
      );
      const byId = new Map(counts.map(row => [row.id, row.count]));
      return ids.map(wanted => byId.get(wanted) ?? 0);
    });
    return loader.load(id);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'What it consists of, as a text that `importBuild` takes on any installation that has the game.',
  })
  async exportCode(@Root() build: Build, @Ctx() { em }: BuildsContext) {
    const [game, { pins, parameters }] = await Promise.all([
      load(em, GameCopy, build.gameId),
      presentRevision(em, build),
    ]);
    if (!game) return null;
    const items = pins.map(({ slot, key, socket }) => ({
      slot,
      item: key,
      ...(socket && { socket }),
    }));
    const { name, notes, dataVersion } = build;
    return encodeBuild({ game: game.slug, dataVersion, name, notes, items, parameters });
  }
}
