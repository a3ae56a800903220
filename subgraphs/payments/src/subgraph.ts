import {
  order,
  orderPartRefunded,
  paymentProcessed,
  paymentRefunded,
  purchaseHeld,
  purchaseRefused,
  purchaseReversed,
  refundRefused,
  refundRequested,
} from '@gamegraph/event-contracts';
import {
  announce,
  buildSubgraph,
  defineSource,
  forgetOldKeys,
  type SubgraphDefinition,
} from '@gamegraph/subgraph-kit';
import { providerOf } from './config.js';
import { Escrow } from './escrow/escrow.entity.js';
import { endAtDeadline } from './escrow/escrow.process.js';
import { EscrowResolver } from './escrow/escrow.resolver.js';
import { ExplainResolver } from './explain/explain.resolver.js';
import { Posting } from './explain/explanation.type.js';
import { GameCopy, gameCopy } from './game/game.projection.js';
import { Invoice } from './invoice/invoice.entity.js';
import { issueInvoices } from './invoice/invoice.process.js';
import { OrderInvoicesResolver } from './invoice/invoice.resolver.js';
import { LedgerAuditResolver } from './ledger/ledger-audit.resolver.js';
import { rollUp } from './ledger/ledger.js';
import { sealTransfers } from './ledger/seal.js';
import { LicenceCopy, licenceCopy } from './licence/licence.projection.js';
import { CreateTables } from './migrations/20261121T0900-create-tables.js';
import { AddChargeReferences } from './migrations/20261121T1340-add-charge-references.js';
import { DeadLettersAndRebuilds } from './migrations/20261121T1340-dead-letters-and-rebuilds.js';
import { Ledger } from './migrations/20261121T1340-ledger.js';
import { AddPayments } from './migrations/20261121T1400-add-payments.js';
import { CreateEscrow } from './migrations/20261121T1400-escrow.js';
import { AddReconciliation } from './migrations/20261121T1415-add-reconciliation.js';
import { AddLines } from './migrations/20261121T1430-add-lines.js';
import { ArchivePositions } from './migrations/20261121T1430-archive-positions.js';
import { RefusedRefunds } from './migrations/20261122T1010-refused-refunds.js';
import { KeepPricing } from './migrations/20261122T1020-keep-pricing.js';
import { Payouts } from './migrations/20261122T1030-payouts.js';
import { Invoices } from './migrations/20261122T1040-invoices.js';
import { LedgerInOneCall } from './migrations/20261122T1050-ledger-in-one-call.js';
import { NoLegWithoutAccount } from './migrations/20261122T1110-no-leg-without-account.js';
import { Order, OrderState } from './order/order.entity.js';
import { cancelUnanswered, orderProcess } from './order/order.process.js';
import { OrderResolver, UserOrdersResolver } from './order/order.resolver.js';
import { Payment } from './payment/payment.entity.js';
import { PURSUE_PAYMENTS, pursueDue } from './payment/payment.process.js';
import { Payout } from './payout/payout.entity.js';
import { payStudios } from './payout/payout.process.js';
import { StudioMoneyResolver } from './payout/payout.resolver.js';
import { Quote } from './quote/quote.entity.js';
import { forgetOldQuotes, QuoteResolver } from './quote/quote.resolver.js';
import { PaymentMismatch } from './reconciliation/payment-mismatch.entity.js';
import { reconcileLately } from './reconciliation/reconcile.js';
import { ReconciliationResolver } from './reconciliation/reconciliation.resolver.js';
import { GameRevenue } from './revenue/game-revenue.type.js';
import { RevenueResolver } from './revenue/revenue.resolver.js';
import { StudioCopy, studioCopy } from './studio/studio.projection.js';
import { forgetOldEvents, providerRoute } from './top-up/provider.route.js';
import type { PaymentProvider } from './top-up/provider/payment-provider.js';
import { TopUp } from './top-up/top-up.entity.js';
import { reconcileTopUps } from './top-up/top-up.process.js';
import { TopUpResolver } from './top-up/top-up.resolver.js';
import { UserCopy, userCopy } from './user/user.projection.js';
import { Voucher } from './voucher/voucher.entity.js';
import { VoucherResolver } from './voucher/voucher.resolver.js';
import { WalletTransaction } from './wallet/wallet-transaction.type.js';
import { Wallet } from './wallet/wallet.entity.js';
import {
  UserWalletsResolver,
  WalletResolver,
  WalletTransactionResolver,
} from './wallet/wallet.resolver.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SEAL_EVERY_MS = 5_000;

interface Services {
  provider: PaymentProvider;
}

/** Money: the ledger, wallets, purchases and refunds, with the payment provider that brings it in. */
export function paymentsWith(
  provider: (env: NodeJS.ProcessEnv) => PaymentProvider,
): SubgraphDefinition<Services> {
  return {
    name: 'payments',
    schema: () =>
      buildSubgraph([
        WalletResolver,
        WalletTransactionResolver,
        UserWalletsResolver,
        TopUpResolver,
        QuoteResolver,
        OrderResolver,
        UserOrdersResolver,
        RevenueResolver,
        LedgerAuditResolver,
        ReconciliationResolver,
        EscrowResolver,
        VoucherResolver,
        ExplainResolver,
        StudioMoneyResolver,
        OrderInvoicesResolver,
      ]),
    entities: [
      Wallet,
      WalletTransaction,
      TopUp,
      Quote,
      Order,
      Payment,
      PaymentMismatch,
      Escrow,
      Voucher,
      Posting,
      Payout,
      Invoice,
      LicenceCopy,
      GameRevenue,
      GameCopy,
      UserCopy,
      StudioCopy,
    ],
    migrations: [
      { name: '20261121T0900-create-tables', class: CreateTables },
      { name: '20261121T1340-add-charge-references', class: AddChargeReferences },
      { name: '20261121T1340-ledger', class: Ledger },
      { name: '20261121T1400-escrow', class: CreateEscrow },
      { name: '20261121T1400-add-payments', class: AddPayments },
      { name: '20261121T1340-dead-letters-and-rebuilds', class: DeadLettersAndRebuilds },
      { name: '20261121T1415-add-reconciliation', class: AddReconciliation },
      { name: '20261121T1430-archive-positions', class: ArchivePositions },
      { name: '20261121T1430-add-lines', class: AddLines },
      { name: '20261122T1010-refused-refunds', class: RefusedRefunds },
      { name: '20261122T1020-keep-pricing', class: KeepPricing },
      { name: '20261122T1030-payouts', class: Payouts },
      { name: '20261122T1040-invoices', class: Invoices },
      { name: '20261122T1050-ledger-in-one-call', class: LedgerInOneCall },
      { name: '20261122T1110-no-leg-without-account', class: NoLegWithoutAccount },
    ],
    sources: [
      defineSource(order, Order, {
        stateOf: one => one.announced(),
        where: { state: { $ne: OrderState.PAYING } },
      }),
    ],
    projections: [gameCopy, userCopy, licenceCopy, studioCopy],
    consumers: [orderProcess],
    announcers: [
      purchaseHeld,
      paymentProcessed,
      purchaseRefused,
      purchaseReversed,
      refundRequested,
      refundRefused,
      paymentRefunded,
      orderPartRefunded,
    ].map(event => announce(event, ({ buyerId }) => [`orders:${buyerId}`])),
    services: ({ env }) => ({ provider: provider(env) }),
    routes: (parts, services) => [providerRoute(parts, services)],
    jobs: ({ log }, services) => [
      { name: 'cancel unanswered orders', everyMs: MINUTE_MS, run: cancelUnanswered },
      {
        name: 'reconcile top-ups',
        everyMs: MINUTE_MS,
        run: (em, now) => reconcileTopUps(em, { ...services, log }, now),
      },
      {
        name: PURSUE_PAYMENTS,
        everyMs: MINUTE_MS,
        run: (em, now) => pursueDue(em, { ...services, log }, now),
      },
      {
        name: 'reconcile with the provider',
        everyMs: HOUR_MS,
        run: (em, now) => reconcileLately(em, services.provider, now),
      },
      { name: 'end escrows at their deadlines', everyMs: MINUTE_MS, run: endAtDeadline },
      { name: 'issue invoices', everyMs: MINUTE_MS, run: issueInvoices },
      { name: 'pay studios', everyMs: HOUR_MS, run: payStudios },
      { name: 'roll up the ledger', everyMs: MINUTE_MS, run: rollUp },
      {
        name: 'seal the ledger',
        everyMs: SEAL_EVERY_MS,
        run: (em, now) => sealTransfers(em, log, now),
      },
      { name: 'forget old idempotency keys', everyMs: HOUR_MS, run: forgetOldKeys },
      { name: 'forget old quotes', everyMs: HOUR_MS, run: forgetOldQuotes },
      { name: 'forget old provider events', everyMs: HOUR_MS, run: forgetOldEvents },
    ],
  };
}

export const payments = paymentsWith(providerOf);
