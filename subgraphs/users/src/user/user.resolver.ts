import {
  Authenticated,
  badInput,
  Connection,
  ConnectionArgs,
  faultOfText,
  list,
  notFound,
  type Order,
  Public,
  query,
  record,
  requireViewer,
  tidy,
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
import { Account } from '../account/account.entity.js';
import { hashPassword, verifyPassword } from '../account/password.js';
import type { UsersContext } from '../context.js';
import { Role } from '../role/role.js';
import { revokeTokensOf } from '../session/revocation.js';
import { WrongCredentials } from '../session/session.refusals.js';
import { SignedIn } from '../session/signed-in.type.js';
import { faultOfHandle, skeletonOf } from './handle.js';
import { Privacy } from './privacy.js';
import { User } from './user.entity.js';
import { RegisterInput, UpdateProfileInput, UserSort } from './user.inputs.js';
import { EmailTaken, HandleCoolingDown, HandleTaken } from './user.refusals.js';

const OLD_HANDLE_DAYS = 90;

@ObjectType({ description: 'A list of users.' })
class UserConnection extends Connection(User, 'User') {}

const RegisterResult = createUnionType({
  name: 'RegisterResult',
  description: 'The new account is logged in at once.',
  types: () => [SignedIn, HandleTaken, EmailTaken] as const,
});

const ChangeHandleResult = createUnionType({
  name: 'ChangeHandleResult',
  types: () => [User, HandleTaken, HandleCoolingDown] as const,
});

const DeleteAccountResult = createUnionType({
  name: 'DeleteAccountResult',
  types: () => [User, WrongCredentials] as const,
});

const ORDERS: Record<UserSort, Order[]> = {
  [UserSort.HANDLE]: [{ by: sql`e.handle`, type: 'text' }],
  [UserSort.NEWEST]: [{ by: sql`e.created_at`, type: 'timestamptz', descending: true }],
  [UserSort.FRIENDS_COUNT]: [{ by: sql`e.friends_count`, type: 'int8', descending: true }],
  [UserSort.GAMES_COUNT]: [{ by: sql`e.games_count`, type: 'int8', descending: true }],
  [UserSort.BUILDS_COUNT]: [{ by: sql`e.builds_count`, type: 'int8', descending: true }],
};

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, {
    nullable: true,
    description: 'The viewer; null for somebody who is not logged in.',
  })
  @Public()
  me(@Ctx() { em, viewer }: UsersContext) {
    return viewer ? em.findOne(User, { id: viewer.userId }) : null;
  }

  @Query(() => User, { nullable: true })
  @Public()
  user(@Arg('id', () => ID) id: string, @Ctx() { em }: UsersContext) {
    return em.findOne(User, { id: uuidOf('User', id) });
  }

  @Query(() => User, {
    nullable: true,
    description:
      'By the present handle, in any spelling of it, or by one that was given up lately.',
  })
  @Public()
  async userByHandle(@Arg('handle', () => String) handle: string, @Ctx() context: UsersContext) {
    const { em, now } = context;
    const skeleton = skeletonOf(handle);
    const present = await em.findOne(User, { handleSkeleton: skeleton });
    if (present) return present;
    const [old] = await query<{ user_id: string }>(
      em,
      sql`SELECT user_id FROM old_handle WHERE skeleton = ${skeleton} AND until > ${now()}`,
    );
    return old ? em.findOne(User, { id: old.user_id }) : null;
  }

  @Query(() => UserConnection, {
    description: 'Users whose handle or name contains the words, or nearly does.',
  })
  @Public()
  users(
    @Arg('search', () => String, { nullable: true }) search: string | null | undefined,
    @Arg('sort', () => UserSort, { defaultValue: UserSort.HANDLE }) sort: UserSort,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: UsersContext,
  ) {
    if (search == null) return list(em, args, { entity: User, orderBy: ORDERS[sort] });
    const fault = faultOfText(search, { max: 100 });
    if (fault) throw badInput(`search ${fault}.`);
    const words = tidy(search).toLowerCase();
    const likeness = sql`greatest(word_similarity(${words}, e.handle), word_similarity(${words}, lower(e.display_name)))`;
    return list(em, args, {
      entity: User,
      where: [sql`(${words} <% e.handle OR ${words} <% lower(e.display_name))`],
      orderBy: [{ by: likeness, type: 'float8', descending: true }, ...ORDERS[sort]],
    });
  }

  @Mutation(() => RegisterResult, {
    description: 'Opens an account, and a session on this device.',
  })
  @Public()
  async register(
    @Arg('input', () => RegisterInput) input: RegisterInput,
    @Ctx() context: UsersContext,
  ) {
    const { em, now, signIn, client, passwordLengthMin } = context;
    const fault = faultOfHandle(input.handle) ?? faultOfPassword(input.password, passwordLengthMin);
    if (fault) throw badInput(fault);
    const passwordHash = await hashPassword(input.password);
    return taken(() =>
      transact(em, async tx => {
        const at = now();
        const displayName = input.displayName ?? input.handle;
        const { user, event } = User.register(
          { handle: input.handle, displayName, region: input.region?.toUpperCase() ?? null },
          at,
        );
        if (await isReserved(tx, user.handleSkeleton, user.id, at)) return new HandleTaken();
        tx.persist([user, Account.open(user.id, input.email, passwordHash)]);
        record(tx, event, at);
        await tx.flush();
        return signIn.open(tx, user, client, at);
      }),
    );
  }

  @Mutation(() => User, { description: "Changes the viewer's profile." })
  @Authenticated()
  updateProfile(
    @Arg('input', () => UpdateProfileInput) input: UpdateProfileInput,
    @Ctx() context: UsersContext,
  ) {
    return transact(context.em, async tx => {
      const user = await lockViewer(tx, context);
      record(tx, user.change(input), context.now());
      return user;
    });
  }

  @Mutation(() => ChangeHandleResult, {
    description:
      'Takes another handle. The old one leads here for 90 days, and is nobody else’s for as long.',
  })
  @Authenticated()
  async changeHandle(@Arg('handle', () => String) handle: string, @Ctx() context: UsersContext) {
    const fault = faultOfHandle(handle);
    if (fault) throw badInput(fault);
    return taken(() =>
      transact(context.em, async tx => {
        const at = context.now();
        const user = await lockViewer(tx, context);
        const before = user.handleSkeleton;
        if (await isReserved(tx, skeletonOf(handle), user.id, at)) return new HandleTaken();
        const outcome = user.rename(handle, at);
        if (outcome instanceof HandleCoolingDown) return outcome;
        await tx.flush();
        if (before !== user.handleSkeleton) {
          const until = new Date(at.getTime() + OLD_HANDLE_DAYS * 86_400_000);
          await query(
            tx,
            sql`INSERT INTO old_handle VALUES (${before}, ${user.id}, ${until})
                ON CONFLICT (skeleton) DO UPDATE SET user_id = excluded.user_id, until = excluded.until`,
          );
        }
        record(tx, outcome, at);
        return user;
      }),
    );
  }

  @Mutation(() => DeleteAccountResult, {
    description:
      'Deletes the account of the viewer, for good. What others need of it stays without a name.',
  })
  @Authenticated()
  async deleteAccount(
    @Arg('password', () => String) password: string,
    @Ctx() context: UsersContext,
  ) {
    const { userId } = requireViewer(context);
    const account = await context.em.findOne(Account, { id: userId });
    if (!(await verifyPassword(account?.passwordHash, password))) return new WrongCredentials();
    return transact(context.em, async tx => {
      const user = await lockViewer(tx, context);
      const at = context.now();
      const event = user.delete();
      // Sessions, tokens, bans and old handles go with the profile: foreign keys cascade.
      tx.remove(user);
      await revokeTokensOf(tx, user.id, at);
      await tx.flush();
      record(tx, event, at);
      return user;
    });
  }

  @FieldResolver(() => String, { nullable: true, description: 'For its owner alone.' })
  async email(@Root() { id }: User, @Ctx() { em, viewer }: UsersContext) {
    if (viewer?.userId !== id) return null;
    return (await em.findOneOrFail(Account, { id })).email;
  }

  @FieldResolver(() => [Role], {
    description: 'For its owner and for those who may grant roles; else empty.',
  })
  roles(@Root() { id, roles }: User, @Ctx() { viewer }: UsersContext) {
    return viewer?.userId === id || viewer?.permissions.has('users:grant') ? roles : [];
  }

  @FieldResolver(() => Privacy, { nullable: true, description: 'For its owner alone.' })
  privacy(@Root() { id, privacy }: User, @Ctx() { viewer }: UsersContext) {
    return viewer?.userId === id ? privacy : null;
  }
}

function faultOfPassword(password: string, lengthMin: number): string | undefined {
  const { length } = [...password];
  if (length >= lengthMin) return undefined;
  return `A password has at least ${lengthMin} characters, this one ${length}.`;
}

type Tx = UsersContext['em'];

/** The viewer's own row, to change it. A deleted account may still have a token that lives for minutes. */
async function lockViewer(tx: Tx, context: UsersContext): Promise<User> {
  const { userId } = requireViewer(context);
  const user = await tx.findOne(User, userId, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!user) throw notFound('User');
  return user;
}

/** Whether the handle leads to somebody else who gave it up lately. */
async function isReserved(tx: Tx, skeleton: string, userId: string, at: Date): Promise<boolean> {
  const rows = await query(
    tx,
    sql`SELECT 1 FROM old_handle WHERE skeleton = ${skeleton} AND until > ${at} AND user_id <> ${userId}`,
  );
  return rows.length > 0;
}

/** Constraints decide who of two was first; here they become words. */
async function taken<T>(work: () => Promise<T>): Promise<T | HandleTaken | EmailTaken> {
  try {
    return await work();
  } catch (error) {
    if (violatedConstraint(error) === 'user_profile_handle_skeleton_unique')
      return new HandleTaken();
    if (violatedConstraint(error) === 'account_email_unique') return new EmailTaken();
    throw error;
  }
}
