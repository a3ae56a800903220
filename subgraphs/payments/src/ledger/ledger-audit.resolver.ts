import { Money, money, query, RequiresScopes } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { auditChain, headOf, unsealed } from './seal.js';

const DIFFERENCES_MAX = 100;
const SEALS_BUDGET_MS = 5_000;

@ObjectType({ description: 'An account whose row is not what its transfers add up to.' })
class LedgerDifference {
  @Field(() => ID, { description: "The account's own id in the ledger, not a global one." })
  accountId!: string;

  @Field(() => String, { description: 'WALLET, HOLD, ESCROW, DEBT, CLEARING, REVENUE or STUDIO.' })
  kind!: string;

  @Field(() => Money, { description: 'What the row says.' })
  balance!: Money;

  @Field(() => Money, { description: 'What its transfers add up to.' })
  transferred!: Money;
}

@ObjectType({ description: 'The last seal: it depends on every transfer that was sealed so far.' })
class LedgerHead {
  @Field(() => Int)
  n!: number;

  @Field(() => String, {
    description:
      'SHA-256, in hex, as the log has it at that time. Another one there: the chain was written anew.',
  })
  hash!: string;

  @Field(() => Date)
  sealedAt!: Date;
}

@ObjectType({
  description:
    'Whether the seals fit their transfers. Each seal is the hash of the one before it and of some transfers.',
})
class LedgerSeals {
  @Field(() => Int, { description: 'How many seals were compared.' })
  checked!: number;

  @Field(() => [Int], {
    description: 'Seals that do not fit: a transfer that they vouch for is not as it was.',
  })
  broken!: number[];

  @Field(() => Int, { description: 'The last that was compared: give it as `after` to go on.' })
  upTo!: number;

  @Field(() => Boolean, { description: 'Whether that was the last there is.' })
  isComplete!: boolean;
}

/** Nothing of it is kept: each of its fields is found when it is asked for. */
@ObjectType({
  description:
    'Whether the book balances, and is as it was written. Only what is asked for is looked at.',
})
// oxlint-disable-next-line typescript/no-extraneous-class
class LedgerAudit {}

/** Every account as its row has it (with what the job has not added to it yet), and as its transfers have it. */
const ACCOUNTS = sql`(
  SELECT account.id, kind, currency,
    input + coalesce(changed_input, 0) AS input, output + coalesce(changed_output, 0) AS output,
    coalesce(moved_input, 0) AS moved_input, coalesce(moved_output, 0) AS moved_output,
    refundable, coalesce(moved_refundable, 0) AS moved_refundable
  FROM account
  LEFT JOIN (
    SELECT account_id AS id, sum(input) AS changed_input, sum(output) AS changed_output
    FROM account_change GROUP BY account_id
  ) AS changed USING (id)
  LEFT JOIN (
    SELECT id, sum(input) AS moved_input, sum(output) AS moved_output FROM (
      SELECT dst AS id, minor AS input, 0 AS output FROM transfer UNION ALL SELECT src, 0, minor FROM transfer
    ) AS side GROUP BY id
  ) AS moved USING (id)
  LEFT JOIN (
    SELECT ref AS id, sum(CASE transfer.kind WHEN 'CAPTURE' THEN minor ELSE -minor END) AS moved_refundable
    FROM transfer JOIN account AS source ON source.id = src
    WHERE transfer.kind IN ('CAPTURE', 'REFUND')
      OR (transfer.kind = 'CHARGEBACK' AND source.kind NOT IN ('WALLET', 'DEBT'))
    GROUP BY ref
  ) AS sold USING (id)
) AS a`;

@Resolver(() => LedgerAudit)
export class LedgerAuditResolver {
  @Query(() => LedgerAudit, { description: 'Looks whether the ledger is right.' })
  @RequiresScopes('payments:operate')
  ledgerAudit(): LedgerAudit {
    return new LedgerAudit();
  }

  @FieldResolver(() => [Money], {
    description:
      'All accounts of each currency together, wallets and the platform’s: zero. It reads every transfer, so it is not for a dashboard.',
  })
  async sums(@Ctx() { em }: PaymentsContext) {
    const sums = await query<{ currency: string; sum: string }>(
      em,
      sql`SELECT currency, sum(input - output) FROM ${ACCOUNTS} GROUP BY currency ORDER BY currency`,
    );
    return sums.map(({ sum, currency }) => money(sum, currency));
  }

  @FieldResolver(() => [LedgerDifference], {
    description: `Accounts that are not what their transfers say, ${DIFFERENCES_MAX} at most: none. It reads every transfer.`,
  })
  async differences(@Ctx() { em }: PaymentsContext): Promise<LedgerDifference[]> {
    const differences = await query<{
      accountId: string;
      kind: string;
      currency: string;
      balance: string;
      transferred: string;
    }>(
      em,
      sql`SELECT id AS "accountId", kind, currency, input - output AS balance, moved_input - moved_output AS transferred
          FROM ${ACCOUNTS} WHERE (input, output, refundable) <> (moved_input, moved_output, moved_refundable)
          ORDER BY id LIMIT ${DIFFERENCES_MAX}`,
    );
    return differences.map(({ currency, balance, transferred, ...account }) => ({
      ...account,
      balance: money(balance, currency),
      transferred: money(transferred, currency),
    }));
  }

  @FieldResolver(() => LedgerSeals, {
    description: `Compares seals with their transfers, for ${SEALS_BUDGET_MS / 1000} seconds; \`upTo\` goes on.`,
  })
  seals(
    @Arg('after', () => Int, { defaultValue: 0, description: 'Only seals behind this one.' })
    after: number,
    @Ctx() { em }: PaymentsContext,
  ): Promise<LedgerSeals> {
    return auditChain(em, after, SEALS_BUDGET_MS);
  }

  @FieldResolver(() => LedgerHead, { nullable: true, description: 'Null before the first.' })
  head(@Ctx() { em }: PaymentsContext): Promise<LedgerHead | undefined> {
    return headOf(em);
  }

  @FieldResolver(() => Int, {
    description: 'How many transfers are not sealed yet: those of the last seconds.',
  })
  unsealed(@Ctx() { em }: PaymentsContext): Promise<number> {
    return unsealed(em);
  }
}
