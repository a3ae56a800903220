import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

const FREE_FAILURES = 5;
const LOCK_MS_MAX = 15 * 60_000;

/** How somebody proves who they are. Its own table: what reads profiles cannot read this by mistake. */
@Entity({ tableName: 'account' })
export class Account {
  /** The user's id. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** In lower case. */
  @Property({ type: 'text', unique: true })
  email!: string;

  @Property({ type: 'text' })
  passwordHash!: string;

  /** In a row, since the last success. */
  @Property({ type: 'integer' })
  failedLogIns: number = 0;

  @Property({ type: 'timestamptz', nullable: true })
  lockedUntil: Date | null = null;

  static open(id: string, email: string, passwordHash: string): Account {
    return Object.assign(new Account(), { id, email: canonicalEmail(email), passwordHash });
  }

  isLocked(at: Date): boolean {
    return this.lockedUntil !== null && this.lockedUntil > at;
  }

  /** After some free failures each one locks for twice as long: 1 s, 2 s, 4 s … up to a quarter of an hour. */
  failLogIn(at: Date): void {
    this.failedLogIns++;
    const doublings = this.failedLogIns - FREE_FAILURES;
    if (doublings < 0) return;
    this.lockedUntil = new Date(at.getTime() + Math.min(1_000 * 2 ** doublings, LOCK_MS_MAX));
  }

  passLogIn(): void {
    this.failedLogIns = 0;
    this.lockedUntil = null;
  }
}

export function canonicalEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}
