import { Migration } from '@mikro-orm/migrations';

/** Accounts whose rows every transfer keeps up to date. What is posted to the others is added to their rows later. */
const KEPT = `('WALLET', 'HOLD', 'ESCROW', 'DEBT')`;

/**
 * A capture that came while its hold was not committed yet found no row to take from, held the account for one that is
 * added to later, and passed when the hold was committed before it. A leg takes from and gives to accounts that there
 * are, at that moment.
 */
export class NoLegWithoutAccount extends Migration {
  override up(): void {
    this.addSql(`DO $$ BEGIN
      EXECUTE format('SET LOCAL ROLE %I', (SELECT relowner::regrole::text FROM pg_class WHERE oid = 'transfer'::regclass));
    END $$`);
    this.addSql(`CREATE OR REPLACE FUNCTION post_leg(
        p_op uuid, p_leg int, p_kind text, p_ref uuid, p_src uuid, p_dst uuid, p_currency text, p_minor bigint,
        p_game_id uuid, p_at timestamptz
      ) RETURNS bigint LANGUAGE plpgsql AS $$
      DECLARE
        v_transfer_id bigint;
        v_src_balance bigint;
        v_dst_balance bigint;
        v_changed int;
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
            SELECT v_transfer_id, id, side.input, side.output
            FROM (VALUES (p_src, 0, p_minor, v_src_balance), (p_dst, p_minor, 0, v_dst_balance))
              AS side (id, input, output, balance) JOIN account USING (id)
            WHERE balance IS NULL AND kind NOT IN ${KEPT};
          GET DIAGNOSTICS v_changed = ROW_COUNT;
          IF v_changed <> (v_src_balance IS NULL)::int + (v_dst_balance IS NULL)::int THEN
            RAISE foreign_key_violation USING MESSAGE = 'Money moves between accounts that there are (leg_has_accounts).',
              CONSTRAINT = 'leg_has_accounts';
          END IF;
        END IF;
        RETURN v_src_balance;
      END $$`);
    this.addSql('RESET ROLE');
  }
}
