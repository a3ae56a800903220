import { createHash, createHmac, randomBytes } from 'node:crypto';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** How long two tabs, or a client that lost the answer, may still come with the token they had. */
const GRACE_MS = 10_000;

/**
 * One link of a session's chain of refresh tokens. Only the hash is kept.
 *
 * Fresh until it is used; then used, with one successor. A used one that comes again within the grace, while its
 * successor is still fresh, gets that same successor; otherwise somebody has a copy, and the session ends.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
 */
@Entity({ tableName: 'refresh_token' })
export class RefreshToken {
  /** SHA-256 of the token, base64url. */
  @PrimaryKey({ type: 'text' })
  hash!: string;

  @Property({ type: 'uuid', index: true })
  sessionId!: string;

  @Property({ type: 'timestamptz', nullable: true })
  usedAt: Date | null = null;

  static issue(sessionId: string, token: string): RefreshToken {
    return Object.assign(new RefreshToken(), { hash: hashOf(token), sessionId });
  }

  /** Whether it may come again without harm, as far as the clock says. */
  isInGrace(at: Date): boolean {
    return this.usedAt !== null && at.getTime() - this.usedAt.getTime() <= GRACE_MS;
  }
}

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The one token that follows another: derived, so that it can be told again without having been kept. */
export function successorOf(token: string, secret: string): string {
  return createHmac('sha256', secret).update(`refresh ${token}`).digest('base64url');
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
