import { Migration } from '@mikro-orm/migrations';

/** Accounts whose rows every transfer keeps up to date. What is posted to the others is added to their rows later. */
const KEPT = `('WALLET', 'HOLD', 'ESCROW', 'DEBT')`;
/** What ends a hold or an escrow, and takes from that alone. */
const ENDS = `('CAPTURE', 'RELEASE', 'ESCROW_RELEASE', 'ESCROW_REFUND', 'ESCROW_SPLIT')`;

const PLPGSQL = 'LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp';
/** Runs with the rights of the tables' owner: the ways in for a role that may only read them. */
const DOOR = `${PLPGSQL} SECURITY DEFINER`;

/** Locks and rewrites `transfer`, and locks `account` for so long. */
export class Ledger extends Migration {
  override up(): void {
    this.extendAccounts();
    this.extendTransfers();
    this.createShares();
    this.createSeals();
    this.replacePost();
    this.createDoors();
    this.giveAway();
  }

  /** DEBT is a wallet's and STUDIO a studio's (`owner_id`); an ESCROW has the id of its escrow. */
  private extendAccounts(): void {
    this.addSql(`ALTER TABLE account
      DROP CONSTRAINT account_kind_check,
      ADD CONSTRAINT account_kind_check
        CHECK (kind IN ('WALLET', 'HOLD', 'ESCROW', 'DEBT', 'CLEARING', 'REVENUE', 'STUDIO')),
      ADD COLUMN owner_id uuid,
      ADD CONSTRAINT account_has_owner CHECK ((kind IN ('DEBT', 'STUDIO')) = (owner_id IS NOT NULL)),
      DROP CONSTRAINT account_not_below_zero,
      ADD CONSTRAINT account_not_below_zero CHECK (kind NOT IN ('WALLET', 'HOLD', 'ESCROW') OR input >= output),
      ADD CONSTRAINT debt_not_above_zero CHECK (kind <> 'DEBT' OR input <= output),
      ADD COLUMN refundable bigint NOT NULL DEFAULT 0,
      ADD CONSTRAINT refunds_at_most_captured CHECK (refundable >= 0)`);
    this.addSql(
      `CREATE UNIQUE INDEX account_of_owner ON account (owner_id, kind, currency) WHERE owner_id IS NOT NULL`,
    );
    // Of a hold: what was captured, and not given back yet.
    this.addSql(`UPDATE account SET refundable = moved.minor FROM (
        SELECT ref, sum(CASE kind WHEN 'CAPTURE' THEN minor ELSE -minor END) AS minor
        FROM transfer WHERE kind IN ('CAPTURE', 'REFUND') GROUP BY ref) AS moved
      WHERE id = ref AND kind = 'HOLD'`);
    // The transfer that it belongs to refers to the account.
    this.addSql('ALTER TABLE account_change DROP CONSTRAINT account_change_account_id_fkey');
  }

  /** An operation has legs; the first (0) says what it is. `game_id`: what was sold. */
  private extendTransfers(): void {
    this.addSql('DROP TRIGGER transfer_immutable ON transfer');
    this.addSql('DROP INDEX one_of_each_kind');
    this.addSql('DROP INDEX one_terminal_per_hold');
    this.addSql(`ALTER TABLE transfer
      DROP CONSTRAINT transfer_op_key,
      DROP CONSTRAINT transfer_kind_check,
      ADD CONSTRAINT transfer_kind_check CHECK (kind IN ('TOP_UP', 'HOLD', 'CHARGE', 'CAPTURE', 'RELEASE', 'REFUND',
        'CHARGEBACK', 'SHARE', 'SHARE_BACK', 'PAYOUT', 'ESCROW', 'ESCROW_RELEASE', 'ESCROW_REFUND', 'ESCROW_SPLIT')),
      ADD COLUMN leg smallint NOT NULL DEFAULT 0,
      ADD COLUMN game_id uuid,
      ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      ADD CONSTRAINT transfer_once UNIQUE (ref, op, leg),
      ADD CONSTRAINT takes_from_what_it_ends CHECK (kind NOT IN ${ENDS} OR src = ref)`);
    this.addSql('DROP INDEX transfer_revenue');
    this.addSql(`CREATE INDEX transfer_revenue ON transfer (currency, at)
      WHERE kind IN ('CAPTURE', 'REFUND', 'CHARGEBACK') AND game_id IS NOT NULL`);
    this.addSql(`UPDATE transfer SET game_id = game_order.game_id FROM game_order
      WHERE transfer.ref = game_order.id AND kind IN ('CAPTURE', 'REFUND')`);
    this.addSql(
      `CREATE UNIQUE INDEX one_of_each_kind ON transfer (ref, kind) WHERE leg = 0 AND kind <> 'REFUND'`,
    );
    this.addSql(
      `CREATE UNIQUE INDEX one_terminal_per_hold ON transfer (ref) WHERE leg = 0 AND kind IN ${ENDS}`,
    );
    this.addSql('CREATE UNIQUE INDEX transfer_in_order ON transfer (xid, id)');
    this.addSql(`CREATE TRIGGER transfer_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }

  /** What studios have of their games' prices, in versions that are agreed ahead; without a studio: of all others. */
  private createShares(): void {
    this.addSql('ALTER TABLE game_copy ADD COLUMN studio_id uuid');
    this.addSql(`CREATE TABLE revenue_share (
      version int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      studio_id uuid,
      studio_bps int NOT NULL CHECK (studio_bps BETWEEN 0 AND 10000),
      valid_from timestamptz NOT NULL,
      made_by uuid,
      made_at timestamptz NOT NULL,
      CHECK (valid_from >= made_at)
    )`);
    this.addSql(
      'CREATE INDEX revenue_share_studio_id ON revenue_share (studio_id, valid_from DESC, version DESC)',
    );
    this.addSql(
      `INSERT INTO revenue_share (studio_bps, valid_from, made_at) VALUES (7000, '2000-01-01Z', '2000-01-01Z')`,
    );
    this.addSql(`CREATE TRIGGER revenue_share_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON revenue_share
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }

  /**
   * A seal vouches for the transfers since the seal before it, up to (last_xid, last_id). Ids are not drawn in the order
   * of commits; but of transactions that are older than all that still run nothing more will come, so that in the order
   * of (xid, id) everything before that horizon is complete.
   */
  private createSeals(): void {
    this.addSql(`CREATE TABLE seal (
      n bigint PRIMARY KEY,
      hash bytea NOT NULL,
      count int NOT NULL CHECK (count > 0),
      last_xid xid8 NOT NULL,
      last_id bigint NOT NULL,
      sealed_at timestamptz NOT NULL
    )`);
    this.addSql(`CREATE TRIGGER seal_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON seal
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    this.addSql(`CREATE FUNCTION seal_hash(p_previous bytea, p_lines text) RETURNS bytea LANGUAGE sql IMMUTABLE
      RETURN sha256(p_previous || convert_to(p_lines, 'UTF8'))`);
    this.addSql(`CREATE FUNCTION transfer_line(t transfer) RETURNS text LANGUAGE sql STABLE
      RETURN concat_ws('|', t.id, t.op, t.leg, t.src, t.dst, t.currency, t.minor, t.kind, t.ref, extract(epoch FROM t.at),
        t.xid, coalesce(t.src_balance::text, '-'), coalesce(t.dst_balance::text, '-'), coalesce(t.game_id::text, '-'))`);
    this.addSql(`CREATE FUNCTION seal_transfers(p_max int, p_at timestamptz) RETURNS SETOF seal ${DOOR} AS $$
      DECLARE
        v_head seal;
      BEGIN
        LOCK TABLE seal IN SHARE ROW EXCLUSIVE MODE;
        SELECT * INTO v_head FROM seal ORDER BY n DESC LIMIT 1;
        RETURN QUERY
          WITH batch AS (
            SELECT t, xid, id FROM transfer AS t
            WHERE (xid, id) > (coalesce(v_head.last_xid, '0'), coalesce(v_head.last_id, 0))
              AND xid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY xid, id LIMIT p_max
          )
          INSERT INTO seal AS made
          SELECT coalesce(v_head.n, 0) + 1,
            seal_hash(coalesce(v_head.hash, ''), string_agg(transfer_line(t), E'\\n' ORDER BY xid, id)),
            count(*), max(xid), (array_agg(id ORDER BY xid DESC, id DESC))[1], p_at
          FROM batch HAVING count(*) > 0
          RETURNING made.*;
      END $$`);
  }

  private replacePost(): void {
    this.addSql('DROP FUNCTION post');
    this.addSql(`CREATE FUNCTION post_leg(
        p_op uuid, p_leg int, p_kind text, p_ref uuid, p_src uuid, p_dst uuid, p_currency text, p_minor bigint,
        p_game_id uuid, p_at timestamptz
      ) RETURNS void ${PLPGSQL} AS $$
      DECLARE
        v_src_balance bigint;
        v_dst_balance bigint;
        v_transfer_id bigint;
      BEGIN
        UPDATE account SET output = output + p_minor,
            refundable = refundable + CASE WHEN p_kind = 'CAPTURE' AND kind = 'HOLD' THEN p_minor ELSE 0 END
          WHERE id = p_src AND kind IN ${KEPT} RETURNING input - output INTO v_src_balance;
        UPDATE account SET input = input + p_minor
          WHERE id = p_dst AND kind IN ${KEPT} RETURNING input - output INTO v_dst_balance;
        INSERT INTO transfer (op, leg, src, dst, currency, minor, kind, ref, game_id, at, src_balance, dst_balance)
          VALUES (p_op, p_leg, p_src, p_dst, p_currency, p_minor, p_kind, p_ref, p_game_id, p_at, v_src_balance, v_dst_balance)
          RETURNING id INTO v_transfer_id;
        IF v_src_balance IS NULL THEN
          INSERT INTO account_change VALUES (v_transfer_id, p_src, 0, p_minor);
        END IF;
        IF v_dst_balance IS NULL THEN
          INSERT INTO account_change VALUES (v_transfer_id, p_dst, p_minor, 0);
        END IF;
      END $$`);
    // One operation, whose legs are given as arrays of equal length.
    this.addSql(`CREATE FUNCTION post(
        p_op uuid, p_ref uuid, p_currency text, p_at timestamptz,
        p_kind text[], p_src uuid[], p_dst uuid[], p_minor bigint[], p_game_id uuid[]
      ) RETURNS void ${DOOR} AS $$
      DECLARE
        v_leg int := 0;
        v_minor bigint;
        v_part bigint;
        v_given_back bigint := 0;
        v_debt uuid;
      BEGIN
        -- In the order of ids, whichever way the money goes, so that no two wait for each other. A debt is locked by its
        -- wallet.
        PERFORM 1 FROM account WHERE id = ANY (p_src || p_dst || p_ref) AND kind IN ${KEPT}
          ORDER BY id FOR NO KEY UPDATE;
        FOR i IN 1 .. cardinality(p_minor) LOOP
          v_minor := p_minor[i];
          IF p_kind[i] = 'REFUND' THEN
            v_given_back := v_given_back + v_minor;
          ELSIF p_kind[i] = 'CHARGEBACK' THEN
            SELECT input - output INTO v_part FROM account WHERE id = p_src[i] AND kind = 'WALLET';
            IF NOT FOUND THEN
              v_given_back := v_given_back + v_minor;
            ELSIF v_part < v_minor THEN -- what a wallet cannot give back any more, its owner owes
              INSERT INTO account (id, kind, currency, owner_id) VALUES (gen_random_uuid(), 'DEBT', p_currency, p_src[i])
                ON CONFLICT DO NOTHING;
              SELECT id INTO v_debt FROM account WHERE owner_id = p_src[i] AND kind = 'DEBT' AND currency = p_currency;
              PERFORM post_leg(p_op, v_leg, p_kind[i], p_ref, v_debt, p_dst[i], p_currency, v_minor - v_part, p_game_id[i], p_at);
              v_leg := v_leg + 1;
              CONTINUE WHEN v_part = 0;
              v_minor := v_part;
            END IF;
          END IF;
          -- What comes into a wallet pays its owner's debt first.
          SELECT id, least(output - input, v_minor) INTO v_debt, v_part FROM account
            WHERE owner_id = p_dst[i] AND kind = 'DEBT' AND currency = p_currency AND output > input;
          IF FOUND THEN
            PERFORM post_leg(p_op, v_leg, p_kind[i], p_ref, p_src[i], v_debt, p_currency, v_part, p_game_id[i], p_at);
            v_leg := v_leg + 1;
            CONTINUE WHEN v_part = v_minor;
            v_minor := v_minor - v_part;
          END IF;
          PERFORM post_leg(p_op, v_leg, p_kind[i], p_ref, p_src[i], p_dst[i], p_currency, v_minor, p_game_id[i], p_at);
          v_leg := v_leg + 1;
        END LOOP;
        IF v_given_back > 0 THEN
          UPDATE account SET refundable = refundable - v_given_back WHERE id = p_ref AND kind = 'HOLD';
          IF NOT FOUND AND p_kind[1] = 'REFUND' THEN
            RAISE check_violation USING MESSAGE = 'Nothing was captured.', CONSTRAINT = 'refunds_at_most_captured';
          END IF;
        END IF;
        IF p_kind[1] IN ${ENDS} AND EXISTS (SELECT 1 FROM account WHERE id = p_ref AND input <> output) THEN
          RAISE check_violation USING MESSAGE = 'A hold ends wholly (hold_ends_wholly).', CONSTRAINT = 'hold_ends_wholly';
        END IF;
      END $$`);
  }

  /** What else the app's role does to tables that it may only read. */
  private createDoors(): void {
    this.addSql(`CREATE FUNCTION open_account(p_id uuid, p_kind text, p_currency text, p_user_id uuid, p_owner_id uuid)
      RETURNS void ${DOOR} AS $$
      BEGIN
        INSERT INTO account (id, kind, currency, user_id, owner_id)
          VALUES (p_id, p_kind, p_currency, p_user_id, p_owner_id) ON CONFLICT DO NOTHING;
      END $$`);
    this.addSql(`CREATE FUNCTION lock_wallet(p_user_id uuid, p_currency text)
      RETURNS TABLE (id uuid, balance bigint) ${DOOR} AS $$
      BEGIN
        RETURN QUERY SELECT account.id, input - output FROM account
          WHERE user_id = p_user_id AND currency = p_currency FOR NO KEY UPDATE;
      END $$`);
    this.addSql(`CREATE FUNCTION roll_up(p_max int) RETURNS void ${DOOR} AS $$
      BEGIN
        WITH taken AS (
          DELETE FROM account_change WHERE transfer_id IN (
            SELECT transfer_id FROM account_change ORDER BY transfer_id LIMIT p_max)
          RETURNING account_id, input, output
        ), total AS (
          SELECT account_id, sum(input) AS input, sum(output) AS output FROM taken GROUP BY account_id
        )
        UPDATE account SET input = account.input + total.input, output = account.output + total.output
        FROM total WHERE account.id = total.account_id;
      END $$`);
  }

  /**
   * The ledger is the keeper's: a role that nobody logs in as. The role that the subgraph runs as reads it, and changes
   * it through the functions alone; nor may it drop what is in the schema, as the schema's owner might. Where there is
   * no keeper and none may be made, one role has it all, and triggers and seals are what is left.
   */
  private giveAway(): void {
    this.addSql(`DO $$
      DECLARE
        v_keeper text := current_database() || '_keeper';
        v_user text := current_user;
        v_tables text[] := ARRAY['account', 'account_change', 'transfer', 'seal', 'revenue_share'];
        v_functions text[] := ARRAY['post', 'open_account', 'lock_wallet', 'roll_up', 'seal_transfers', 'seal_hash',
          'transfer_line', 'refuse_change'];
        v_name text;
      BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = v_keeper) THEN
          IF NOT (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = v_user) THEN
            RAISE WARNING 'There is no role %: the ledger is owned by the role that uses it.', v_keeper;
            RETURN;
          END IF;
          EXECUTE format('CREATE ROLE %I NOLOGIN', v_keeper);
          EXECUTE format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', v_keeper, v_user);
        END IF;
        EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), v_keeper);
        EXECUTE format('ALTER SCHEMA public OWNER TO %I', v_keeper);
        FOREACH v_name IN ARRAY v_tables LOOP
          EXECUTE format('ALTER TABLE %I OWNER TO %I', v_name, v_keeper);
        END LOOP;
        FOREACH v_name IN ARRAY v_functions || ARRAY['post_leg'] LOOP
          EXECUTE format('ALTER FUNCTION %I OWNER TO %I', v_name, v_keeper);
        END LOOP;
        EXECUTE format('SET LOCAL ROLE %I', v_keeper);
        EXECUTE format('GRANT ALL ON SCHEMA public TO %I', v_user);
        FOREACH v_name IN ARRAY v_tables LOOP
          EXECUTE format('GRANT SELECT, REFERENCES ON %I TO %I', v_name, v_user);
        END LOOP;
        FOREACH v_name IN ARRAY v_functions LOOP
          EXECUTE format('GRANT EXECUTE ON FUNCTION %I TO %I', v_name, v_user);
        END LOOP;
        FOREACH v_name IN ARRAY v_functions || ARRAY['post_leg'] LOOP
          EXECUTE format('REVOKE ALL ON FUNCTION %I FROM PUBLIC', v_name);
        END LOOP;
        EXECUTE format('GRANT INSERT ON revenue_share TO %I', v_user);
        RESET ROLE;
      END $$`);
  }
}
