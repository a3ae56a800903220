import {
  Authenticated,
  badInput,
  notFound,
  query,
  requireViewer,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { isISO31661Alpha2 } from 'class-validator';
import { sql } from 'kysely';
import {
  Arg,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  Resolver,
  Root,
} from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { Game } from '../game/game.stub.js';
import { UserCopy } from '../user/user.projection.js';
import { offerFor, OFFER_REFUSALS } from './offer.js';
import { OrderLine } from './order-line.type.js';
import { Quote } from './quote.entity.js';
import { GiftNotPossible } from './quote.refusals.js';

const FORGET_MAX = 10_000;
const GAMES_MAX = 20;

const QuoteResult = createUnionType({
  name: 'QuoteResult',
  types: () => [Quote, ...OFFER_REFUSALS, GiftNotPossible] as const,
});

@Resolver(() => Quote)
export class QuoteResolver {
  @Mutation(() => QuoteResult, {
    description:
      'Promises the viewer a price for ten minutes: that of the region, less the discount that runs. Of a bundle, what is ' +
      'owned already is taken off, by its share in what all its games cost alone.',
  })
  @Authenticated()
  quoteGame(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('region', () => String, { description: 'ISO 3166-1 alpha-2.' }) region: string,
    @Arg('andGameIds', () => [ID], {
      nullable: true,
      description: `Further games of the same order, such as DLC: ${GAMES_MAX - 1} at most.`,
    })
    andGameIds: string[] | null | undefined,
    @Arg('recipientId', () => ID, {
      nullable: true,
      description: 'For whom it is, if it is a gift.',
    })
    recipient: string | null | undefined,
    @Ctx() context: PaymentsContext,
  ) {
    const { userId } = requireViewer(context);
    if (!isISO31661Alpha2(region))
      throw badInput('The region is a code of ISO 3166-1, such as DE.');
    const gameIds = [gameId, ...(andGameIds ?? [])].map(id => uuidOf('Game', id));
    if (new Set(gameIds).size < gameIds.length) throw badInput('A game is in this order twice.');
    if (gameIds.length > GAMES_MAX) throw badInput(`An order has ${GAMES_MAX} games at most.`);
    const recipientId = recipient == null ? null : uuidOf('User', recipient);
    if (recipientId === userId) return new GiftNotPossible();
    const asked = { userId, recipientId, gameIds, region: region.toUpperCase() };
    return transact(context.em, async tx => {
      const at = context.now();
      if (recipientId !== null && !(await tx.findOne(UserCopy, recipientId)))
        throw notFound('User');
      const offer = await offerFor(tx, { ...asked, ownerId: recipientId ?? userId }, at);
      if (!('lines' in offer)) return offer;
      const quote = Quote.make(asked, offer, at);
      tx.persist(quote);
      return quote;
    });
  }

  @FieldResolver(() => [OrderLine], { description: 'What is bought, and for how much each.' })
  lines(@Root() { lines, currency }: Quote) {
    return lines.map(line => new OrderLine(line, currency));
  }

  @FieldResolver(() => Game)
  game(@Root() { gameId }: Quote) {
    return new Game(gameId);
  }
}

/** Forgets quotes that are no use to anybody, a limited number at a time. */
export async function forgetOldQuotes(em: EntityManager, now: Date): Promise<void> {
  await query(
    em,
    sql`DELETE FROM quote WHERE id IN (
          SELECT id FROM quote WHERE expires_at < ${now}::timestamptz - interval '1 day' LIMIT ${FORGET_MAX})`,
  );
}
