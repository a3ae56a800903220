import {
  type Announcement,
  Authenticated,
  Connection,
  ConnectionArgs,
  entityOr,
  list,
  listOf,
  load,
  loaderOf,
  money,
  type Money,
  notFound,
  once,
  type Order as ListOrder,
  query,
  record,
  RequiresScopes,
  requireViewer,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
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
import { hold, lockWallet, openWallet } from '../ledger/ledger.js';
import { OrderTransaction, type TransferKind } from '../ledger/transfer.type.js';
import { Payment } from '../payment/payment.entity.js';
import { pursue } from '../payment/payment.process.js';
import { offerFor, OFFER_REFUSALS } from '../quote/offer.js';
import { OrderLine } from '../quote/order-line.type.js';
import { Quote } from '../quote/quote.entity.js';
import { PriceChanged, QuoteExpired } from '../quote/quote.refusals.js';
import { UserCopy } from '../user/user.projection.js';
import { User } from '../user/user.stub.js';
import { lockVoucher, redeem, reduce } from '../voucher/redemption.js';
import { VoucherNotValid } from '../voucher/voucher.entity.js';
import { Order, OrderState } from './order.entity.js';
import {
  OrderFilter,
  OrderFunding,
  OrderSort,
  PurchaseGameInput,
  RefundOrderInput,
} from './order.inputs.js';
import { InsufficientFunds, PurchaseUnderWay, RefundNotPossible } from './order.refusals.js';
import { RefundEligibility } from './refund-eligibility.type.js';
import { isUnderWay } from './under-way.js';

@ObjectType({ description: 'A list of orders.' })
class OrderConnection extends Connection(Order, 'Order') {}

const PURCHASE_REFUSALS = [
  ...[QuoteExpired, PriceChanged, InsufficientFunds, PurchaseUnderWay, VoucherNotValid],
  ...OFFER_REFUSALS,
] as const;

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
      'Buys a game at the price of a quote. The price is set aside, in the wallet of its currency or at the bank of the payer, ' +
      'and taken when the library grants the licence; watch the order for that. An order that is PAYING waits for the payer: ' +
      'its `payment` says what to do.',
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
        const { gameId, recipientId, wish } = quote;
        const gameIds = quote.lines.map(line => line.gameId);
        if (await isUnderWay(tx, wish.ownerId, gameIds)) return new PurchaseUnderWay();
        const refusal = quote.refusal(await offerFor(tx, wish, at), at);
        if (refusal) return refusal;
        const forGames = { userId: buyerId, gameIds: [...gameIds, ...quote.gameIds] };
        const voucher =
          input.voucherCode == null
            ? undefined
            : await lockVoucher(tx, input.voucherCode, forGames, at);
        if (voucher instanceof VoucherNotValid) return voucher;
        const lines = voucher ? reduce(quote.lines, voucher) : quote.lines;
        const minor = lines.reduce((sum, line) => sum + BigInt(line.minor), 0n);
        const amount = money(minor, quote.currency);
        const funds = await fund(tx, input.funding ?? OrderFunding.WALLET, buyerId, amount);
        if (funds instanceof InsufficientFunds) return funds;
        const pricing = { ...quote.pricing, voucherPercent: voucher?.percent ?? null };
        const purchase = { buyerId, gameId, recipientId, lines, pricing, ...funds };
        const { order, event } = Order.place(purchase, amount, at);
        if (voucher) await redeem(tx, voucher, order, at);
        tx.persist(order);
        const fromWallet = order.movement(null);
        if (fromWallet.amount.minor > 0n) await hold(tx, fromWallet, at);
        const charged = money(funds.chargedMinor, amount.currency);
        if (charged.minor > 0n) tx.persist(Payment.begin(order.id, charged, at));
        else record(tx, event, at);
        return order.id;
      },
    );
    const order = await entityOr(context, Order, outcome);
    if (!(order instanceof Order) || order.state !== OrderState.PAYING) return order;
    await pursue(context.em, context, order.id, context.now());
    return context.em.findOneOrFail(Order, order.id, { refresh: true });
  }

  @Mutation(() => RefundOrderResult, {
    description:
      'Asks for the money of an order back, or of some of its games: within 14 days of the purchase (or the release, if that ' +
      'was later), and when it was played for less than two hours, which the library checks; watch the order for that. A ' +
      'bundle counts as a whole; of a DLC it is the time that its base game was played since.',
  })
  @Authenticated()
  async refundOrder(
    @Arg('input', () => RefundOrderInput) input: RefundOrderInput,
    @Ctx() context: PaymentsContext,
  ) {
    const { userId: buyerId } = requireViewer(context);
    const id = uuidOf('Order', input.orderId);
    const gameIds = input.gameIds?.map(game => uuidOf('Game', game)) ?? null;
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
        const releasedAt = (await tx.findOne(GameCopy, order.gameId))?.releasedAt;
        const requested = order.requestRefund(at, gameIds, releasedAt);
        if (requested instanceof RefundNotPossible) return requested;
        record(tx, requested, at);
        return order.id;
      },
    );
    return entityOr(context, Order, outcome);
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

  @FieldResolver(() => Payment, {
    nullable: true,
    description: 'What the payment provider is charged of it. Null when the wallet paid all.',
  })
  payment(@Root() { id, chargedMinor }: Order, @Ctx() { em }: PaymentsContext) {
    return chargedMinor > 0n ? load(em, Payment, id) : null;
  }

  @FieldResolver(() => RefundEligibility)
  async refundEligibility(@Root() order: Order, @Ctx() { em, now }: PaymentsContext) {
    return order.refundEligibility(now(), (await load(em, GameCopy, order.gameId))?.releasedAt);
  }

  @FieldResolver(() => [OrderLine], { description: 'What is bought, and for how much each.' })
  lines(@Root() { lines, currency, refundedGameIds }: Order) {
    return lines.map(line => new OrderLine(line, currency, refundedGameIds.includes(line.gameId)));
  }

  @FieldResolver(() => User, { nullable: true, description: 'For whom it is, if it is a gift.' })
  recipient(@Root() { recipientId }: Order) {
    return recipientId === null ? null : new User(recipientId);
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

/** What pays for it. The wallet is locked, if it is to pay anything. */
async function fund(
  tx: EntityManager,
  funding: OrderFunding,
  buyerId: string,
  { minor, currency }: Money,
): Promise<{ walletId: string | null; chargedMinor: bigint } | InsufficientFunds> {
  if (minor === 0n) return { walletId: null, chargedMinor: 0n };
  if (funding !== OrderFunding.WALLET) await openWallet(tx, buyerId, currency);
  const wallet = await lockWallet(tx, buyerId, currency);
  const available = funding === OrderFunding.PROVIDER ? 0n : (wallet?.balanceMinor ?? 0n);
  const missing = minor > available ? minor - available : 0n;
  if (missing > 0n && funding === OrderFunding.WALLET)
    return new InsufficientFunds(money(missing, currency));
  return { walletId: wallet!.id, chargedMinor: missing };
}
