import {
  type Announcement,
  Authenticated,
  badInput,
  Connection,
  ConnectionArgs,
  execute,
  faultOfText,
  listOf,
  load,
  loaderOf,
  notFound,
  type Order,
  query,
  record,
  requireViewer,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { Chat, visibleChats } from '../chat/chat.entity.js';
import { ChatClosed } from '../chat/chat.refusals.js';
import { holdChat, isClosed } from '../chat/membership.process.js';
import type { SocialContext } from '../context.js';
import { NotificationKind } from '../notification/notification.entity.js';
import { settleNotifications } from '../notification/notify.js';
import { UserCopy } from '../user/user.projection.js';
import { User } from '../user/user.stub.js';
import { loadVisible } from '../visible.js';
import { isUnread, Message, visibleMessages } from './message.entity.js';
import { MESSAGE_TEXT_MAX, SendMessageInput } from './message.inputs.js';
import { MessageDeleted } from './message.refusals.js';
import { notifyMembers } from './telling.js';

@ObjectType({ description: 'What was said in a chat, the newest last.' })
class MessageConnection extends Connection(Message, 'Message') {}

const SendMessageResult = createUnionType({
  name: 'SendMessageResult',
  types: () => [Message, ChatClosed] as const,
});

const EditMessageResult = createUnionType({
  name: 'EditMessageResult',
  types: () => [Message, MessageDeleted, ChatClosed] as const,
});

const IN_ORDER: Order[] = [{ by: sql`e.sequence`, type: 'int8' }];

@Resolver(() => Message)
export class MessageResolver {
  @Query(() => Int, {
    description:
      'How many messages the viewer has not read, over all chats: the sum of `Chat.unreadCount`.',
  })
  @Authenticated()
  async unreadMessagesCount(@Ctx() context: SocialContext) {
    const { from } = visibleMessages(requireViewer(context));
    const [unread] = await query<{ count: number }>(
      context.em,
      sql`SELECT count(*)::int AS count FROM ${from} WHERE ${isUnread('e')}`,
    );
    return unread!.count;
  }

  @Mutation(() => SendMessageResult, {
    description:
      'Says something in a chat. Sent again with the same `clientId`, it returns what was said.',
  })
  @Authenticated()
  sendMessage(
    @Arg('input', () => SendMessageInput) input: SendMessageInput,
    @Ctx() context: SocialContext,
  ) {
    const viewer = requireViewer(context);
    const authorId = viewer.userId;
    const { clientId, text } = input;
    const replyToId = input.replyToId == null ? null : uuidOf('Message', input.replyToId);
    return transact(context.em, async tx => {
      const { chat } = await holdChat(tx, uuidOf('Chat', input.chatId), authorId);
      const said = await tx.findOne(Message, { chatId: chat.id, authorId, clientId });
      if (said) return said;
      if (await isClosed(tx, chat, authorId)) return new ChatClosed();
      if (replyToId !== null) {
        const answered = await loadMessage({ em: tx, viewer }, replyToId);
        if (answered?.chatId !== chat.id) throw notFound('Message');
      }
      const at = context.now();
      const { message, event } = Message.post(chat, { authorId, clientId, text, replyToId }, at);
      tx.persist(message);
      await tx.flush();
      record(tx, event, at);
      await notifyMembers(tx, message, at);
      return message;
    });
  }

  @Mutation(() => EditMessageResult, {
    description: 'Changes the text of a message of the viewer.',
  })
  @Authenticated()
  editMessage(
    @Arg('id', () => ID) id: string,
    @Arg('text', () => String) text: string,
    @Ctx() context: SocialContext,
  ) {
    const fault = faultOfText(text, { max: MESSAGE_TEXT_MAX, multiline: true });
    if (fault) throw badInput(`text ${fault}.`);
    return transact(context.em, async tx => {
      const at = context.now();
      const { chat, message } = await holdOwnMessage(tx, id, context);
      if (await isClosed(tx, chat, message.authorId)) return new ChatClosed();
      const outcome = message.edit(text, at);
      if (outcome instanceof MessageDeleted) return outcome;
      record(tx, outcome, at);
      return message;
    });
  }

  @Mutation(() => Message, {
    description: 'Deletes a message of the viewer. Its place stays, without a text.',
  })
  @Authenticated()
  deleteMessage(@Arg('id', () => ID) id: string, @Ctx() context: SocialContext) {
    return transact(context.em, async tx => {
      const { message } = await holdOwnMessage(tx, id, context);
      if (!message.isDeleted) record(tx, message.delete(), context.now());
      return message;
    });
  }

  @Mutation(() => Chat, {
    description:
      'Keeps that the viewer has read a chat up to a message, by its sequence. Never goes back.',
  })
  @Authenticated()
  markChatRead(
    @Arg('chatId', () => ID) id: string,
    @Arg('sequence', () => Int) sequence: number,
    @Ctx() context: SocialContext,
  ) {
    const { userId } = requireViewer(context);
    const chatId = uuidOf('Chat', id);
    return transact(context.em, async tx => {
      const chat = await loadVisible(tx, visibleChats(context.viewer), chatId);
      if (!chat) throw notFound('Chat');
      const moved = await execute(
        tx,
        sql`UPDATE chat_member AS me SET read_sequence = least(${sequence}::int, c.head_sequence)
            FROM chat AS c WHERE c.id = me.chat_id AND me.chat_id = ${chatId} AND me.user_id = ${userId}
              AND me.read_sequence < least(${sequence}::int, c.head_sequence)`,
      );
      if (moved > 0) {
        const about = sql`chat_id = ${chatId}`;
        await settleNotifications(tx, userId, NotificationKind.MESSAGE, about, context.now());
      }
      return chat;
    });
  }

  @Subscription(() => Message, {
    description:
      'What is said in a chat from now on; or, if none is named, in any that the viewer is in then.',
    subscribe: ({ args, context }) => follow(context, args.chatId, 'chat', 'inbox'),
  })
  @Authenticated()
  messageAdded(
    @Root() { id }: Announcement,
    @Arg('chatId', () => ID, { nullable: true }) _chatId: string | null | undefined,
    @Ctx() context: SocialContext,
  ) {
    return loadMessage(context, id);
  }

  @Subscription(() => Message, {
    description:
      'Messages that are edited or deleted from now on; of one chat, or of all that the viewer is in then.',
    subscribe: ({ args, context }) => follow(context, args.chatId, 'chat-changes', 'inbox-changes'),
  })
  @Authenticated()
  messageChanged(
    @Root() { id }: Announcement,
    @Arg('chatId', () => ID, { nullable: true }) _chatId: string | null | undefined,
    @Ctx() context: SocialContext,
  ) {
    return loadMessage(context, id);
  }

  @FieldResolver(() => Chat)
  chat(@Root() { chatId }: Message, @Ctx() { em }: SocialContext) {
    return load(em, Chat, chatId);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Null when the account is gone.' })
  async author(@Root() { authorId }: Message, @Ctx() { em }: SocialContext) {
    return (await load(em, UserCopy, authorId)) && new User(authorId);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The present handle of its author. Null when the account is gone.',
  })
  async authorHandle(@Root() { authorId }: Message, @Ctx() { em }: SocialContext) {
    return (await load(em, UserCopy, authorId))?.handle ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'The present image of its author.' })
  async authorAvatarUrl(@Root() { authorId }: Message, @Ctx() { em }: SocialContext) {
    return (await load(em, UserCopy, authorId))?.avatarUrl ?? null;
  }

  @FieldResolver(() => Message, {
    nullable: true,
    description: 'What it answers. Null also for what the viewer may not see.',
  })
  replyTo(@Root() { replyToId }: Message, @Ctx() context: SocialContext) {
    return replyToId && loadMessage(context, replyToId);
  }
}

@Resolver(() => Chat)
export class ChatMessagesResolver {
  @FieldResolver(() => MessageConnection, {
    description:
      'What was said since the viewer came, the newest last: `last` asks for the newest.',
  })
  messages(@Root() { id }: Chat, @Args() args: ConnectionArgs, @Ctx() context: SocialContext) {
    return messagesOf(context, id, args);
  }

  @FieldResolver(() => Message, { nullable: true, description: 'The newest of `messages`.' })
  async lastMessage(@Root() { id }: Chat, @Ctx() context: SocialContext) {
    return (await messagesOf(context, id, { last: 1 })).edges[0]?.node ?? null;
  }

  @FieldResolver(() => Int, {
    description:
      'How many of `messages` others wrote, did not delete, and the viewer has not read.',
  })
  unreadCount(@Root() { id }: Chat, @Ctx() { em, viewer }: SocialContext) {
    const loader = loaderOf<string, number>(em, 'Chat.unreadCount', async ids => {
      const { from } = visibleMessages(viewer);
      const rows = await query<{ chat_id: string; count: number }>(
        em,
        sql`SELECT e.chat_id, count(*)::int AS count FROM ${from}
            WHERE e.chat_id = ANY(${[...new Set(ids)]}::uuid[]) AND ${isUnread('e')} GROUP BY e.chat_id`,
      );
      const counts = new Map(rows.map(row => [row.chat_id, row.count]));
      return ids.map(chatId => counts.get(chatId) ?? 0);
    });
    return loader.load(id);
  }
}

function loadMessage({ em, viewer }: Pick<SocialContext, 'em' | 'viewer'>, id: string) {
  return loadVisible(em, visibleMessages(viewer), id);
}

function messagesOf({ em, viewer }: SocialContext, chatId: string, args: ConnectionArgs) {
  return listOf(em, 'Chat.messages', { column: sql`e.chat_id`, id: chatId }, args, {
    ...visibleMessages(viewer),
    orderBy: IN_ORDER,
  });
}

/** Messages of one chat, or of all: those that the viewer may see at that moment. */
async function follow(
  context: SocialContext,
  chatId: string | null | undefined,
  chat: string,
  inbox: string,
) {
  const { userId } = requireViewer(context);
  const { em, viewer, live } = context;
  let topic = `${inbox}:${userId}`;
  if (chatId != null) {
    const uuid = uuidOf('Chat', chatId);
    if (!(await loadVisible(em, visibleChats(viewer), uuid))) throw notFound('Chat');
    topic = `${chat}:${uuid}`;
  }
  return live.subscribe(
    [topic],
    async ({ id }) => (await loadMessage({ em: em.fork(), viewer }, id)) !== null,
  );
}

/** A message of the viewer's that the viewer sees, held until the end of the transaction, and its chat. */
async function holdOwnMessage(tx: EntityManager, id: string, context: SocialContext) {
  const viewer = requireViewer(context);
  const which = { id: uuidOf('Message', id), authorId: viewer.userId };
  const message = await tx.findOne(Message, which, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!message || !(await loadMessage({ em: tx, viewer }, message.id))) throw notFound('Message');
  return { message, chat: await tx.findOneOrFail(Chat, message.chatId) };
}
