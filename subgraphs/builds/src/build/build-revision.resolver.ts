import { Connection, ConnectionArgs, listOf } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Args, Ctx, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { contentOfRevision } from './build-content.js';
import { BuildItem } from './build-item.type.js';
import { BuildRevision } from './build-revision.entity.js';
import { Build } from './build.entity.js';

@ObjectType({ description: 'The saved states of a build, newest first.' })
class BuildRevisionConnection extends Connection(BuildRevision, 'BuildRevision') {}

@Resolver(() => Build)
export class BuildRevisionsResolver {
  @FieldResolver(() => BuildRevisionConnection)
  revisions(@Root() { id }: Build, @Args() args: ConnectionArgs, @Ctx() { em }: BuildsContext) {
    return listOf(em, 'Build.revisions', { column: sql`e.build_id`, id }, args, {
      entity: BuildRevision,
      orderBy: [{ by: sql`e.number`, type: 'int8', descending: true }],
    });
  }
}

@Resolver(() => BuildRevision)
export class BuildRevisionResolver {
  @FieldResolver(() => [BuildItem])
  async items(@Root() revision: BuildRevision, @Ctx() context: BuildsContext) {
    return (await contentOfRevision(context, revision)).buildItems;
  }
}
