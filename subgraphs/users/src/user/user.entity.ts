import { type UserState, userCreated, userDeleted, userUpdated } from '@gamegraph/event-contracts';
import { load, Node, tidy } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { UsersContext } from '../context.js';
import { Role } from '../role/role.js';
import { canonicalHandle, skeletonOf } from './handle.js';
import { Privacy } from './privacy.js';
import { HandleCoolingDown } from './user.refusals.js';

const RENAME_COOL_DOWN_DAYS = 7;
const DAY_MS = 86_400_000;

/** What a profile may be changed to. Undefined leaves as it is; null empties. */
export interface ProfileChange {
  displayName?: string | null;
  bio?: string | null;
  avatarUrl?: string | null;
  region?: string | null;
  privacy?: { [Part in keyof Privacy]?: Privacy[Part] | null } | null;
}

@Entity({ tableName: 'user_profile' })
@ObjectType({ description: 'Somebody with an account.' })
@Node<UsersContext, User>('User', (id, { em }) => load(em, User, id))
export class User {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Field(() => String, { description: 'The unique name, in lower case; no two look alike.' })
  @Property({ type: 'text' })
  handle!: string;

  @Property({ type: 'text', unique: true })
  handleSkeleton!: string;

  /** When the handle was last changed; the first choice does not count. */
  @Property({ type: 'timestamptz', nullable: true })
  renamedAt: Date | null = null;

  @Field(() => String, { description: 'The name as one likes to be called.' })
  @Property({ type: 'text' })
  displayName!: string;

  @Field(() => String, { nullable: true, description: 'Some words about oneself, in plain text.' })
  @Property({ type: 'text', nullable: true })
  bio: string | null = null;

  @Field(() => String, { nullable: true, description: 'Of an image, by https.' })
  @Property({ type: 'text', nullable: true })
  avatarUrl: string | null = null;

  @Field(() => String, { nullable: true, description: 'Country, as ISO 3166-1 alpha-2: `DE`.' })
  @Property({ type: 'text', nullable: true })
  region: string | null = null;

  @Property({ type: 'text[]' })
  roles: Role[] = [Role.PLAYER];

  @Property({ type: 'jsonb' })
  privacy: Privacy = new Privacy();

  @Field(() => Boolean, { description: 'Whether the account is suspended at present.' })
  @Property({ type: 'boolean' })
  isBanned: boolean = false;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** Kept by events of `social`. */
  @Field(() => Int, { description: 'How many friends one has.' })
  @Property({ type: 'integer' })
  friendsCount: number = 0;

  /** Kept by events of `library`. */
  @Field(() => Int, { description: 'How many games one owns.' })
  @Property({ type: 'integer' })
  gamesCount: number = 0;

  /** Kept by events of `builds`. */
  @Field(() => Int, { description: 'How many builds one has published.' })
  @Property({ type: 'integer' })
  buildsCount: number = 0;

  static register(
    profile: { handle: string; displayName: string; region: string | null },
    at: Date,
  ) {
    const user = new User();
    user.nameItself(profile.handle);
    user.displayName = tidy(profile.displayName);
    user.region = profile.region;
    user.createdAt = at;
    return { user, event: userCreated(user.state()) };
  }

  change(change: ProfileChange) {
    if (change.displayName != null) this.displayName = tidy(change.displayName);
    if (change.bio !== undefined) this.bio = change.bio === null ? null : tidy(change.bio) || null;
    if (change.avatarUrl !== undefined) this.avatarUrl = change.avatarUrl;
    if (change.region !== undefined) this.region = change.region;
    const parts = Object.entries(change.privacy ?? {}).filter(([, audience]) => audience != null);
    this.privacy = { ...this.privacy, ...Object.fromEntries(parts) };
    return userUpdated(this.state());
  }

  /** Takes another handle. What looks like the present one may be taken at any time: `vasya` for `Vasya`. */
  rename(handle: string, at: Date) {
    const until = new Date((this.renamedAt?.getTime() ?? 0) + RENAME_COOL_DOWN_DAYS * DAY_MS);
    const isNew = skeletonOf(handle) !== this.handleSkeleton;
    if (isNew && this.renamedAt && at < until) return new HandleCoolingDown(until);
    if (isNew) this.renamedAt = at;
    this.nameItself(handle);
    return userUpdated(this.state());
  }

  grant(roles: Role[]) {
    this.roles = [...new Set([Role.PLAYER, ...roles])].sort();
    return userUpdated(this.state());
  }

  setBanned(isBanned: boolean) {
    this.isBanned = isBanned;
    return userUpdated(this.state());
  }

  delete() {
    return userDeleted({ id: this.id });
  }

  /** What others may know, and keep copies of. */
  state(): UserState {
    const { id, handle, displayName, avatarUrl, region, isBanned, privacy, createdAt } = this;
    return {
      ...{ id, handle, displayName, avatarUrl, region, isBanned },
      privacy: { ...privacy },
      createdAt: createdAt.toISOString(),
    };
  }

  private nameItself(handle: string): void {
    this.handle = canonicalHandle(handle);
    this.handleSkeleton = skeletonOf(handle);
  }
}
