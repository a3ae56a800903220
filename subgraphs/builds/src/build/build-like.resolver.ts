import {
  Authenticated,
  execute,
  loaderOf,
  query,
  record,
  requireViewer,
  transact,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  Arg,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  Resolver,
  Root,
} from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { Build, lockVisible } from './build.entity.js';
import { BuildIsOwn } from './build.refusals.js';

const LikeBuildResult = createUnionType({
  name: 'LikeBuildResult',
  types: () => [Build, BuildIsOwn] as const,
});

@Resolver(() => Build)
export class BuildLikeResolver {
  @Mutation(() => LikeBuildResult, { description: 'Likes a build. A second time changes nothing.' })
  @Authenticated()
  likeBuild(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    const { userId } = requireViewer(context);
    return transact(context.em, async tx => {
      // The build's lock makes likes come one after the other: none is counted twice, or not at all.
      const build = await lockVisible(tx, context, id);
      if ((await likedOf(tx, [build.id], userId)).has(build.id)) return build;
      const outcome = build.like(userId);
      if (outcome instanceof BuildIsOwn) return outcome;
      await query(tx, sql`INSERT INTO build_like VALUES (${build.id}, ${userId})`);
      record(tx, outcome, context.now());
      return build;
    });
  }

  @Mutation(() => Build, { description: 'Takes a like back, if there is one.' })
  @Authenticated()
  unlikeBuild(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    const { userId } = requireViewer(context);
    return transact(context.em, async tx => {
      const build = await lockVisible(tx, context, id);
      const taken = await execute(
        tx,
        sql`DELETE FROM build_like WHERE (build_id, user_id) = (${build.id}, ${userId})`,
      );
      if (taken > 0) record(tx, build.unlike(), context.now());
      return build;
    });
  }

  @FieldResolver(() => Boolean, { description: 'Whether the viewer likes it.' })
  isLiked(@Root() { id }: Build, @Ctx() { em, viewer }: BuildsContext) {
    if (!viewer) return false;
    const loader = loaderOf<string, boolean>(em, 'Build.isLiked', async ids => {
      const liked = await likedOf(em, ids, viewer.userId);
      return ids.map(wanted => liked.has(wanted));
    });
    return loader.load(id);
  }
}

/** Which of these builds somebody likes. */
async function likedOf(
  em: EntityManager,
  ids: readonly string[],
  userId: string,
): Promise<Set<string>> {
  const rows = await query<{ build_id: string }>(
    em,
    sql`SELECT build_id FROM build_like WHERE build_id = ANY(${[...new Set(ids)]}::uuid[]) AND user_id = ${userId}`,
  );
  return new Set(rows.map(row => row.build_id));
}
