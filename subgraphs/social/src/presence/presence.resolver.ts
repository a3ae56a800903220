import {
  type Announcement,
  Authenticated,
  badInput,
  execute,
  load,
  notFound,
  requireViewer,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { SocialContext } from '../context.js';
import { GameCopy } from '../game/game.projection.js';
import { Game } from '../game/game.stub.js';
import { maySee, relationTo } from '../user/relation.js';
import { User } from '../user/user.stub.js';
import { announcePresence, isNewsToOthers } from './presence-watch.js';
import { ReportPresenceInput } from './presence.inputs.js';
import { Presence, PresenceStatus } from './presence.type.js';
import { UserPresence } from './user-presence.entity.js';

@ObjectType({ description: 'A friend whose presence is not as it was.' })
class PresenceChange {
  @Field(() => User)
  user!: User;

  @Field(() => Presence)
  presence!: Presence;
}

@Resolver(() => Presence)
export class PresenceResolver {
  @Mutation(() => Presence, {
    description:
      'Says that the viewer is there, for 75 seconds. Of several devices, a choice (INVISIBLE, then BUSY) goes before ' +
      'ONLINE, and that before AWAY. Returns what follows from all of them.',
  })
  @Authenticated()
  async reportPresence(
    @Arg('input', () => ReportPresenceInput) input: ReportPresenceInput,
    @Ctx() context: SocialContext,
  ) {
    const { userId } = requireViewer(context);
    const { connectionId, status } = input;
    if (status === PresenceStatus.OFFLINE) throw badInput('To be OFFLINE, end the connection.');
    const gameId = input.gameId == null ? null : uuidOf('Game', input.gameId);
    if (gameId && !(await load(context.em, GameCopy, gameId))) throw notFound('Game');
    const at = context.now();
    const { state, isNews } = await transact(context.em, async tx => {
      // Makes a row, or locks the one that there is.
      await execute(
        tx,
        sql`INSERT INTO presence (id, status, since, connections, next_end_at)
            VALUES (${userId}, ${PresenceStatus.OFFLINE}, ${at}, '[]', ${at})
            ON CONFLICT (id) DO UPDATE SET id = excluded.id`,
      );
      const presence = await tx.findOneOrFail(UserPresence, { id: userId });
      const report = () => presence.report(connectionId, status, gameId, at);
      return { isNews: isNewsToOthers(presence, report), state: presence.seenAt(at) };
    });
    if (isNews) await announcePresence(context.em, [userId], context.live);
    return Presence.toOneself(state);
  }

  @Mutation(() => Boolean, {
    description:
      'Ends a connection of the viewer. It is shown for ten more seconds, in case it comes back. False when there was none.',
  })
  @Authenticated()
  endPresence(@Arg('connectionId', () => ID) connectionId: string, @Ctx() context: SocialContext) {
    const { userId } = requireViewer(context);
    return transact(context.em, async tx => {
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const presence = await tx.findOne(UserPresence, { id: userId }, { lockMode });
      return presence?.end(connectionId, context.now()) ?? false;
    });
  }

  @Subscription(() => PresenceChange, {
    description: 'Friends of the viewer who come, go, or play something else.',
    subscribe: ({ context }: { context: SocialContext }) => {
      const { userId } = requireViewer(context);
      const { em, viewer, live } = context;
      return live.subscribe([`friends-presence:${userId}`], async ({ id }) => {
        const relation = await relationTo({ em: em.fork(), viewer }, id);
        return relation?.areFriends === true && maySee(relation, 'presence');
      });
    },
  })
  @Authenticated()
  async presenceChanged(
    @Root() { id }: Announcement,
    @Ctx() context: SocialContext,
  ): Promise<PresenceChange> {
    return { user: new User(id), presence: await presenceOf(context, id) };
  }

  @FieldResolver(() => Game, { nullable: true, description: 'What they play.' })
  game(@Root() { gameId }: Presence) {
    return gameId && new Game(gameId);
  }

  @FieldResolver(() => String, { nullable: true, description: 'The present title of `game`.' })
  async gameTitle(@Root() { gameId }: Presence, @Ctx() { em }: SocialContext) {
    return gameId && ((await load(em, GameCopy, gameId))?.title ?? null);
  }
}

@Resolver(() => User)
export class UserPresenceResolver {
  @FieldResolver(() => Presence, {
    nullable: true,
    description: 'OFFLINE also for whom they do not show it to.',
  })
  presence(@Root() { id }: User, @Ctx() context: SocialContext) {
    return presenceOf(context, id);
  }
}

async function presenceOf(context: SocialContext, userId: string): Promise<Presence> {
  const relation = await relationTo(context, userId);
  const isShown = relation !== null && maySee(relation, 'presence');
  const kept = isShown && (await load(context.em, UserPresence, userId));
  if (!kept) return new Presence();
  const state = kept.seenAt(context.now());
  return relation.isViewer ? Presence.toOneself(state) : Presence.toOthers(state);
}
