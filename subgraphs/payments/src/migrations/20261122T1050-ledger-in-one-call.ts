import { Migration } from '@mikro-orm/migrations';

/** Accounts whose rows every transfer keeps up to date. What is posted to the others is added to their rows later. */
const KEPT = `('WALLET', 'HOLD', 'ESCROW', 'DEBT')`;
/** What ends a hold or an escrow, and takes from that alone. */
const ENDS = `('CAPTURE', 'RELEASE', 'ESCROW_RELEASE', 'ESCROW_REFUND', 'ESCROW_SPLIT')`;

/** What goes to a hold or to the platform: nobody's debt is paid by that. */
const PAYS_NO_WALLET = `('HOLD', 'CHARGE', 'CAPTURE', 'SHARE')`;

const PLPGSQL = 'LANGUAGE plpgsql';
const POST_LEG = `post_leg(
  p_op uuid, p_leg int, p_kind text, p_ref uuid, p_src uuid, p_dst uuid, p_currency text, p_minor bigint,
  p_game_id uuid, p_at timestamptz
)`;
const POST = `post(
  p_op uuid, p_ref uuid, p_currency text, p_at timestamptz,
  p_kind text[], p_src uuid[], p_dst uuid[], p_minor bigint[], p_game_id uuid[]
)`;

/** Locks `account` and `transfer` for a moment; what is in them stays as it is. */
export class LedgerInOneCall extends Migration {
  override up(): void {
    // What is made from here on is the owner's of what it is for: the keeper's, where there is one.
    this.addSql(`DO $$ BEGIN
      EXECUTE format('SET LOCAL ROLE %I', (SELECT tableowner FROM pg_tables WHERE tablename = 'transfer'));
    END $$`);
    this.checkByTrigger();
    this.replacePost();
    this.findPlatformAccounts();
    this.capture();
    this.addSql('RESET ROLE');
  }

  /**
   * PostgreSQL reads every CHECK of a table anew for each statement that writes it, which was half of what a purchase
   * cost. What an account or a transfer is, and never changes, is looked at once, when it is inserted.
   */
  private checkByTrigger(): void {
    this.addSql(`ALTER TABLE account DROP CONSTRAINT account_kind_check, DROP CONSTRAINT account_currency_check,
      DROP CONSTRAINT account_check, DROP CONSTRAINT account_has_owner`);
    this.addSql(`CREATE FUNCTION check_account() RETURNS trigger ${PLPGSQL} AS $$
      BEGIN
        IF NEW.kind NOT IN ('WALLET', 'HOLD', 'ESCROW', 'DEBT', 'CLEARING', 'REVENUE', 'STUDIO')
          OR NEW.currency !~ '^[A-Z]{3}$'
          OR (NEW.kind = 'WALLET') <> (NEW.user_id IS NOT NULL)
          OR (NEW.kind IN ('DEBT', 'STUDIO')) <> (NEW.owner_id IS NOT NULL)
        THEN
          RAISE check_violation USING MESSAGE = 'There are no such accounts (account_is_sound).', CONSTRAINT = 'account_is_sound';
        END IF;
        RETURN NEW;
      END $$`);
    this.addSql(`CREATE TRIGGER account_is_sound BEFORE INSERT OR UPDATE OF kind, currency, user_id, owner_id ON account
      FOR EACH ROW EXECUTE FUNCTION check_account()`);
    this.addSql(
      'ALTER TABLE transfer DROP CONSTRAINT transfer_kind_check, DROP CONSTRAINT takes_from_what_it_ends',
    );
    this.addSql(`CREATE FUNCTION check_transfer() RETURNS trigger ${PLPGSQL} AS $$
      BEGIN
        IF NEW.kind NOT IN ('TOP_UP', 'HOLD', 'CHARGE', 'CAPTURE', 'RELEASE', 'REFUND', 'CHARGEBACK', 'SHARE', 'SHARE_BACK',
          'PAYOUT', 'ESCROW', 'ESCROW_RELEASE', 'ESCROW_REFUND', 'ESCROW_SPLIT')
        THEN
          RAISE check_violation USING MESSAGE = 'There are no such transfers (transfer_is_sound).', CONSTRAINT = 'transfer_is_sound';
        END IF;
        IF NEW.kind IN ${ENDS} AND NEW.src <> NEW.ref THEN
          RAISE check_violation USING MESSAGE = 'What ends a hold takes from that hold (takes_from_what_it_ends).',
            CONSTRAINT = 'takes_from_what_it_ends';
        END IF;
        RETURN NEW;
      END $$`);
    this.addSql(`CREATE TRIGGER transfer_is_sound BEFORE INSERT ON transfer
      FOR EACH ROW EXECUTE FUNCTION check_transfer()`);
    for (const check of ['check_account()', 'check_transfer()'])
      this.addSql(`REVOKE ALL ON FUNCTION ${check} FROM PUBLIC`);
  }

  private replacePost(): void {
    this.addSql('DROP FUNCTION post_leg');
    // Returns what is left where it was taken from, if that is kept. One statement, for each costs more than its rows do.
    this.addSql(`CREATE FUNCTION ${POST_LEG} RETURNS bigint ${PLPGSQL} AS $$
      DECLARE
        v_transfer_id bigint;
        v_src_balance bigint;
        v_dst_balance bigint;
      BEGIN
        WITH source AS (
          UPDATE account SET output = output + p_minor,
            refundable = refundable + CASE WHEN p_kind = 'CAPTURE' AND kind = 'HOLD' THEN p_minor ELSE 0 END
          WHERE id = p_src AND kind IN ${KEPT} RETURNING input - output AS balance
        ), sink AS (
          UPDATE account SET input = input + p_minor
          WHERE id = p_dst AND kind IN ${KEPT} RETURNING input - output AS balance
        )
        INSERT INTO transfer (op, leg, src, dst, currency, minor, kind, ref, game_id, at, src_balance, dst_balance)
          VALUES (p_op, p_leg, p_src, p_dst, p_currency, p_minor, p_kind, p_ref, p_game_id, p_at,
            (SELECT balance FROM source), (SELECT balance FROM sink))
          RETURNING id, src_balance, dst_balance INTO v_transfer_id, v_src_balance, v_dst_balance;
        IF v_src_balance IS NULL OR v_dst_balance IS NULL THEN
          INSERT INTO account_change
            SELECT v_transfer_id, id, input, output
            FROM (VALUES (p_src, 0, p_minor, v_src_balance), (p_dst, p_minor, 0, v_dst_balance))
              AS side (id, input, output, balance)
            WHERE balance IS NULL;
        END IF;
        RETURN v_src_balance;
      END $$`);
    this.addSql('REVOKE ALL ON FUNCTION post_leg FROM PUBLIC');
    // One operation, whose legs are given as arrays of equal length.
    this.addSql(`CREATE OR REPLACE FUNCTION ${POST} RETURNS void ${PLPGSQL} SECURITY DEFINER
      SET search_path = pg_catalog, public, pg_temp
      SET plan_cache_mode = force_generic_plan -- arrays of unknown length would have it plan each time
      AS $$
      DECLARE
        v_leg int := 0;
        v_minor bigint;
        v_part bigint;
        v_debt uuid;
        v_left bigint; -- in the account that is kept and was taken from last
        v_given_back bigint := 0;
      BEGIN
        IF p_kind[1] IN ('HOLD', 'CHARGE', 'ESCROW') AND p_dst[1] = p_ref THEN
          -- What money is set aside for has an account from now on.
          INSERT INTO account (id, kind, currency)
            VALUES (p_ref, CASE p_kind[1] WHEN 'ESCROW' THEN 'ESCROW' ELSE 'HOLD' END, p_currency) ON CONFLICT DO NOTHING;
        ELSIF p_kind[1] <> 'CAPTURE' THEN
          -- In the order of ids, whichever way the money goes, so that no two wait for each other. A debt is locked by its
          -- wallet, and a hold by its order: so what moves money into a hold, or from there to the platform, needs no more
          -- than the lock of the row that it takes from.
          PERFORM 1 FROM account WHERE id = ANY (p_src || p_dst || p_ref) AND kind IN ${KEPT}
            ORDER BY id FOR NO KEY UPDATE;
        END IF;
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
              PERFORM post_leg(
                p_op, v_leg, p_kind[i], p_ref, v_debt, p_dst[i], p_currency, v_minor - v_part, p_game_id[i], p_at);
              v_leg := v_leg + 1;
              CONTINUE WHEN v_part = 0;
              v_minor := v_part;
            END IF;
          END IF;
          IF p_kind[i] NOT IN ${PAYS_NO_WALLET} THEN -- what comes into a wallet pays its owner's debt first
            SELECT id, least(output - input, v_minor) INTO v_debt, v_part FROM account
              WHERE owner_id = p_dst[i] AND kind = 'DEBT' AND currency = p_currency AND output > input;
            IF FOUND THEN
              v_left := coalesce(post_leg(
                p_op, v_leg, p_kind[i], p_ref, p_src[i], v_debt, p_currency, v_part, p_game_id[i], p_at), v_left);
              v_leg := v_leg + 1;
              CONTINUE WHEN v_part = v_minor;
              v_minor := v_minor - v_part;
            END IF;
          END IF;
          v_left := coalesce(post_leg(
            p_op, v_leg, p_kind[i], p_ref, p_src[i], p_dst[i], p_currency, v_minor, p_game_id[i], p_at), v_left);
          v_leg := v_leg + 1;
        END LOOP;
        IF v_given_back > 0 THEN
          UPDATE account SET refundable = refundable - v_given_back WHERE id = p_ref AND kind = 'HOLD';
          IF NOT FOUND AND p_kind[1] = 'REFUND' THEN
            RAISE check_violation USING MESSAGE = 'Nothing was captured.', CONSTRAINT = 'refunds_at_most_captured';
          END IF;
        END IF;
        IF p_kind[1] IN ${ENDS} AND v_left <> 0 THEN
          RAISE check_violation USING MESSAGE = 'A hold ends wholly (hold_ends_wholly).', CONSTRAINT = 'hold_ends_wholly';
        END IF;
      END $$`);
  }

  /** Opened when it is first needed. Constraints decide who of two opens it; both find it then. */
  private findPlatformAccounts(): void {
    this.addSql(`CREATE FUNCTION platform_account(p_kind text, p_currency text) RETURNS uuid ${PLPGSQL} AS $$
      DECLARE
        v_id uuid;
      BEGIN
        FOR attempt IN 1 .. 2 LOOP
          SELECT id INTO v_id FROM account -- the kinds by name, so that a plan for any of them may use the index
            WHERE kind = p_kind AND currency = p_currency AND kind IN ('CLEARING', 'REVENUE');
          EXIT WHEN FOUND;
          PERFORM open_account(gen_random_uuid(), p_kind, p_currency, NULL, NULL);
        END LOOP;
        RETURN v_id;
      END $$`);
    this.share('platform_account(text, text)');
  }

  /**
   * Takes what an order holds, by games, and gives studios their shares of it, by the versions that are valid at that
   * moment: rounded down to a whole minor unit, so that the remainder is the platform's.
   */
  private capture(): void {
    this.addSql(`CREATE FUNCTION capture(
        p_op uuid, p_ref uuid, p_currency text, p_at timestamptz, p_game_id uuid[], p_minor bigint[]
      ) RETURNS void ${PLPGSQL} SET plan_cache_mode = force_generic_plan AS $$
      DECLARE
        v_revenue uuid := platform_account('REVENUE', p_currency);
        v_count int[] := ARRAY[cardinality(p_minor)];
        v_kind text[] := array_fill('CAPTURE'::text, v_count);
        v_src uuid[] := array_fill(p_ref, v_count);
        v_dst uuid[] := array_fill(v_revenue, v_count);
        v_minor bigint[] := p_minor;
        v_game_id uuid[] := p_game_id;
        v_studio_id uuid;
        v_studio uuid;
        v_bps int;
        v_share bigint;
      BEGIN
        FOR i IN 1 .. cardinality(p_minor) LOOP
          CONTINUE WHEN p_game_id[i] IS NULL;
          SELECT game.studio_id, studio.id, coalesce(
              (SELECT studio_bps FROM revenue_share WHERE studio_id = game.studio_id AND valid_from <= p_at
                ORDER BY valid_from DESC, version DESC LIMIT 1),
              (SELECT studio_bps FROM revenue_share WHERE studio_id IS NULL AND valid_from <= p_at
                ORDER BY valid_from DESC, version DESC LIMIT 1))
            INTO v_studio_id, v_studio, v_bps
            FROM game_copy AS game LEFT JOIN account AS studio
              ON owner_id = game.studio_id AND studio.kind = 'STUDIO' AND currency = p_currency
            WHERE game.id = p_game_id[i];
          -- Whose game it is a copy that is older than studios in copies does not say: all is the platform's then.
          v_share := CASE WHEN v_studio_id IS NULL THEN 0 ELSE p_minor[i] * v_bps / 10000 END;
          CONTINUE WHEN v_share = 0;
          IF v_studio IS NULL THEN
            v_studio := gen_random_uuid();
            PERFORM open_account(v_studio, 'STUDIO', p_currency, NULL, v_studio_id);
            -- Who of two has opened it, constraints decide.
            SELECT id INTO v_studio FROM account
              WHERE owner_id = v_studio_id AND kind = 'STUDIO' AND currency = p_currency;
          END IF;
          v_kind := v_kind || 'SHARE'::text;
          v_src := v_src || v_revenue;
          v_dst := v_dst || v_studio;
          v_minor := v_minor || v_share;
          v_game_id := v_game_id || p_game_id[i];
        END LOOP;
        PERFORM post(p_op, p_ref, p_currency, p_at, v_kind, v_src, v_dst, v_minor, v_game_id);
      END $$`);
    this.share('capture(uuid, uuid, text, timestamptz, uuid[], bigint[])');
  }

  /** Lets the role that the subgraph runs as call it, and nobody else. It runs with that role's rights. */
  private share(signature: string): void {
    this.addSql(`REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC`);
    this.addSql(`GRANT EXECUTE ON FUNCTION ${signature} TO SESSION_USER`);
  }
}
