import {
  Authenticated,
  Connection,
  ConnectionArgs,
  type GraphContext,
  listOf,
  load,
  loadBy,
  notFound,
  Public,
  record,
  RequiresScopes,
  requireViewer,
  transact,
  uuidOf,
  violatedConstraint,
} from '@gamegraph/subgraph-kit';
import { LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { User } from '../user/user.stub.js';
import { requireStudioPermission } from './studio-access.js';
import { Studio, StudioMember, StudioPermission } from './studio.entity.js';
import { CreateStudioInput } from './studio.inputs.js';
import { StudioHandleTaken, StudioWithoutManager } from './studio.refusals.js';

@ObjectType({ description: 'A list of studios.' })
class StudioConnection extends Connection(Studio, 'Studio') {}

const CreateStudioResult = createUnionType({
  name: 'CreateStudioResult',
  types: () => [Studio, StudioHandleTaken] as const,
});

const SetStudioMemberResult = createUnionType({
  name: 'SetStudioMemberResult',
  types: () => [Studio, StudioWithoutManager] as const,
});

@Resolver(() => Studio)
export class StudioResolver {
  @Query(() => Studio, { nullable: true })
  @Public()
  studio(@Arg('id', () => ID) id: string, @Ctx() { em }: GraphContext) {
    return load(em, Studio, uuidOf('Studio', id));
  }

  @Mutation(() => CreateStudioResult, {
    description: 'Founds a studio. The viewer is its first member, and may do everything for it.',
  })
  @RequiresScopes('games:create')
  async createStudio(
    @Arg('input', () => CreateStudioInput) input: CreateStudioInput,
    @Ctx() context: GraphContext,
  ) {
    const { userId } = requireViewer(context);
    try {
      return await transact(context.em, async tx => {
        const at = context.now();
        const { studio, event } = Studio.found(input, userId, at);
        tx.persist(studio);
        record(tx, event, at);
        return studio;
      });
    } catch (error) {
      if (violatedConstraint(error) === 'studio_handle_unique') return new StudioHandleTaken();
      throw error;
    }
  }

  @Mutation(() => SetStudioMemberResult, {
    description:
      'Says what somebody may do for a studio, and nothing else; with no permissions, they are no member any more.',
  })
  @Authenticated()
  setStudioMember(
    @Arg('studioId', () => ID) studioId: string,
    @Arg('userId', () => ID) userId: string,
    @Arg('permissions', () => [StudioPermission]) permissions: StudioPermission[],
    @Ctx() context: GraphContext,
  ) {
    const [id, memberId] = [uuidOf('Studio', studioId), uuidOf('User', userId)];
    return transact(context.em, async tx => {
      const studio = await tx.findOne(Studio, id, {
        lockMode: LockMode.PESSIMISTIC_WRITE,
        populate: ['members'],
      });
      if (!studio) throw notFound('Studio');
      await requireStudioPermission(
        { ...context, em: tx },
        studio.id,
        StudioPermission.MANAGE_MEMBERS,
      );
      const outcome = studio.setMember(memberId, permissions);
      if (outcome instanceof StudioWithoutManager) return outcome;
      record(tx, outcome, context.now());
      return studio;
    });
  }

  @FieldResolver(() => [StudioMember], { description: 'At most a hundred.' })
  members(@Root() { id }: Studio, @Ctx() { em }: GraphContext) {
    return loadBy(em, StudioMember, 'studioId', id, { userId: 'asc' });
  }
}

@Resolver(() => StudioMember)
export class StudioMemberResolver {
  @FieldResolver(() => User)
  user(@Root() { userId }: StudioMember) {
    return new User(userId);
  }
}

@Resolver(() => User)
export class UserStudiosResolver {
  @FieldResolver(() => StudioConnection, {
    description: 'The studios that one is a member of, by name.',
  })
  studios(@Root() { id }: User, @Args() args: ConnectionArgs, @Ctx() { em }: GraphContext) {
    return listOf(em, 'User.studios', { column: sql`m.user_id`, id }, args, {
      entity: Studio,
      from: sql`studio AS e JOIN studio_member AS m ON m.studio_id = e.id`,
      orderBy: [{ by: sql`lower(e.name)`, type: 'text' }],
    });
  }
}
