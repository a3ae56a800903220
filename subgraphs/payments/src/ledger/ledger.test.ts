import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { query, transact } from '@gamegraph/subgraph-kit';
import { until } from '@gamegraph/test-support';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { OPERATOR, type TestPayments, testPayments, uuidIn } from '../testing.js';
import { rollUp } from './ledger.js';

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

const run = (statement: RawBuilder<unknown>) => query<never>(graph.em(), statement);

async function givenWallet(minor: string, currency = 'EUR'): Promise<string> {
  const topUp = await graph.topUp(graph.givenUser(), minor, currency);
  return uuidIn(topUp.wallet.id);
}

const post = (
  src: string,
  dst: string,
  currency: string,
  minor: number,
  kind = 'HOLD',
  ref = uuidv7(),
  em: EntityManager = graph.em(),
) =>
  query(
    em,
    sql`SELECT post(${uuidv7()}, ${ref}, ${currency}, now(), ${[kind]}::text[], ${[src]}::uuid[], ${[dst]}::uuid[],
    ${[minor]}::bigint[], ARRAY[NULL]::uuid[])`,
  );

describe('a transfer', () => {
  it('never changes, and never goes', async () => {
    await givenWallet('100');
    const attempts = [
      sql`UPDATE transfer SET minor = minor + 1`,
      sql`UPDATE transfer SET minor = 1 WHERE false`,
      sql`DELETE FROM transfer`,
      sql`TRUNCATE transfer`,
      sql`TRUNCATE account CASCADE`,
    ];
    for (const attempt of attempts) await assert.rejects(run(attempt), /A transfer never changes/);
    await graph.assertBalanced();
  });

  it('takes no more than there is, and something', async () => {
    const [one, other] = [await givenWallet('100'), await givenWallet('100')];
    await assert.rejects(post(one, other, 'EUR', 101), /account_not_below_zero/);
    await assert.rejects(post(one, other, 'EUR', 0), /check constraint/);
    await assert.rejects(post(one, other, 'EUR', -1), /check constraint/);
    await assert.rejects(post(one, one, 'EUR', 1), /check constraint/);
    await graph.assertBalanced();
  });

  it('is of a kind that there is, as is an account', async () => {
    const [one, other] = [await givenWallet('100'), await givenWallet('100')];
    await assert.rejects(post(one, other, 'EUR', 1, 'GIFT'), /transfer_is_sound/);
    const strange = [
      sql`SELECT open_account(${uuidv7()}, 'SAFE', 'EUR', NULL, NULL)`,
      sql`SELECT open_account(${uuidv7()}, 'HOLD', 'eur', NULL, NULL)`,
      sql`SELECT open_account(${uuidv7()}, 'HOLD', 'EUR', ${uuidv7()}, NULL)`,
      sql`SELECT open_account(${uuidv7()}, 'DEBT', 'EUR', NULL, NULL)`,
      sql`UPDATE account SET kind = 'SAFE' WHERE id = ${one}`,
    ];
    for (const account of strange) await assert.rejects(run(account), /account_is_sound/);
    await graph.assertBalanced();
  });

  it('stays within one currency, and between accounts that there are', async () => {
    const [euros, yen] = [await givenWallet('100'), await givenWallet('100', 'JPY')];
    await assert.rejects(post(euros, yen, 'EUR', 1), /foreign key/);
    await assert.rejects(post(euros, yen, 'JPY', 1), /foreign key/);
    await assert.rejects(post(euros, uuidv7(), 'EUR', 1), /foreign key/);
    await graph.assertBalanced();
  });

  it('ends a hold once and wholly, and is made once of each kind for the same thing', async () => {
    const [one, other, ref] = [await givenWallet('100'), await givenWallet('100'), uuidv7()];
    const change = (by: number) =>
      run(sql`UPDATE account SET input = input + ${by} WHERE id = ${ref}`);
    await run(sql`SELECT open_account(${ref}, 'HOLD', 'EUR', NULL, NULL)`);
    await post(one, ref, 'EUR', 10, 'HOLD', ref);
    await assert.rejects(post(one, ref, 'EUR', 10, 'HOLD', ref), /one_of_each_kind/);
    await assert.rejects(post(ref, other, 'EUR', 9, 'CAPTURE', ref), /hold_ends_wholly/);
    await assert.rejects(post(one, other, 'EUR', 10, 'CAPTURE', ref), /takes_from_what_it_ends/);
    await post(ref, other, 'EUR', 10, 'CAPTURE', ref);
    await change(10); // as if there were something left, so that only the ends are in the way
    await assert.rejects(post(ref, other, 'EUR', 10, 'RELEASE', ref), /one_terminal_per_hold/);
    await assert.rejects(post(ref, other, 'EUR', 10, 'CAPTURE', ref), /one_/);
    await change(-10);
    await graph.assertBalanced();
  });

  it('waits for no hold that another transaction is about to make', async () => {
    const [one, other, ref] = [await givenWallet('100'), await givenWallet('100'), uuidv7()];
    let capture: Promise<Error | undefined> | undefined;
    await transact(graph.em(), async tx => {
      await query(tx, sql`SELECT 1 FROM account WHERE id = ${other} FOR UPDATE`);
      await post(one, ref, 'EUR', 10, 'HOLD', ref, tx);
      capture = post(ref, other, 'EUR', 10, 'CAPTURE', ref).then(
        () => undefined,
        (error: Error) => error,
      );
      const waiting = sql`SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await until('it has looked for the hold', async () => (await run(waiting)).length > 0);
    });
    assert.match(String(await capture), /leg_has_accounts/);
    await graph.assertBalanced();
    await post(ref, other, 'EUR', 10, 'CAPTURE', ref);
    await graph.assertBalanced();
  });

  it('goes both ways between two wallets at once without waiting for ever', async () => {
    const [one, other] = [await givenWallet('100'), await givenWallet('100')];
    const ways = Array.from({ length: 20 }, (_, n) => (n % 2 ? [one, other] : [other, one]));
    await Promise.all(ways.map(([src, dst]) => post(src!, dst!, 'EUR', 1)));
    const balances = sql`SELECT input - output AS balance FROM account WHERE id IN (${one}, ${other})`;
    assert.deepEqual(await run(balances), [{ balance: '100' }, { balance: '100' }]);
    await graph.assertBalanced();
  });
});

describe('auditing the ledger', () => {
  const AUDIT = `{ ledgerAudit { sums { minor currency } differences { accountId kind balance { minor } transferred { minor } } } }`;

  it('finds an account that is not what its transfers say', async () => {
    const accountId = await givenWallet('100', 'CHF');
    const change = (by: number) =>
      run(sql`UPDATE account SET input = input + ${by} WHERE id = ${accountId}`);
    await change(7);
    const { ledgerAudit } = await graph.data(AUDIT, {}, OPERATOR);
    await change(-7);
    const sum = ledgerAudit.sums.find(({ currency }: { currency: string }) => currency === 'CHF');
    assert.equal(sum.minor, '7');
    assert.deepEqual(ledgerAudit.differences, [
      { accountId, kind: 'WALLET', balance: { minor: '107' }, transferred: { minor: '100' } },
    ]);
    await graph.assertBalanced();
  });

  it('is for the operator', async () => {
    assert.equal(await graph.code(AUDIT), 'UNAUTHENTICATED');
    assert.equal(await graph.code(AUDIT, {}, graph.givenUser().by), 'FORBIDDEN');
  });
});

describe("rolling up the platform's accounts", () => {
  it('adds to their rows what was posted, once, also when two do it at once', async () => {
    const user = await graph.givenPayer('5000', 'SEK');
    await graph.givenPurchase(user, await graph.givenGame('1999', 'SEK'));
    const platform = sql`SELECT kind, input, output FROM account
      WHERE kind IN ('CLEARING', 'REVENUE') AND currency = 'SEK' ORDER BY kind`;
    assert.deepEqual(await run(platform), [
      { kind: 'CLEARING', input: '0', output: '0' },
      { kind: 'REVENUE', input: '0', output: '0' },
    ]);
    await graph.assertBalanced();
    await Promise.all([rollUp(graph.em()), rollUp(graph.em()), rollUp(graph.em())]);
    assert.deepEqual(await run(platform), [
      { kind: 'CLEARING', input: '0', output: '5000' },
      { kind: 'REVENUE', input: '1999', output: '1399' }, // the studio's share is 70 %
    ]);
    assert.deepEqual(await run(sql`SELECT * FROM account_change`), []);
    await graph.assertBalanced();
  });
});
