import {
  Authenticated,
  Connection,
  ConnectionArgs,
  listOf,
  Public,
  requireViewer,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import type { UsersContext } from '../context.js';
import { User } from '../user/user.entity.js';
import { Session } from './session.entity.js';
import {
  AccountLocked,
  AccountSuspended,
  SessionEnded,
  WrongCredentials,
} from './session.refusals.js';
import { SignedIn } from './signed-in.type.js';

@ObjectType({ description: 'The sessions of a user that are live, newest first.' })
class SessionConnection extends Connection(Session, 'Session') {}

const LogInResult = createUnionType({
  name: 'LogInResult',
  types: () => [SignedIn, WrongCredentials, AccountLocked, AccountSuspended] as const,
});

const RefreshSessionResult = createUnionType({
  name: 'RefreshSessionResult',
  types: () => [SignedIn, SessionEnded, AccountSuspended] as const,
});

@Resolver(() => Session)
export class SessionResolver {
  @Mutation(() => LogInResult, { description: 'Opens a session on this device.' })
  @Public()
  logIn(
    @Arg('email', () => String) email: string,
    @Arg('password', () => String) password: string,
    @Ctx() { em, signIn, client, now }: UsersContext,
  ) {
    return signIn.withPassword(em, email, password, client, now());
  }

  @Mutation(() => RefreshSessionResult, {
    description:
      'Gives new tokens for a refresh token, which is used up by that. One that is used twice ends its session: ' +
      'somebody has a copy. (Within ten seconds a second use gets the same answer: two tabs, or an answer that was lost.)',
  })
  @Public()
  refreshSession(
    @Arg('refreshToken', () => String) refreshToken: string,
    @Ctx() { em, signIn, client, now }: UsersContext,
  ) {
    return signIn.renew(em, refreshToken, client, now());
  }

  @Mutation(() => Boolean, { description: 'Ends the session that this request belongs to.' })
  @Authenticated()
  async logOut(@Ctx() context: UsersContext) {
    const { userId, sessionId } = requireViewer(context);
    return (await context.signIn.end(context.em, userId, { only: sessionId }, context.now())) > 0;
  }

  @Mutation(() => Boolean, {
    description: 'Ends one of the viewer’s sessions. False when it had ended already.',
  })
  @Authenticated()
  async revokeSession(@Arg('id', () => ID) id: string, @Ctx() context: UsersContext) {
    const { userId } = requireViewer(context);
    const only = uuidOf('Session', id);
    return (await context.signIn.end(context.em, userId, { only }, context.now())) > 0;
  }

  @Mutation(() => Int, {
    description: 'Ends all of the viewer’s sessions but this one. Returns how many.',
  })
  @Authenticated()
  revokeOtherSessions(@Ctx() context: UsersContext) {
    const { userId, sessionId } = requireViewer(context);
    return context.signIn.end(context.em, userId, { except: sessionId }, context.now());
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether it is the one that this request belongs to.',
  })
  isCurrent(@Root() { id }: Session, @Ctx() { viewer }: UsersContext) {
    return viewer?.sessionId === id;
  }

  @FieldResolver(() => Date, { description: 'When it ends unless it is used again.' })
  expiresAt(@Root() session: Session) {
    return session.expiresAt;
  }
}

@Resolver(() => User)
export class UserSessionsResolver {
  @FieldResolver(() => SessionConnection, { nullable: true, description: 'For its owner alone.' })
  sessions(
    @Root() { id }: User,
    @Args() args: ConnectionArgs,
    @Ctx() { em, viewer, now }: UsersContext,
  ) {
    if (viewer?.userId !== id) return null;
    return listOf(em, 'User.sessions', { column: sql`e.user_id`, id }, args, {
      entity: Session,
      where: [
        sql`e.revoked_at IS NULL`,
        sql`least(e.last_seen_at + interval '14 days', e.created_at + interval '90 days') > ${now()}`,
      ],
      orderBy: [{ by: sql`e.last_seen_at`, type: 'timestamptz', descending: true }],
    });
  }
}
