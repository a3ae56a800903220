import { Node, type Viewer } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { sql } from 'kysely';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { SocialContext } from '../context.js';
import type { Pair } from '../user/pair.js';
import { idOf, loadVisible, type Visible } from '../visible.js';

export enum ChatKind {
  DIRECT = 'DIRECT',
  GROUP = 'GROUP',
}

registerEnumType(ChatKind, {
  name: 'ChatKind',
  description: 'How many talk in a chat.',
  valuesConfig: {
    DIRECT: { description: 'Two, always the same, who have no other such chat.' },
    GROUP: { description: 'Up to 100, who come and go.' },
  },
});

/**
 * Where members talk. Its row is held by whoever changes who they are or says something: so members are counted, and
 * places given out, one after the other. A group that the last member left is closed: nobody sees it any more. A direct
 * chat is closed while a block stands between the two, and when one of them has no account.
 */
@Entity({ tableName: 'chat' })
@ObjectType({ description: 'Where members talk. Nobody else sees anything of it.' })
@Node<SocialContext, Chat>('Chat', (id, { em, viewer }) =>
  loadVisible(em, visibleChats(viewer), id),
)
export class Chat {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Field(() => ChatKind)
  @Property({ type: 'text' })
  kind!: ChatKind;

  @Field(() => String, { nullable: true, description: 'Of a group.' })
  @Property({ type: 'text', nullable: true })
  name: string | null = null;

  /** The two of a direct chat. */
  @Property({ type: 'uuid', nullable: true })
  userLow: string | null = null;

  @Property({ type: 'uuid', nullable: true })
  userHigh: string | null = null;

  /** Of the newest message; 0 while there is none. */
  @Property({ type: 'integer' })
  headSequence: number = 0;

  /** When something was last said, or it was opened. */
  @Property({ type: 'timestamptz' })
  activeAt!: Date;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  static direct(pair: Pair, at: Date): Chat {
    const kind = ChatKind.DIRECT;
    return Object.assign(new Chat(), { kind, ...pair, activeAt: at, createdAt: at });
  }

  static group(name: string, at: Date): Chat {
    return Object.assign(new Chat(), { kind: ChatKind.GROUP, name, activeAt: at, createdAt: at });
  }

  /** The place of the next message. */
  takePlace(at: Date): number {
    this.activeAt = at;
    return ++this.headSequence;
  }
}

/** A chat is for its members. `me` is the viewer's membership. */
export function visibleChats(viewer: Viewer | undefined): Visible<Chat> {
  return {
    entity: Chat,
    from: sql`chat AS e JOIN chat_member AS me ON me.chat_id = e.id AND me.user_id = ${idOf(viewer)}`,
    where: [],
  };
}
