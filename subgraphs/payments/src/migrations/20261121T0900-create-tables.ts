import { EVENT_TABLES } from '@gamegraph/subgraph-kit';
import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: all tables are new. */
export class CreateTables extends Migration {
  override up(): void {
    for (const statement of EVENT_TABLES) this.addSql(statement);
    this.createLedger();
    this.addSql(`CREATE TABLE game_copy (
      id uuid PRIMARY KEY,
      title text NOT NULL,
      state text NOT NULL,
      prices jsonb NOT NULL,
      discounts jsonb NOT NULL,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL
    )`);
    this.addSql(`CREATE TABLE user_copy (
      id uuid PRIMARY KEY,
      handle text NOT NULL,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL
    )`);
    this.addSql(`CREATE TABLE top_up (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      wallet_id uuid NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED,
      currency text NOT NULL,
      minor bigint NOT NULL CHECK (minor > 0),
      state text NOT NULL,
      reason text,
      created_at timestamptz NOT NULL,
      asked_at timestamptz NOT NULL
    )`);
    this.addSql(`CREATE INDEX top_up_pending ON top_up (asked_at) WHERE state = 'PENDING'`);
    this.addSql(`CREATE TABLE provider_event (
      id text PRIMARY KEY,
      received_at timestamptz NOT NULL
    )`);
    this.addSql('CREATE INDEX provider_event_received_at ON provider_event (received_at)');
    this.addSql(`CREATE TABLE quote (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      game_id uuid NOT NULL,
      region text NOT NULL,
      currency text NOT NULL,
      base_minor bigint NOT NULL,
      discount_percent int NOT NULL,
      minor bigint NOT NULL CHECK (minor BETWEEN 0 AND base_minor),
      expires_at timestamptz NOT NULL
    )`);
    this.addSql('CREATE INDEX quote_expires_at ON quote (expires_at)');
    this.addSql(`CREATE TABLE game_order (
      id uuid PRIMARY KEY,
      buyer_id uuid NOT NULL,
      game_id uuid NOT NULL,
      wallet_id uuid REFERENCES account DEFERRABLE INITIALLY DEFERRED,
      currency text NOT NULL,
      minor bigint NOT NULL CHECK (minor >= 0),
      state text NOT NULL,
      reason text,
      created_at timestamptz NOT NULL,
      completed_at timestamptz,
      asked_at timestamptz NOT NULL,
      CHECK ((minor = 0) = (wallet_id IS NULL))
    )`);
    this.addSql('CREATE INDEX game_order_buyer_id ON game_order (buyer_id, created_at DESC, id)');
    this.addSql('CREATE INDEX game_order_created_at ON game_order (created_at DESC, id)');
    this.addSql('CREATE INDEX game_order_game_id ON game_order (game_id)');
    this.addSql(`CREATE INDEX game_order_asked_at ON game_order (asked_at) WHERE state = 'HELD'`);
    this.addSql(`CREATE INDEX game_order_held ON game_order (wallet_id) WHERE state = 'HELD'`);
    this.addSql(`CREATE TABLE idempotency_key (
      user_id uuid,
      mutation text,
      key text,
      fingerprint text NOT NULL,
      outcome jsonb NOT NULL,
      created_at timestamptz NOT NULL,
      PRIMARY KEY (user_id, mutation, key)
    )`);
    this.addSql('CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at)');
  }

  private createLedger(): void {
    // Wallets belong to users and holds to orders, whose id they have: neither may go below zero. What comes in from the
    // provider (CLEARING) and what is earned (REVENUE) have one account for each currency.
    this.addSql(`CREATE TABLE account (
      id uuid PRIMARY KEY,
      kind text NOT NULL CHECK (kind IN ('WALLET', 'HOLD', 'CLEARING', 'REVENUE')),
      currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
      user_id uuid,
      input bigint NOT NULL DEFAULT 0,
      output bigint NOT NULL DEFAULT 0,
      UNIQUE (id, currency),
      UNIQUE (user_id, currency),
      CHECK ((kind = 'WALLET') = (user_id IS NOT NULL)),
      CONSTRAINT account_not_below_zero CHECK (kind IN ('CLEARING', 'REVENUE') OR input >= output)
    ) WITH (fillfactor = 60)`);
    this.addSql(
      `CREATE UNIQUE INDEX account_of_platform ON account (kind, currency) WHERE kind IN ('CLEARING', 'REVENUE')`,
    );
    // One row is one debit and one equal credit, so the book always balances.
    this.addSql(`CREATE TABLE transfer (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      op uuid NOT NULL UNIQUE,
      src uuid NOT NULL,
      dst uuid NOT NULL,
      currency text NOT NULL,
      minor bigint NOT NULL CHECK (minor > 0),
      kind text NOT NULL CHECK (kind IN ('TOP_UP', 'HOLD', 'CAPTURE', 'RELEASE', 'REFUND')),
      ref uuid NOT NULL,
      at timestamptz NOT NULL,
      src_balance bigint,
      dst_balance bigint,
      CHECK (src <> dst),
      FOREIGN KEY (src, currency) REFERENCES account (id, currency),
      FOREIGN KEY (dst, currency) REFERENCES account (id, currency)
    )`);
    this.addSql('CREATE UNIQUE INDEX one_of_each_kind ON transfer (ref, kind)');
    this.addSql(
      `CREATE UNIQUE INDEX one_terminal_per_hold ON transfer (ref) WHERE kind IN ('CAPTURE', 'RELEASE')`,
    );
    this.addSql('CREATE INDEX transfer_src ON transfer (src, id DESC)');
    this.addSql('CREATE INDEX transfer_dst ON transfer (dst, id DESC)');
    this.addSql(
      `CREATE INDEX transfer_revenue ON transfer (currency, at) WHERE kind IN ('CAPTURE', 'REFUND')`,
    );
    this.addSql(`CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'A transfer never changes; what was wrong is made good by another.';
      END $$`);
    this.addSql(`CREATE TRIGGER transfer_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    // All purchases of a currency meet at its platform accounts, whose rows are therefore not touched by them: what is
    // posted there is kept here, until a job adds it to the row.
    this.addSql(`CREATE TABLE account_change (
      transfer_id bigint,
      account_id uuid REFERENCES account,
      input bigint NOT NULL,
      output bigint NOT NULL,
      PRIMARY KEY (transfer_id, account_id)
    )`);
    this.addSql(`CREATE FUNCTION post(
        p_op uuid, p_src uuid, p_dst uuid, p_currency text, p_minor bigint, p_kind text, p_ref uuid, p_at timestamptz
      ) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        v_src_balance bigint;
        v_dst_balance bigint;
        v_transfer_id bigint;
      BEGIN
        -- In the order of ids, whichever way the money goes, so that no two wait for each other.
        PERFORM 1 FROM account WHERE id IN (p_src, p_dst) AND kind IN ('WALLET', 'HOLD')
          ORDER BY id FOR NO KEY UPDATE;
        UPDATE account SET output = output + p_minor WHERE id = p_src AND kind IN ('WALLET', 'HOLD')
          RETURNING input - output INTO v_src_balance;
        UPDATE account SET input = input + p_minor WHERE id = p_dst AND kind IN ('WALLET', 'HOLD')
          RETURNING input - output INTO v_dst_balance;
        INSERT INTO transfer (op, src, dst, currency, minor, kind, ref, at, src_balance, dst_balance)
          VALUES (p_op, p_src, p_dst, p_currency, p_minor, p_kind, p_ref, p_at, v_src_balance, v_dst_balance)
          RETURNING id INTO v_transfer_id;
        INSERT INTO account_change
          SELECT v_transfer_id, id, CASE id WHEN p_dst THEN p_minor ELSE 0 END, CASE id WHEN p_src THEN p_minor ELSE 0 END
          FROM account WHERE id IN (p_src, p_dst) AND kind IN ('CLEARING', 'REVENUE');
      END $$`);
  }
}
