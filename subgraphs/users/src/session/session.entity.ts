import { Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { UsersContext } from '../context.js';

const DAY_MS = 86_400_000;
const IDLE_MS = 14 * DAY_MS;
const LIFETIME_MS = 90 * DAY_MS;

/**
 * A device on which somebody is logged in, and at once the family of its refresh tokens.
 *
 * Live until it is revoked (by its owner, by a reused refresh token, by a ban), idle for two weeks, or 90 days old.
 */
@Entity({ tableName: 'session' })
@ObjectType({ description: 'A device on which one is logged in.' })
@Node<UsersContext, Session>('Session', async (id, { em, viewer }) => {
  if (!viewer) return null;
  return em.findOne(Session, { id, userId: viewer.userId });
})
export class Session {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid', index: true })
  userId!: string;

  @Field(() => String, { nullable: true, description: 'What the device says it is.' })
  @Property({ type: 'text', nullable: true })
  userAgent: string | null = null;

  @Field(() => String, { nullable: true, description: 'The network address it was last seen at.' })
  @Property({ type: 'text', nullable: true })
  address: string | null = null;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Field(() => Date, { description: 'When it last renewed its access token.' })
  @Property({ type: 'timestamptz' })
  lastSeenAt!: Date;

  @Property({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null = null;

  static open(userId: string, device: { userAgent?: string; address?: string }, at: Date): Session {
    return Object.assign(new Session(), {
      userId,
      userAgent: device.userAgent?.slice(0, 300) ?? null,
      address: device.address ?? null,
      createdAt: at,
      lastSeenAt: at,
    });
  }

  /** When it ends unless it is used again. */
  get expiresAt(): Date {
    return new Date(
      Math.min(this.lastSeenAt.getTime() + IDLE_MS, this.createdAt.getTime() + LIFETIME_MS),
    );
  }

  isLive(at: Date): boolean {
    return this.revokedAt === null && at < this.expiresAt;
  }

  revoke(at: Date): void {
    this.revokedAt ??= at;
  }
}
