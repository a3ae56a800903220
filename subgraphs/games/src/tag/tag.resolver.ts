import {
  badInput,
  Connection,
  ConnectionArgs,
  faultOfText,
  type GraphContext,
  list,
  loaderOf,
  Public,
  query,
  tidy,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Tag } from './tag.entity.js';

@ObjectType({ description: 'A list of tags, most used first.' })
class TagConnection extends Connection(Tag, 'Tag') {}

@Resolver(() => Tag)
export class TagResolver {
  @Query(() => TagConnection, {
    description: 'Tags that published games have; those whose name is like the words, if given.',
  })
  @Public()
  tags(
    @Arg('search', () => String, { nullable: true }) search: string | null | undefined,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: GraphContext,
  ) {
    const fault = search == null ? undefined : faultOfText(search, { max: 100 });
    if (fault) throw badInput(`search ${fault}.`);
    const words = tidy(search ?? '').toLowerCase();
    return list(em, args, {
      entity: Tag,
      from: sql`tag AS e JOIN (
                  SELECT used, count(*) FROM game, unnest(tags) AS used WHERE state = 'PUBLISHED' GROUP BY used
                ) AS uses ON uses.used = e.slug`,
      where: search == null ? [] : [sql`${words} <% lower(e.name)`],
      orderBy: [{ by: sql`uses.count`, type: 'int8', descending: true }],
    });
  }

  @FieldResolver(() => Int, { description: 'How many published games have it.' })
  gamesCount(@Root() { slug }: Tag, @Ctx() { em }: GraphContext) {
    const loader = loaderOf<string, number>(em, 'Tag.gamesCount', async slugs => {
      const counts = await query<{ used: string; count: number }>(
        em,
        sql`SELECT used, count(*)::int FROM game, unnest(tags) AS used
            WHERE state = 'PUBLISHED' AND tags && ${[...slugs]}::text[] GROUP BY used`,
      );
      const bySlug = new Map(counts.map(({ used, count }) => [used, count]));
      return slugs.map(one => bySlug.get(one) ?? 0);
    });
    return loader.load(slug);
  }
}
