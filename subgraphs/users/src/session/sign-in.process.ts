import { type Client, query, record, transact } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { SignJWT } from 'jose';
import { sql } from 'kysely';
import { Account, canonicalEmail } from '../account/account.entity.js';
import { hashPassword, isOutdated, verifyPassword } from '../account/password.js';
import { Ban } from '../ban/ban.entity.js';
import { permissionsOf } from '../role/role.js';
import type { SigningKeys } from '../signing-key/signing-keys.js';
import { User } from '../user/user.entity.js';
import { hashOf, newToken, RefreshToken, successorOf } from './refresh-token.entity.js';
import { Session } from './session.entity.js';
import {
  AccountLocked,
  AccountSuspended,
  SessionEnded,
  WrongCredentials,
} from './session.refusals.js';
import { SignedIn } from './signed-in.type.js';

/** How long an access token is good for, where no router hears that it is revoked. */
export const ACCESS_TOKEN_S = 300;

export interface SignInOptions {
  keys: SigningKeys;
  issuer: string;
  /** From which the successors of refresh tokens are derived. */
  secret: string;
}

/** Opens, renews and ends sessions. */
export class SignIn {
  constructor(private readonly options: SignInOptions) {}

  /** Checks a password. The hash is compared outside of any transaction: it takes long on purpose. */
  async withPassword(em: EntityManager, email: string, password: string, client: Client, at: Date) {
    const account = await em.fork().findOne(Account, { email: canonicalEmail(email) });
    if (account?.isLocked(at)) return new AccountLocked(account.lockedUntil!);
    const isRight = await verifyPassword(account?.passwordHash, password);
    if (!account) return new WrongCredentials();
    const rehashed =
      isRight && isOutdated(account.passwordHash) ? await hashPassword(password) : undefined;
    return transact(em, async tx => {
      const locked = await tx.findOneOrFail(Account, account.id, {
        lockMode: LockMode.PESSIMISTIC_WRITE,
      });
      if (locked.isLocked(at)) return new AccountLocked(locked.lockedUntil!); // by another try, meanwhile
      if (!isRight) {
        locked.failLogIn(at);
        return new WrongCredentials();
      }
      locked.passLogIn();
      if (rehashed) locked.passwordHash = rehashed;
      // A ban waits for this, or this for the ban: else its end of all sessions could miss this one.
      const user = await tx.findOneOrFail(User, account.id, {
        lockMode: LockMode.PESSIMISTIC_READ,
      });
      const suspended = await this.#suspension(tx, user, at);
      return suspended ?? this.open(tx, user, client, at);
    });
  }

  /** Opens a session for somebody who has proved who they are. */
  async open(tx: EntityManager, user: User, client: Client, at: Date): Promise<SignedIn> {
    const session = Session.open(user.id, client, at);
    const refreshToken = newToken();
    tx.persist([session, RefreshToken.issue(session.id, refreshToken)]);
    return this.#signedIn(tx, user, session, refreshToken, at);
  }

  /** Gives the next access and refresh token for the present refresh token. */
  renew(em: EntityManager, refreshToken: string, client: Client, at: Date) {
    return transact(em, async tx => {
      const token = await tx.findOne(RefreshToken, { hash: hashOf(refreshToken) });
      // The session's lock, not the token's: two tabs with the same token come one after the other.
      const session =
        token &&
        (await tx.findOne(Session, token.sessionId, { lockMode: LockMode.PESSIMISTIC_WRITE }));
      if (!token || !session?.isLive(at)) return new SessionEnded();
      await tx.refresh(token);
      const successor = successorOf(refreshToken, this.options.secret);
      if (token.usedAt) {
        const next = await tx.findOneOrFail(RefreshToken, { hash: hashOf(successor) });
        if (!token.isInGrace(at) || next.usedAt) {
          session.revoke(at);
          return new SessionEnded(
            'This refresh token was used before, so its session was ended. Log in again.',
          );
        }
      } else {
        token.usedAt = at;
        tx.persist(RefreshToken.issue(session.id, successor));
      }
      session.lastSeenAt = at;
      session.address = client.address ?? session.address;
      const user = await tx.findOneOrFail(User, session.userId);
      const suspended = await this.#suspension(tx, user, at);
      return suspended ?? this.#signedIn(tx, user, session, successor, at);
    });
  }

  /** Ends sessions of a user: one, or all but one. Returns how many were live. */
  async end(
    em: EntityManager,
    userId: string,
    which: { only?: string; except?: string },
    at: Date,
  ): Promise<number> {
    const ended = await query(
      em,
      sql`UPDATE session SET revoked_at = ${at} WHERE user_id = ${userId} AND revoked_at IS NULL
          ${which.only ? sql`AND id = ${which.only}` : sql``}
          ${which.except ? sql`AND id <> ${which.except}` : sql``} RETURNING id`,
    );
    return ended.length;
  }

  /** The ban in force, if any; one that has run out is lifted on the way. */
  async #suspension(
    tx: EntityManager,
    user: User,
    at: Date,
  ): Promise<AccountSuspended | undefined> {
    if (!user.isBanned) return undefined;
    const bans = await tx.find(
      Ban,
      { userId: user.id, liftedAt: null },
      { orderBy: { setAt: 'desc' } },
    );
    const inForce = bans.find(ban => ban.isInForce(at));
    if (inForce) return new AccountSuspended(inForce.reason, inForce.until);
    record(tx, user.setBanned(false), at);
    return undefined;
  }

  async #signedIn(
    tx: EntityManager,
    user: User,
    session: Session,
    refreshToken: string,
    at: Date,
  ): Promise<SignedIn> {
    const { kid, key } = await this.options.keys.current(tx, at);
    const issuedAtS = Math.floor(at.getTime() / 1000);
    const accessToken = await new SignJWT({
      sid: session.id,
      handle: user.handle,
      roles: user.roles,
      scope: permissionsOf(user.roles).join(' '),
    })
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
      .setIssuer(this.options.issuer)
      .setAudience('gamegraph')
      .setSubject(user.id)
      .setIssuedAt(issuedAtS)
      .setExpirationTime(issuedAtS + ACCESS_TOKEN_S)
      .sign(key);
    return Object.assign(new SignedIn(), {
      accessToken,
      accessTokenExpiresAt: new Date((issuedAtS + ACCESS_TOKEN_S) * 1000),
      refreshToken,
      session,
      user,
    });
  }
}
