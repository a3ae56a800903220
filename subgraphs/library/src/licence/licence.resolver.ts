import {
  badInput,
  DateTime,
  faultOfText,
  globalId,
  type GraphContext,
  notFound,
  record,
  RequiresScopes,
  tidy,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { LockMode } from '@mikro-orm/postgresql';
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import { lockEntries, lockOrMakeEntry } from '../entry/locking.js';
import { GameCopy } from '../game/game.projection.js';
import { playtimeAt } from '../play-session/playtime.js';
import { UserCopy } from '../user/user.projection.js';
import { Licence, LicenceSource, LicenceState } from './licence.entity.js';
import { grant, loseIfLast } from './licensing.js';

@Resolver(() => Licence)
export class LicenceResolver {
  @Mutation(() => Licence, {
    description:
      'Gives somebody a game. Who has an active licence that was given so keeps that one.',
  })
  @RequiresScopes('payments:operate')
  async grantLicence(
    @Arg('userId', () => ID) userId: string,
    @Arg('gameId', () => ID) gameId: string,
    @Arg('reason', () => String) reason: string,
    @Arg('since', () => DateTime, {
      nullable: true,
      description: 'When they came to own it, if that was before: elsewhere, or in a shop.',
    })
    since: Date | null | undefined,
    @Ctx() { em, now }: GraphContext,
  ) {
    const words = readReason(reason);
    const at = since ?? now();
    if (at > now()) throw badInput('since lies in the future.');
    const whose = { userId: uuidOf('User', userId), gameId: uuidOf('Game', gameId) };
    return transact(em, async tx => {
      if (!(await tx.findOne(UserCopy, whose.userId))) throw notFound('User');
      if (!(await tx.findOne(GameCopy, whose.gameId))) throw notFound('Game');
      const entry = await lockOrMakeEntry(tx, whose, at);
      const source = LicenceSource.GRANT;
      const given = await tx.findOne(Licence, { ...whose, source, state: LicenceState.ACTIVE });
      return given ?? grant(tx, entry, { source, sourceId: uuidv7() }, words, at);
    });
  }

  @Mutation(() => Licence, {
    description:
      'Takes a licence back; without another one the game is not owned any more. One that is not active stays as it is.',
  })
  @RequiresScopes('payments:operate')
  async revokeLicence(
    @Arg('id', () => ID) id: string,
    @Arg('reason', () => String) reason: string,
    @Ctx() { em, now }: GraphContext,
  ) {
    const words = readReason(reason);
    const found = await em.findOne(Licence, uuidOf('Licence', id));
    if (!found) throw notFound('Licence');
    return transact(em, async tx => {
      const at = now();
      const { userId, gameId } = found;
      const [entry] = await lockEntries(tx, { userId, gameId });
      const licence = await tx.findOneOrFail(Licence, found.id, {
        lockMode: LockMode.PESSIMISTIC_WRITE,
      });
      if (!entry || licence.state !== LicenceState.ACTIVE) return licence;
      record(tx, licence.revoke(words, await playtimeAt(tx, entry, at), at), at);
      await loseIfLast(tx, entry, at);
      return licence;
    });
  }

  @FieldResolver(() => ID, { description: 'The id of the order, or one of the grant’s own.' })
  sourceId(@Root() { source, sourceId }: Licence) {
    return source === LicenceSource.ORDER ? globalId('Order', sourceId) : sourceId;
  }
}

function readReason(reason: string): string {
  const fault = faultOfText(reason, { max: 500 });
  if (fault) throw badInput(`reason ${fault}.`);
  return tidy(reason);
}
