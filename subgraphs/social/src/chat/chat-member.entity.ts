import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { Chat } from './chat.entity.js';

export enum ChatRole {
  OWNER = 'OWNER',
  MEMBER = 'MEMBER',
}

registerEnumType(ChatRole, {
  name: 'ChatRole',
  description: 'What a member may do.',
  valuesConfig: {
    OWNER: { description: 'Renames a group and removes members. Each group has one.' },
    MEMBER: { description: 'Reads, writes, and adds friends to a group.' },
  },
});

/** Somebody in a chat, from when they came until the row is gone. Who comes again begins anew. */
@Entity({ tableName: 'chat_member' })
@ObjectType({ description: 'Somebody in a chat.' })
export class ChatMember {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  chatId!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Field(() => ChatRole)
  @Property({ type: 'text' })
  role!: ChatRole;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  joinedAt!: Date;

  /** The chat's head when they came: what was said until then is not for them. */
  @Property({ type: 'integer' })
  joinedSequence!: number;

  /** Up to where they have read. What is unread follows from it, and is kept nowhere. */
  @Property({ type: 'integer' })
  readSequence!: number;

  static join(chat: Chat, userId: string, role: ChatRole, at: Date): ChatMember {
    const [joinedSequence, readSequence] = [chat.headSequence, chat.headSequence];
    const place = { chatId: chat.id, userId, role, joinedAt: at, joinedSequence, readSequence };
    return Object.assign(new ChatMember(), place);
  }
}
