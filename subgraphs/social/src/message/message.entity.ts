import { messageChanged, messagePosted, type MessageState } from '@gamegraph/event-contracts';
import { Node, tidy, type Viewer } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { type RawBuilder, sql } from 'kysely';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { Chat } from '../chat/chat.entity.js';
import type { SocialContext } from '../context.js';
import { isHidden } from '../user/relation.js';
import { idOf, loadVisible, type Visible } from '../visible.js';
import { MessageDeleted } from './message.refusals.js';

/**
 * What a member said. Its place never changes, and never is another's. Deleted, it is a tombstone: a place without text.
 * It outlives its author's account and membership.
 */
@Entity({ tableName: 'message' })
@ObjectType({ description: 'What a member of a chat said.' })
@Node<SocialContext, Message>('Message', (id, { em, viewer }) =>
  loadVisible(em, visibleMessages(viewer), id),
)
export class Message {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  chatId!: string;

  @Property({ type: 'uuid' })
  authorId!: string;

  /** By which its author's device knows it: what is sent twice is said once. */
  @Property({ type: 'uuid' })
  clientId!: string;

  @Field(() => Int, { description: 'Its place in the chat: 1, 2, 3 … in the order of sending.' })
  @Property({ type: 'integer' })
  sequence!: number;

  @Field(() => String, { nullable: true, description: 'Null when it was deleted.' })
  @Property({ type: 'text', nullable: true })
  text!: string | null;

  @Property({ type: 'uuid', nullable: true })
  replyToId!: string | null;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  sentAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When its text was last changed.' })
  @Property({ type: 'timestamptz', nullable: true })
  editedAt: Date | null = null;

  static post(
    chat: Chat,
    said: { authorId: string; clientId: string; text: string; replyToId: string | null },
    at: Date,
  ) {
    const place = { chatId: chat.id, sequence: chat.takePlace(at), sentAt: at };
    const message = Object.assign(new Message(), said, place, { text: tidy(said.text) });
    return { message, event: messagePosted(message.state()) };
  }

  @Field(() => Boolean)
  get isDeleted(): boolean {
    return this.text === null;
  }

  edit(text: string, at: Date) {
    if (this.isDeleted) return new MessageDeleted();
    this.text = tidy(text);
    this.editedAt = at;
    return messageChanged(this.state());
  }

  delete() {
    this.text = null;
    return messageChanged(this.state());
  }

  state(): MessageState {
    const { id, chatId, authorId, sequence, isDeleted, sentAt } = this;
    return { id, chatId, authorId, sequence, isDeleted, sentAt: sentAt.toISOString() };
  }
}

/** The messages `e` of chats `c` that the viewer is in, with the viewer's membership `me`. */
export function visibleMessages(viewer: Viewer | undefined): Visible<Message> {
  return {
    entity: Message,
    from: sql`message AS e JOIN chat AS c ON c.id = e.chat_id
              JOIN chat_member AS me ON me.chat_id = e.chat_id AND me.user_id = ${idOf(viewer)}`,
    where: [isVisible('e')],
  };
}

/**
 * Whether the member `me` of the chat `c` sees a message: it was said since they came; and not, in a group, by somebody
 * from whom a block hides them. A direct chat keeps what was said before the block.
 */
function isVisible(message: string): RawBuilder<boolean> {
  const [sequence, author] = [sql.ref(`${message}.sequence`), sql.ref(`${message}.author_id`)];
  return sql`(${sequence} > me.joined_sequence
    AND (c.kind = 'DIRECT' OR NOT ${isHidden(sql`me.user_id`, author)}))`;
}

/** Whether a message is unread by the member `me` of the chat `c`: it is another's, there, and behind what was read. */
export function isUnread(message: string): RawBuilder<boolean> {
  const column = (name: string) => sql.ref(`${message}.${name}`);
  return sql`(${column('sequence')} > me.read_sequence AND ${column('author_id')} <> me.user_id
    AND ${column('text')} IS NOT NULL AND ${isVisible(message)})`;
}
