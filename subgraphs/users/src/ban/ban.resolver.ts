import {
  IsPlainText,
  notFound,
  record,
  RequiresScopes,
  requireViewer,
  tidy,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { LockMode } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import type { UsersContext } from '../context.js';
import { grant } from '../role/grant.js';
import { Role } from '../role/role.js';
import { User } from '../user/user.entity.js';
import { Ban } from './ban.entity.js';

@InputType({ description: 'Whom to suspend, why, and until when.' })
class SuspendUserInput {
  @Field(() => ID)
  userId!: string;

  @Field(() => String, { description: 'In words that the suspended user will read.' })
  @IsPlainText({ max: 500 })
  reason!: string;

  @Field(() => Date, { nullable: true, description: 'Null or not given: without end.' })
  until?: Date | null;
}

@Resolver()
export class BanResolver {
  @Mutation(() => User, {
    description: 'Suspends an account: its sessions end, and it cannot log in.',
  })
  @RequiresScopes('users:suspend')
  suspendUser(
    @Arg('input', () => SuspendUserInput) input: SuspendUserInput,
    @Ctx() context: UsersContext,
  ) {
    const { userId: setBy } = requireViewer(context);
    return transact(context.em, async tx => {
      const at = context.now();
      const user = await lockUser(tx, input.userId);
      const { reason, until = null } = input;
      tx.persist(
        Object.assign(new Ban(), {
          userId: user.id,
          reason: tidy(reason),
          setBy,
          setAt: at,
          until,
        }),
      );
      await context.signIn.end(tx, user.id, {}, at);
      record(tx, user.setBanned(true), at);
      return user;
    });
  }

  @Mutation(() => User, { description: 'Lifts whatever suspends an account.' })
  @RequiresScopes('users:suspend')
  unsuspendUser(@Arg('userId', () => ID) userId: string, @Ctx() { em, now }: UsersContext) {
    return transact(em, async tx => {
      const at = now();
      const user = await lockUser(tx, userId);
      for (const ban of await tx.find(Ban, { userId: user.id, liftedAt: null })) ban.liftedAt = at;
      if (user.isBanned) record(tx, user.setBanned(false), at);
      return user;
    });
  }

  @Mutation(() => User, {
    description:
      'Sets what somebody is on this platform. What they lose is lost within seconds; what they win is theirs when their access token is renewed.',
  })
  @RequiresScopes('users:grant')
  grantRoles(
    @Arg('userId', () => ID) userId: string,
    @Arg('roles', () => [Role]) roles: Role[],
    @Ctx() { em, now }: UsersContext,
  ) {
    return transact(em, async tx => {
      const user = await lockUser(tx, userId);
      await grant(tx, user, roles, now());
      return user;
    });
  }
}

async function lockUser(tx: UsersContext['em'], id: string): Promise<User> {
  const user = await tx.findOne(User, uuidOf('User', id), { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!user) throw notFound('User');
  return user;
}
