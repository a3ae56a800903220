import { type StudioState, studioChanged, studioFounded } from '@gamegraph/event-contracts';
import { badInput, type GraphContext, load, Node, tidy } from '@gamegraph/subgraph-kit';
import { Entity, ManyToOne, OneToMany, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Collection } from '@mikro-orm/postgresql';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import { StudioWithoutManager } from './studio.refusals.js';

const MEMBERS_MAX = 100;

export enum StudioPermission {
  MANAGE_MEMBERS = 'MANAGE_MEMBERS',
  EDIT_GAMES = 'EDIT_GAMES',
  EDIT_PRICES = 'EDIT_PRICES',
  PUBLISH = 'PUBLISH',
  OPERATE = 'OPERATE',
}

registerEnumType(StudioPermission, {
  name: 'StudioPermission',
  description: 'What a member may do for a studio.',
  valuesConfig: {
    MANAGE_MEMBERS: { description: 'Say who is a member, and who may do what.' },
    EDIT_GAMES: { description: 'Create games, change their pages and the draft of their data.' },
    EDIT_PRICES: { description: 'Set prices and discounts.' },
    PUBLISH: { description: 'Publish and withdraw games, and release their data.' },
    OPERATE: { description: 'Operate what runs for the games.' },
  },
});

@Entity({ tableName: 'studio' })
@ObjectType({ description: 'Who makes games.' })
@Node<GraphContext, Studio>('Studio', (id, { em }) => load(em, Studio, id))
export class Studio {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { description: 'The unique name, for addresses.' })
  @Property({ type: 'text', unique: true })
  handle!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @OneToMany({
    entity: () => StudioMember,
    mappedBy: 'studioId',
    orphanRemoval: true,
    orderBy: { userId: 'asc' },
  })
  members = new Collection<StudioMember>(this);

  static found({ name, handle }: { name: string; handle: string }, founderId: string, at: Date) {
    const studio = Object.assign(new Studio(), { name: tidy(name), handle, createdAt: at });
    studio.members.add(StudioMember.of(studio.id, founderId, Object.values(StudioPermission)));
    return { studio, event: studioFounded(studio.state()) };
  }

  /** Lets somebody do these things, and no others; a member who may do nothing is none any more. */
  setMember(userId: string, permissions: StudioPermission[]) {
    const present = this.members.find(one => one.userId === userId);
    const member = present ?? StudioMember.of(this.id, userId, []);
    const others = this.members.filter(one => one !== member);
    const granted = [...others.flatMap(one => one.permissions), ...permissions];
    if (!granted.includes(StudioPermission.MANAGE_MEMBERS)) return new StudioWithoutManager();
    if (permissions.length > 0 && others.length >= MEMBERS_MAX) {
      throw badInput(`A studio has at most ${MEMBERS_MAX} members.`);
    }
    member.permissions = [...new Set(permissions)].sort();
    if (permissions.length === 0) this.members.remove(member);
    else this.members.add(member);
    return studioChanged(this.state());
  }

  /** What others may know, and keep copies of. The members must have been loaded. */
  state(): StudioState {
    const { id, name, handle } = this;
    const members = this.members
      .map(({ userId, permissions }) => ({ userId, permissions: [...permissions] }))
      .sort((a, b) => (a.userId < b.userId ? -1 : 1));
    return { id, name, handle, members };
  }
}

@Entity({ tableName: 'studio_member' })
@ObjectType({ description: 'Somebody who may act for a studio.' })
export class StudioMember {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @ManyToOne({ entity: () => Studio, mapToPk: true, joinColumn: 'studio_id' })
  studioId!: string;

  @Property({ type: 'uuid' }) // owned by `users`: an id, never a foreign key
  userId!: string;

  @Field(() => [StudioPermission])
  @Property({ type: 'text[]' })
  permissions!: StudioPermission[];

  static of(studioId: string, userId: string, permissions: StudioPermission[]): StudioMember {
    return Object.assign(new StudioMember(), { studioId, userId, permissions });
  }
}
