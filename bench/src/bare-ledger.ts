import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

export const CURRENCY = 'EUR';
const PRICE = 10;

/** The platform's account, whose row every transfer updates, and the one that is only appended to. */
const UPDATED = '00000000-0000-7000-8000-000000000000';
const APPENDED = '00000000-0000-7000-8000-000000000001';

// What designs of a ledger were compared by before this one was built, in its variant that won: one call of one
// function is one transfer and one transaction. It keeps balances, which are not below zero, of accounts that there are;
// it knows no operations, no shares, no holds that end once, no refunds, debts or seals, and has no index but its keys.
const TABLES = `
  CREATE SCHEMA bare;
  CREATE TABLE bare.account (
    id uuid PRIMARY KEY, currency text NOT NULL, is_appended boolean NOT NULL DEFAULT false,
    input bigint NOT NULL DEFAULT 0, output bigint NOT NULL DEFAULT 0,
    UNIQUE (id, currency), CHECK (input >= output OR is_appended)
  ) WITH (fillfactor = 60);
  CREATE TABLE bare.transfer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, op uuid NOT NULL, src uuid NOT NULL, dst uuid NOT NULL,
    currency text NOT NULL, minor bigint NOT NULL CHECK (minor > 0), at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (src <> dst), FOREIGN KEY (src, currency) REFERENCES bare.account (id, currency),
    FOREIGN KEY (dst, currency) REFERENCES bare.account (id, currency)
  );
  CREATE FUNCTION bare.post(p_src uuid, p_dst uuid, p_minor bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM 1 FROM bare.account WHERE id IN (p_src, p_dst) AND NOT is_appended ORDER BY id FOR NO KEY UPDATE;
    UPDATE bare.account SET output = output + p_minor WHERE id = p_src AND NOT is_appended;
    UPDATE bare.account SET input = input + p_minor WHERE id = p_dst AND NOT is_appended;
    INSERT INTO bare.transfer (op, src, dst, currency, minor)
      VALUES (gen_random_uuid(), p_src, p_dst, '${CURRENCY}', p_minor);
  END $$;
  CREATE FUNCTION bare.hold(p_wallet uuid, p_order uuid, p_minor bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO bare.account (id, currency) VALUES (p_order, '${CURRENCY}');
    PERFORM bare.post(p_wallet, p_order, p_minor);
  END $$`;

export async function makeBareLedger(
  client: pg.Client,
  walletIds: string[],
  balance: number,
): Promise<void> {
  await client.query(TABLES);
  await client.query(
    `INSERT INTO bare.account (id, currency, is_appended, input)
     SELECT id, $2, id = $3, $4 FROM unnest($1::uuid[]) AS id`,
    [[...walletIds, UPDATED, APPENDED], CURRENCY, APPENDED, balance],
  );
}

/** From a wallet to the platform. */
export function transferOnce(
  client: pg.Client,
  walletId: string,
  platform: 'updated' | 'appended',
): Promise<unknown> {
  return call(client, 'post', walletId, platform === 'updated' ? UPDATED : APPENDED);
}

/** From a wallet to the hold of an order, and from there to the platform. */
export async function purchaseBare(
  client: pg.Client,
  walletId: string,
  inTransaction: (step: () => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  const orderId = uuidv7();
  await inTransaction(() => call(client, 'hold', walletId, orderId));
  await inTransaction(() => call(client, 'post', orderId, APPENDED));
}

const call = (client: pg.Client, step: 'post' | 'hold', src: string, dst: string) =>
  client.query(`SELECT bare.${step}($1, $2, $3)`, [src, dst, PRICE]);
