import {
  Connection,
  ConnectionArgs,
  list,
  type Order,
  RequiresScopes,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Arg, Args, Ctx, ObjectType, Query, Resolver } from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { GameRevenue, RevenueFilter, RevenueSort } from './game-revenue.type.js';

@ObjectType({ description: 'What games earned.' })
class GameRevenueConnection extends Connection(GameRevenue, 'GameRevenue') {}

const ORDERS: Record<RevenueSort, Order[]> = {
  [RevenueSort.NET]: [{ by: sql`e.net_minor`, type: 'int8', descending: true }],
  [RevenueSort.ORDERS]: [{ by: sql`e.orders`, type: 'int8', descending: true }],
  [RevenueSort.REFUNDS]: [{ by: sql`e.refunds`, type: 'int8', descending: true }],
  [RevenueSort.GAME_TITLE]: [{ by: sql`coalesce(e.title, '')`, type: 'text' }],
};

@Resolver()
export class RevenueResolver {
  @Query(() => GameRevenueConnection, { description: 'What each game earned, by the ledger.' })
  @RequiresScopes('analytics:read')
  revenueByGame(
    @Arg('filter', () => RevenueFilter) { from, to, currency }: RevenueFilter,
    @Arg('sort', () => RevenueSort, { defaultValue: RevenueSort.NET }) sort: RevenueSort,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: PaymentsContext,
  ) {
    return list(em, args, {
      entity: GameRevenue,
      from: sql`(
        SELECT game_id AS id, game.title, currency,
          count(DISTINCT op) FILTER (WHERE kind = 'CAPTURE')::int AS orders,
          count(DISTINCT op) FILTER (WHERE kind = 'REFUND')::int AS refunds,
          sum(CASE kind WHEN 'CAPTURE' THEN minor ELSE -minor END)::bigint AS net_minor
        FROM transfer LEFT JOIN game_copy AS game ON game.id = game_id
        WHERE kind IN ('CAPTURE', 'REFUND', 'CHARGEBACK') AND game_id IS NOT NULL AND currency = ${currency}
          AND (${from ?? null}::timestamptz IS NULL OR at >= ${from ?? null})
          AND (${to ?? null}::timestamptz IS NULL OR at < ${to ?? null})
        GROUP BY game_id, game.title, currency
      ) AS e`,
      orderBy: ORDERS[sort],
    });
  }
}
