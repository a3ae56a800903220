import {
  Authenticated,
  badInput,
  Connection,
  ConnectionArgs,
  faultOfText,
  forbidden,
  listOf,
  query,
  requireViewer,
  tidy,
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
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import type { SocialContext } from '../context.js';
import { pairOf } from '../user/pair.js';
import { lockUsers } from '../user/user.projection.js';
import { User } from '../user/user.stub.js';
import { ChatMember, ChatRole } from './chat-member.entity.js';
import { Chat, ChatKind, visibleChats } from './chat.entity.js';
import { CHAT_NAME_MAX, CreateGroupChatInput } from './chat.inputs.js';
import { ChatFull, MEMBERS_MAX, NotAFriend } from './chat.refusals.js';
import { endMemberships, holdGroup } from './membership.process.js';

@ObjectType({ description: 'Chats, the one with the newest message first.' })
class ChatConnection extends Connection(Chat, 'Chat') {}

@ObjectType({ description: 'The members of a chat, in the order in which they came.' })
class ChatMemberConnection extends Connection(ChatMember, 'ChatMember') {}

const CreateGroupChatResult = createUnionType({
  name: 'CreateGroupChatResult',
  types: () => [Chat, NotAFriend, ChatFull] as const,
});

const AddChatMemberResult = createUnionType({
  name: 'AddChatMemberResult',
  types: () => [Chat, NotAFriend, ChatFull] as const,
});

@Resolver(() => Chat)
export class ChatResolver {
  @Mutation(() => Chat, {
    description: 'The chat of the viewer and somebody else, made when there is none yet.',
  })
  @Authenticated()
  openDirectChat(@Arg('userId', () => ID) id: string, @Ctx() context: SocialContext) {
    const { userId: viewerId } = requireViewer(context);
    const userId = uuidOf('User', id);
    const pair = pairOf(viewerId, userId);
    return transact(context.em, async tx => {
      await lockUsers(tx, [viewerId, userId]);
      const present = await tx.findOne(Chat, pair);
      if (present) return present;
      const at = context.now();
      const chat = Chat.direct(pair, at);
      const members = [viewerId, userId].map(each =>
        ChatMember.join(chat, each, ChatRole.MEMBER, at),
      );
      tx.persist([chat, ...members]);
      return chat;
    });
  }

  @Mutation(() => CreateGroupChatResult, { description: 'Makes a group that the viewer owns.' })
  @Authenticated()
  createGroupChat(
    @Arg('input', () => CreateGroupChatInput) input: CreateGroupChatInput,
    @Ctx() context: SocialContext,
  ) {
    const { userId: viewerId } = requireViewer(context);
    const ids = new Set(input.memberIds.map(id => uuidOf('User', id)));
    ids.delete(viewerId);
    const friendIds = [...ids];
    return transact(context.em, async tx => {
      if (friendIds.length >= MEMBERS_MAX) return new ChatFull();
      await lockUsers(tx, [viewerId, ...friendIds]);
      if (!(await areFriendsOf(tx, viewerId, friendIds))) return new NotAFriend();
      const at = context.now();
      const chat = Chat.group(tidy(input.name), at);
      const members = friendIds.map(each => ChatMember.join(chat, each, ChatRole.MEMBER, at));
      tx.persist([chat, ChatMember.join(chat, viewerId, ChatRole.OWNER, at), ...members]);
      return chat;
    });
  }

  @Mutation(() => AddChatMemberResult, {
    description: 'Adds a friend of the viewer to a group. They see what is said from then on.',
  })
  @Authenticated()
  addChatMember(
    @Arg('chatId', () => ID) chatId: string,
    @Arg('userId', () => ID) id: string,
    @Ctx() context: SocialContext,
  ) {
    const { userId: viewerId } = requireViewer(context);
    const userId = uuidOf('User', id);
    return transact(context.em, async tx => {
      await lockUsers(tx, [viewerId, userId]);
      const { chat } = await holdGroup(tx, uuidOf('Chat', chatId), viewerId);
      if (await tx.findOne(ChatMember, { chatId: chat.id, userId })) return chat;
      if (!(await areFriendsOf(tx, viewerId, [userId]))) return new NotAFriend();
      if ((await tx.count(ChatMember, { chatId: chat.id })) >= MEMBERS_MAX) return new ChatFull();
      tx.persist(ChatMember.join(chat, userId, ChatRole.MEMBER, context.now()));
      return chat;
    });
  }

  @Mutation(() => Chat, {
    description: 'Removes somebody else from a group that the viewer owns.',
  })
  @Authenticated()
  removeChatMember(
    @Arg('chatId', () => ID) chatId: string,
    @Arg('userId', () => ID) id: string,
    @Ctx() context: SocialContext,
  ) {
    const { userId: viewerId } = requireViewer(context);
    const userId = uuidOf('User', id);
    if (userId === viewerId) throw badInput('To go yourself, leave the chat.');
    return transact(context.em, async tx => {
      const { chat, me } = await holdGroup(tx, uuidOf('Chat', chatId), viewerId);
      requireOwner(me);
      await endMemberships(tx, userId, [chat.id], context.now());
      return chat;
    });
  }

  @Mutation(() => Boolean, {
    description:
      'Leaves a group, which goes to its oldest member if it was the viewer’s. False when the viewer was in no such group.',
  })
  @Authenticated()
  leaveChat(@Arg('chatId', () => ID) id: string, @Ctx() context: SocialContext) {
    const { userId: viewerId } = requireViewer(context);
    const chatId = uuidOf('Chat', id);
    return transact(context.em, async tx => {
      const which = { id: chatId, kind: ChatKind.GROUP };
      const group = await tx.findOne(Chat, which, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!group) return false;
      return (await endMemberships(tx, viewerId, [chatId], context.now())) > 0;
    });
  }

  @Mutation(() => Chat, { description: 'Renames a group that the viewer owns.' })
  @Authenticated()
  renameChat(
    @Arg('chatId', () => ID) chatId: string,
    @Arg('name', () => String) name: string,
    @Ctx() context: SocialContext,
  ) {
    const { userId: viewerId } = requireViewer(context);
    const fault = faultOfText(name, { max: CHAT_NAME_MAX });
    if (fault) throw badInput(`name ${fault}.`);
    return transact(context.em, async tx => {
      const { chat, me } = await holdGroup(tx, uuidOf('Chat', chatId), viewerId);
      requireOwner(me);
      chat.name = tidy(name);
      return chat;
    });
  }

  @FieldResolver(() => ChatMemberConnection)
  members(@Root() { id }: Chat, @Args() args: ConnectionArgs, @Ctx() { em }: SocialContext) {
    return listOf(em, 'Chat.members', { column: sql`e.chat_id`, id }, args, {
      entity: ChatMember,
      orderBy: [{ by: sql`e.joined_at`, type: 'timestamptz' }],
    });
  }
}

@Resolver(() => ChatMember)
export class ChatMemberResolver {
  @FieldResolver(() => User)
  user(@Root() { userId }: ChatMember) {
    return new User(userId);
  }
}

@Resolver(() => User)
export class UserChatsResolver {
  @FieldResolver(() => ChatConnection, {
    nullable: true,
    description:
      'The chats that one is in, but for direct ones in which nothing was said yet. For their owner alone.',
  })
  chats(@Root() { id }: User, @Args() args: ConnectionArgs, @Ctx() { em, viewer }: SocialContext) {
    if (viewer?.userId !== id) return null;
    return listOf(em, 'User.chats', { column: sql`me.user_id`, id }, args, {
      ...visibleChats(viewer),
      where: [sql`(e.kind = 'GROUP' OR e.head_sequence > 0)`],
      orderBy: [{ by: sql`e.active_at`, type: 'timestamptz', descending: true }],
    });
  }
}

function requireOwner({ role }: ChatMember): void {
  if (role !== ChatRole.OWNER) throw forbidden('Only the owner of this group may do that.');
}

async function areFriendsOf(
  tx: EntityManager,
  userId: string,
  otherIds: string[],
): Promise<boolean> {
  const friends = await query(
    tx,
    sql`SELECT FROM friend WHERE user_id = ${userId} AND friend_id = ANY(${otherIds}::uuid[])`,
  );
  return friends.length === otherIds.length;
}
