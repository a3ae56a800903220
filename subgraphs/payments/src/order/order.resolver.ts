import {
  type Announcement,
  Authenticated,
  Connection,
  ConnectionArgs,
  list,
  listOf,
  load,
  loaderOf,
  money,
  notFound,
  type Order as ListOrder,
  query,
  record,
  requireViewer,
  RequiresScopes,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { LockMode } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { GameCopy } from '../game/game.projection.js';
import { Game } from '../game/game.stub.js';
import { once } from '../idempotency/idempotency.js';
import { hold, lockWallet } from '../ledger/ledger.js';
import { OrderTransaction, type TransferKind } from '../ledger/transfer.type.js';
import { Quote } from '../quote/quote.entity.js';
import { GameNotForSale, PriceChanged, QuoteExpired } from '../quote/quote.refusals.js';
import { UserCopy } from '../user/user.projection.js';
import { User } from '../user/user.stub.js';
import { Order } from './order.entity.js';
import { OrderFilter, OrderSort, PurchaseGameInput, RefundOrderInput } from './order.inputs.js';
import { InsufficientFunds, RefundNotPossible } from './order.refusals.js';
import { RefundEligibility } from './refund-eligibility.type.js';

@ObjectType({ description: 'A list of orders.' })
class OrderConnection extends Connection(Order, 'Order') {}

const PURCHASE_REFUSALS = [QuoteExpired, PriceChanged, InsufficientFunds, GameNotForSale] as const;

const PurchaseGameResult = createUnionType({
  name: 'PurchaseGameResult',
  types: () => [Order, ...PURCHASE_REFUSALS] as const,
});

const RefundOrderResult = createUnionType({
  name: 'RefundOrderResult',
  types: () => [Order, RefundNotPossible] as const,
});

const ORDERS: Record<OrderSort, ListOrder[]> = {
  [OrderSort.NEWEST]: [{ by: sql`e.created_at`, type: 'timestamptz', descending: true }],
  [OrderSort.GAME_TITLE]: [{ by: sql`coalesce(game.title, '')`, type: 'text' }],
  [OrderSort.AMOUNT]: [
    { by: sql`e.currency`, type: 'text' },
    { by: sql`e.minor`, type: 'int8', descending: true },
  ],
};

const FROM = sql`game_order AS e LEFT JOIN game_copy AS game ON game.id = e.game_id`;

@Resolver(() => Order)
export class OrderResolver {
  @Query(() => Order, {
    nullable: true,
    description: 'Null when there is none, or none that the viewer may see.',
  })
  @Authenticated()
  async order(@Arg('id', () => ID) id: string, @Ctx() { em, viewer }: PaymentsContext) {
    const order = await load(em, Order, uuidOf('Order', id));
    return order?.isVisibleTo(viewer) ? order : null;
  }

  @Query(() => OrderConnection, { description: "Everybody's orders." })
  @RequiresScopes('payments:operate')
  orders(
    @Arg('filter', () => OrderFilter, { nullable: true }) filter: OrderFilter | null | undefined,
    @Arg('sort', () => OrderSort, { defaultValue: OrderSort.NEWEST }) sort: OrderSort,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: PaymentsContext,
  ) {
    const where = conditionsOf(filter);
    return list(em, args, { entity: Order, from: FROM, where, orderBy: ORDERS[sort] });
  }

  @Mutation(() => PurchaseGameResult, {
    description:
      'Buys a game at the price of a quote. The price is set aside in the wallet of its currency, and taken when the ' +
      'library grants the licence; watch the order for that.',
  })
  @Authenticated()
  async purchaseGame(
    @Arg('input', () => PurchaseGameInput) input: PurchaseGameInput,
    @Ctx() context: PaymentsContext,
  ) {
    const { userId: buyerId } = requireViewer(context);
    const outcome = await once(
      context,
      'purchaseGame',
      input,
      [...PURCHASE_REFUSALS],
      async (tx, at) => {
        const quote = await tx.findOne(Quote, {
          id: uuidOf('Quote', input.quoteId),
          userId: buyerId,
        });
        if (!quote) throw notFound('Quote');
        const { gameId, amount } = quote;
        const refusal = quote.refusal(await tx.findOne(GameCopy, gameId), at);
        if (refusal) return refusal;
        const wallet =
          amount.minor > 0n ? await lockWallet(tx, buyerId, amount.currency) : undefined;
        const missing = amount.minor - (wallet?.balanceMinor ?? 0n);
        if (missing > 0n) return new InsufficientFunds(money(missing, amount.currency));
        const walletId = wallet?.id ?? null;
        const { order, event } = Order.place({ buyerId, gameId, walletId }, amount, at);
        tx.persist(order);
        if (wallet) await hold(tx, { id: order.id, walletId: wallet.id, amount }, at);
        record(tx, event, at);
        return order.id;
      },
    );
    return orderOr(context, outcome);
  }

  @Mutation(() => RefundOrderResult, {
    description:
      'Asks for the money of an order back: within 14 days of the purchase, and when the game was played for less than ' +
      'two hours, which the library checks; watch the order for that.',
  })
  @Authenticated()
  async refundOrder(
    @Arg('input', () => RefundOrderInput) input: RefundOrderInput,
    @Ctx() context: PaymentsContext,
  ) {
    const { userId: buyerId } = requireViewer(context);
    const id = uuidOf('Order', input.orderId);
    const outcome = await once(
      context,
      'refundOrder',
      input,
      [RefundNotPossible],
      async (tx, at) => {
        const order = await tx.findOne(
          Order,
          { id, buyerId },
          { lockMode: LockMode.PESSIMISTIC_WRITE },
        );
        if (!order) throw notFound('Order');
        const requested = order.requestRefund(at);
        if (requested instanceof RefundNotPossible) return requested;
        record(tx, requested, at);
        return order.id;
      },
    );
    return orderOr(context, outcome);
  }

  @Subscription(() => Order, {
    description: "The viewer's orders, each time one of them changes; or one of them alone.",
    async subscribe({ args, context }: { args: { id?: string | null }; context: PaymentsContext }) {
      const { userId } = requireViewer(context);
      const id = args.id == null ? undefined : uuidOf('Order', args.id);
      if (id && (await load(context.em, Order, id))?.buyerId !== userId) throw notFound('Order');
      return context.live.subscribe([`orders:${userId}`], changed => !id || changed.id === id);
    },
  })
  @Authenticated()
  orderChanged(
    @Root() { id }: Announcement,
    @Arg('id', () => ID, { nullable: true }) _id: string | null | undefined,
    @Ctx() { em }: PaymentsContext,
  ) {
    return load(em, Order, id);
  }

  @FieldResolver(() => User)
  buyer(@Root() { buyerId }: Order) {
    return new User(buyerId);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Null when the account is gone.' })
  async buyerHandle(@Root() { buyerId }: Order, @Ctx() { em }: PaymentsContext) {
    return (await load(em, UserCopy, buyerId))?.handle;
  }

  @FieldResolver(() => Game)
  game(@Root() { gameId }: Order) {
    return new Game(gameId);
  }

  @FieldResolver(() => String, { nullable: true, description: 'As the game is called now.' })
  async gameTitle(@Root() { gameId }: Order, @Ctx() { em }: PaymentsContext) {
    return (await load(em, GameCopy, gameId))?.title;
  }

  @FieldResolver(() => RefundEligibility)
  refundEligibility(@Root() order: Order, @Ctx() { now }: PaymentsContext) {
    return order.refundEligibility(now());
  }

  @FieldResolver(() => [OrderTransaction], {
    description: 'What its money did, oldest first.',
  })
  transactions(@Root() { id }: Order, @Ctx() { em }: PaymentsContext) {
    const transactions = loaderOf<string, OrderTransaction[]>(
      em,
      'Order.transactions',
      async ids => {
        const rows = await query<TransferRow>(
          em,
          sql`SELECT ref, kind, sum(minor) AS minor, currency, at FROM transfer
              WHERE ref = ANY(${[...new Set(ids)]}::uuid[]) AND kind NOT IN ('SHARE', 'SHARE_BACK')
              GROUP BY ref, op, kind, currency, at ORDER BY min(id)`,
        );
        const byOrder = Map.groupBy(rows, ({ ref }) => ref);
        return ids.map(order =>
          (byOrder.get(order) ?? []).map(({ kind, minor, currency, at }) => ({
            ...{ kind, amount: money(minor, currency) },
            at: new Date(at),
          })),
        );
      },
    );
    return transactions.load(id);
  }
}

@Resolver(() => User)
export class UserOrdersResolver {
  @FieldResolver(() => OrderConnection, { nullable: true, description: 'For their buyer alone.' })
  orders(
    @Root() { id }: User,
    @Arg('filter', () => OrderFilter, { nullable: true }) filter: OrderFilter | null | undefined,
    @Arg('sort', () => OrderSort, { defaultValue: OrderSort.NEWEST }) sort: OrderSort,
    @Args() args: ConnectionArgs,
    @Ctx() { em, viewer }: PaymentsContext,
  ) {
    if (viewer?.userId !== id) return null;
    const name = `User.orders ${sort} ${JSON.stringify(filter)}`;
    return listOf(em, name, { column: sql`e.buyer_id`, id }, args, {
      entity: Order,
      from: FROM,
      where: conditionsOf(filter),
      orderBy: ORDERS[sort],
    });
  }
}

function conditionsOf(filter: OrderFilter | null | undefined): RawBuilder<unknown>[] {
  const { state, gameId, buyerId } = filter ?? {};
  return [
    ...(state == null ? [] : [sql`e.state = ${state}`]),
    ...(gameId == null ? [] : [sql`e.game_id = ${uuidOf('Game', gameId)}`]),
    ...(buyerId == null ? [] : [sql`e.buyer_id = ${uuidOf('User', buyerId)}`]),
  ];
}

interface TransferRow {
  ref: string;
  kind: TransferKind;
  minor: string;
  currency: string;
  at: string;
}

/** The order as it is now, when the outcome is one. */
function orderOr<R>({ em }: PaymentsContext, outcome: string | R): Promise<Order> | R {
  return typeof outcome === 'string' ? em.findOneOrFail(Order, outcome) : outcome;
}
