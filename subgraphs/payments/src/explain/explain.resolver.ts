import {
  Authenticated,
  ConnectionArgs,
  globalId,
  list,
  load,
  type Money,
  money,
  notFound,
  query,
  tryUuidOf,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { isOneOfOrOperates, type PaymentsContext } from '../context.js';
import { GameCopy } from '../game/game.projection.js';
import { sold } from '../ledger/share.js';
import { TransferKind } from '../ledger/transfer.type.js';
import { Order } from '../order/order.entity.js';
import type { Line, Pricing } from '../quote/offer.js';
import { Quote } from '../quote/quote.entity.js';
import { Wallet } from '../wallet/wallet.entity.js';
import {
  type AppliedRule,
  Explanation,
  Posting,
  PostingConnection,
  rule,
  RuleKind,
} from './explanation.type.js';

const PRICE_KINDS = [TransferKind.HOLD, TransferKind.CHARGE];
const RETURN_KINDS = [TransferKind.REFUND, TransferKind.CHARGEBACK];

@Resolver(() => Explanation)
export class ExplainResolver {
  @Query(() => Explanation, {
    description:
      'What a balance is made of. For the owner of the wallet, and the operators of payments.',
  })
  @Authenticated()
  async explainBalance(
    @Arg('walletId', () => ID) walletId: string,
    @Ctx() { em, viewer }: PaymentsContext,
  ): Promise<Explanation> {
    const wallet = await load(em, Wallet, uuidOf('Wallet', walletId));
    if (!wallet?.userId || !isOneOfOrOperates(viewer, [wallet.userId])) throw notFound('Wallet');
    const { id, currency } = wallet;
    // One statement: the balance and its parts are of one moment.
    const groups = await query<{ kind: string; count: number; sum: string; balance: string }>(
      em,
      sql`SELECT kind, count(*)::int, sum(CASE WHEN dst = ${id} THEN minor ELSE -minor END),
            (SELECT input - output FROM account WHERE id = ${id}) AS balance
          FROM transfer WHERE src = ${id} OR dst = ${id} GROUP BY kind ORDER BY min(id)`,
    );
    return {
      amount: money(groups[0]?.balance ?? 0n, currency),
      rules: groups.map(({ kind, count, sum }) =>
        rule(RuleKind.MOVEMENTS, { kind, postings: count }, money(sum, currency)),
      ),
      source: { walletId: id },
    };
  }

  @Query(() => Explanation, {
    description: 'What a price is made of. For the one who pays it, and the operators of payments.',
  })
  @Authenticated()
  async explainPrice(
    @Arg('id', () => ID, { description: 'Of a quote, or of an order.' }) id: string,
    @Ctx() { em, viewer }: PaymentsContext,
  ): Promise<Explanation> {
    const quoteId = tryUuidOf('Quote', id);
    const figure = quoteId
      ? await load(em, Quote, quoteId)
      : await load(em, Order, uuidOf('Order', id));
    const payerId = figure instanceof Order ? figure.buyerId : figure?.userId;
    if (!figure || !isOneOfOrOperates(viewer, [payerId!]))
      throw notFound(quoteId ? 'Quote' : 'Order');
    const { amount, pricing, lines } = figure;
    const rules = pricing
      ? rulesOfPrice(pricing, amount)
      : [rule(RuleKind.AGREED_PRICE, {}, amount)];
    return {
      amount,
      rules: [...rules, ...lines.map(ruleOfLine)],
      source: { orderId: figure.id, kinds: PRICE_KINDS },
    };
  }

  @Query(() => Explanation, {
    description:
      'What was given back of an order, and by which rules; zero when nothing was. For its buyer, and the operators of payments.',
  })
  @Authenticated()
  async explainRefund(
    @Arg('orderId', () => ID) orderId: string,
    @Ctx() { em, viewer, now }: PaymentsContext,
  ): Promise<Explanation> {
    const order = await load(em, Order, uuidOf('Order', orderId));
    if (!order?.isVisibleTo(viewer)) throw notFound('Order');
    const { id, currency, state, reason, createdAt, refundPlaytimeSeconds } = order;
    const back = (await sold(em, id)).filter(({ refundedMinor }) => refundedMinor > 0n);
    const releasedAt = (await load(em, GameCopy, order.gameId))?.releasedAt;
    const { until, reason: fault } = order.refundEligibility(now(), releasedAt);
    const terms = rule(RuleKind.REFUND_TERMS, {
      ...{ purchasedAt: createdAt.toISOString(), state, reason },
      playtimeSeconds: refundPlaytimeSeconds,
      possibleUntil: until?.toISOString() ?? null,
      notPossibleSince: fault,
    });
    const tellsShares = viewer!.permissions.has('payments:operate');
    const given = back.map(part =>
      rule(
        RuleKind.GIVEN_BACK,
        {
          game: part.gameId && globalId('Game', part.gameId),
          paidMinor: part.capturedMinor,
          ...(tellsShares && {
            studioShareMinor: part.shareMinor,
            studioGaveBackMinor: part.shareBackMinor,
          }),
        },
        money(part.refundedMinor, currency),
      ),
    );
    const sum = back.reduce((all, { refundedMinor }) => all + refundedMinor, 0n);
    return {
      amount: money(sum, currency),
      rules: [terms, ...given],
      source: { orderId: id, kinds: RETURN_KINDS },
    };
  }

  @FieldResolver(() => PostingConnection)
  postings(
    @Root() { source }: Explanation,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: PaymentsContext,
  ) {
    const [where, minor] =
      'walletId' in source
        ? [
            sql`src = ${source.walletId} OR dst = ${source.walletId}`,
            sql`CASE WHEN dst = ${source.walletId} THEN minor ELSE -minor END`,
          ]
        : [
            // What a chargeback took from a wallet is no part of what was given back of a sale.
            sql`ref = ${source.orderId} AND t.kind = ANY(${source.kinds}::text[])
                AND (t.kind <> 'CHARGEBACK' OR s.kind = 'REVENUE')`,
            sql`minor`,
          ];
    return list(em, args, {
      entity: Posting,
      from: sql`(
        SELECT op AS id, t.id AS position, t.kind, s.kind AS source, d.kind AS target, t.currency, ${minor} AS minor, at
        FROM transfer AS t JOIN account AS s ON s.id = src JOIN account AS d ON d.id = dst
        WHERE ${where}) AS e`,
      orderBy: [{ by: sql`e.position`, type: 'int8' }],
    });
  }
}

function rulesOfPrice(pricing: Pricing, { minor, currency }: Money): AppliedRule[] {
  const { region, discountPercent, voucherPercent } = pricing;
  const [base, quoted] = [BigInt(pricing.baseMinor), BigInt(pricing.quotedMinor)];
  const rules = [rule(RuleKind.BASE_PRICE, { region }, money(base, currency))];
  if (quoted !== base) {
    const discount = money(quoted - base, currency);
    rules.push(rule(RuleKind.DISCOUNT, { percent: discountPercent }, discount));
  }
  if (voucherPercent !== null) {
    const voucher = money(minor - quoted, currency);
    rules.push(rule(RuleKind.VOUCHER, { percent: voucherPercent }, voucher));
  }
  return rules;
}

function ruleOfLine({ gameId, minor, bundleId }: Line): AppliedRule {
  const bundle = bundleId && globalId('Game', bundleId);
  return rule(RuleKind.LINE, { game: globalId('Game', gameId), minor, bundle });
}
