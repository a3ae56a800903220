import { query, transact } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { Payment } from '../payment/payment.entity.js';
import type { Charge, PaymentProvider } from '../top-up/provider/payment-provider.js';
import { PaymentMismatch, PaymentMismatchKind } from './payment-mismatch.entity.js';

const MINUTE_MS = 60_000;
/** What was begun later than this may be under way. */
const FRESH_MS = 15 * MINUTE_MS;
/** The job looks back so far: it runs each hour, so that everything is compared a day long. */
const BACK_MS = 26 * 60 * MINUTE_MS;
/** The provider's clock need not be ours. */
const SKEW_MS = 10 * MINUTE_MS;
const PAGES_MAX = 10_000;
const REFUSED_MAX = 1_000;

interface Ours {
  key: string;
  reference: string | null;
  state: string;
  currency: string;
  minor: string;
  refunded_minor: string;
  created_at: string;
}

/** Our charges of whichever kind. */
const OURS = sql`(
  SELECT id AS key, reference, state, currency, minor, refunded_minor, created_at FROM payment UNION ALL
  SELECT id, reference, CASE state WHEN 'CHARGED_BACK' THEN 'CAPTURED' ELSE state END, currency, minor, 0, created_at
  FROM top_up) AS ours`;

/** The job: compares what was begun in the last day, but for what is fresh. */
export function reconcileLately(
  em: EntityManager,
  provider: PaymentProvider,
  now: Date,
): Promise<number> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  return reconcile(em, provider, { from: before(BACK_MS), to: before(FRESH_MS) }, now);
}

/**
 * Compares the provider's report of a time with what we have of it, and keeps what differs, in place of what differed when
 * that time was compared before; and all refunds that were refused, whenever that was. Returns how many charges were
 * compared.
 */
export async function reconcile(
  em: EntityManager,
  provider: PaymentProvider,
  { from, to }: { from: Date; to: Date },
  now: Date,
): Promise<number> {
  const shifted = (at: Date, ms: number) => new Date(at.getTime() + ms);
  const mismatches: PaymentMismatch[] = [];
  const seen = new Set<string>();
  let [cursor, count] = [null as string | null, 0];
  for (let page = 0; page < PAGES_MAX; page++) {
    const { charges, next } = await provider.list(
      shifted(from, -SKEW_MS),
      shifted(to, SKEW_MS),
      cursor,
    );
    const ours = await oursOf(em, charges);
    for (const charge of charges) {
      const one = charge.key === null ? undefined : ours.get(charge.key);
      if (one) seen.add(one.key);
      const at = one ? new Date(one.created_at) : charge.createdAt;
      if (at < from || at >= to) continue;
      count++;
      const kind = kindOf(one, charge);
      if (kind) mismatches.push(mismatchOf(kind, at, now, one, charge));
    }
    cursor = next;
    if (cursor === null) break;
  }
  const began = await query<Ours>(
    em,
    sql`SELECT * FROM ${OURS} WHERE created_at >= ${from} AND created_at < ${to}
          AND (reference IS NOT NULL OR state NOT IN ('PENDING', 'DECLINED'))`,
  );
  for (const one of began.filter(({ key }) => !seen.has(key))) {
    count++;
    const at = new Date(one.created_at);
    mismatches.push(mismatchOf(PaymentMismatchKind.UNKNOWN_THERE, at, now, one));
  }
  await transact(em, async tx => {
    await query(
      tx,
      sql`DELETE FROM payment_mismatch
          WHERE charged_at >= ${from} AND charged_at < ${to} OR kind = ${PaymentMismatchKind.REFUND_REFUSED}`,
    );
    const refused = { refundFault: { $ne: null } };
    const payments = await tx.find(Payment, refused, { limit: REFUSED_MAX });
    tx.persist([
      ...mismatches,
      ...payments.map(payment => PaymentMismatch.ofRefusedRefund(payment, now)),
    ]);
  });
  return count;
}

async function oursOf(em: EntityManager, charges: Charge[]): Promise<Map<string, Ours>> {
  const keys = charges.flatMap(({ key }) => key ?? []);
  const rows = await query<Ours>(
    em,
    sql`SELECT * FROM ${OURS} WHERE key::text = ANY(${keys}::text[])`,
  );
  return new Map(rows.map(row => [row.key, row]));
}

function kindOf(ours: Ours | undefined, { state, amount, refundedMinor }: Charge) {
  if (!ours) return PaymentMismatchKind.UNKNOWN_HERE;
  if (ours.currency !== amount.currency || BigInt(ours.minor) !== amount.minor)
    return PaymentMismatchKind.AMOUNT;
  if (ours.state !== state.toUpperCase()) return PaymentMismatchKind.STATE;
  return BigInt(ours.refunded_minor) === refundedMinor ? undefined : PaymentMismatchKind.REFUND;
}

function mismatchOf(
  kind: PaymentMismatchKind,
  chargedAt: Date,
  foundAt: Date,
  ours?: Ours,
  theirs?: Charge,
): PaymentMismatch {
  const isRefund = kind === PaymentMismatchKind.REFUND;
  const ourMinor = isRefund ? ours?.refunded_minor : ours?.minor;
  const theirMinor = isRefund ? theirs?.refundedMinor : theirs?.amount.minor;
  return Object.assign(new PaymentMismatch(), {
    ...{ kind, chargedAt, foundAt },
    key: ours?.key ?? theirs?.key ?? null,
    reference: theirs?.reference ?? ours?.reference ?? null,
    ourState: ours?.state ?? null,
    theirState: theirs?.state.toUpperCase() ?? null,
    ourCurrency: ours?.currency ?? null,
    ourMinor: ourMinor === undefined ? null : BigInt(ourMinor),
    theirCurrency: theirs?.amount.currency ?? null,
    theirMinor: theirMinor ?? null,
  });
}
