import {
  Authenticated,
  badInput,
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
import { GameCopy } from '../game/game.projection.js';
import { Game } from '../game/game.stub.js';
import { Quote } from './quote.entity.js';
import { GameNotForSale } from './quote.refusals.js';

const FORGET_MAX = 10_000;

const QuoteResult = createUnionType({
  name: 'QuoteResult',
  types: () => [Quote, GameNotForSale] as const,
});

@Resolver(() => Quote)
export class QuoteResolver {
  @Mutation(() => QuoteResult, {
    description:
      'Promises the viewer a price for ten minutes: that of the region, less the discount that runs.',
  })
  @Authenticated()
  quoteGame(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('region', () => String, { description: 'ISO 3166-1 alpha-2.' }) region: string,
    @Ctx() context: PaymentsContext,
  ) {
    const { userId } = requireViewer(context);
    if (!isISO31661Alpha2(region))
      throw badInput('The region is a code of ISO 3166-1, such as DE.');
    const offer = { userId, gameId: uuidOf('Game', gameId), region: region.toUpperCase() };
    return transact(context.em, async tx => {
      const at = context.now();
      const game = await tx.findOne(GameCopy, offer.gameId);
      const price = game?.priceIn(offer.region, at);
      if (!price) return new GameNotForSale();
      const quote = Quote.make(offer, price, at);
      tx.persist(quote);
      return quote;
    });
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
