import { Money, money, query, RequiresScopes } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Ctx, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import type { PaymentsContext } from '../context.js';

const DIFFERENCES_MAX = 100;

@ObjectType({ description: 'An account whose row is not what its transfers add up to.' })
class LedgerDifference {
  @Field(() => ID, { description: "The account's own id in the ledger, not a global one." })
  accountId!: string;

  @Field(() => String, { description: 'WALLET, HOLD, CLEARING or REVENUE.' })
  kind!: string;

  @Field(() => Money, { description: 'What the row says.' })
  balance!: Money;

  @Field(() => Money, { description: 'What its transfers add up to.' })
  transferred!: Money;
}

@ObjectType({ description: 'Whether the book balances.' })
class LedgerAudit {
  @Field(() => [Money], {
    description: 'All accounts of each currency together, wallets and the platform’s: zero.',
  })
  sums!: Money[];

  @Field(() => [LedgerDifference], {
    description: `Accounts that are not what their transfers say, ${DIFFERENCES_MAX} at most: none.`,
  })
  differences!: LedgerDifference[];
}

/** Every account as its row has it (with what the job has not added to it yet), and as its transfers have it. */
const ACCOUNTS = sql`(
  SELECT account.id, kind, currency,
    input + coalesce(changed_input, 0) AS input, output + coalesce(changed_output, 0) AS output,
    coalesce(moved_input, 0) AS moved_input, coalesce(moved_output, 0) AS moved_output
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
) AS a`;

@Resolver()
export class LedgerAuditResolver {
  @Query(() => LedgerAudit, {
    description: 'Adds up the whole ledger. It reads every transfer, so it is not for a dashboard.',
  })
  @RequiresScopes('payments:operate')
  async ledgerAudit(@Ctx() { em }: PaymentsContext): Promise<LedgerAudit> {
    const sums = await query<{ currency: string; sum: string }>(
      em,
      sql`SELECT currency, sum(input - output) FROM ${ACCOUNTS} GROUP BY currency ORDER BY currency`,
    );
    const differences = await query<{
      accountId: string;
      kind: string;
      currency: string;
      balance: string;
      transferred: string;
    }>(
      em,
      sql`SELECT id AS "accountId", kind, currency, input - output AS balance, moved_input - moved_output AS transferred
          FROM ${ACCOUNTS} WHERE (input, output) <> (moved_input, moved_output) ORDER BY id LIMIT ${DIFFERENCES_MAX}`,
    );
    return {
      sums: sums.map(({ sum, currency }) => money(sum, currency)),
      differences: differences.map(({ currency, balance, transferred, ...account }) => ({
        ...account,
        balance: money(balance, currency),
        transferred: money(transferred, currency),
      })),
    };
  }
}
