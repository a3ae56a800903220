import { Migration } from '@mikro-orm/migrations';

/** Rewrites game_order and quote, which are locked for so long. */
export class AddLines extends Migration {
  override up(): void {
    this.addSql(`ALTER TABLE game_copy ADD COLUMN base_game_id uuid, ADD COLUMN released_at timestamptz,
      ADD COLUMN part_ids uuid[] NOT NULL DEFAULT '{}'`);
    this.addSql(`CREATE TABLE licence_copy (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      game_id uuid NOT NULL,
      state text NOT NULL,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL
    )`);
    this.addSql(
      `CREATE INDEX licence_copy_user_id ON licence_copy (user_id, game_id) WHERE state = 'ACTIVE'`,
    );
    for (const table of ['quote', 'game_order']) {
      this.addSql(`ALTER TABLE ${table} ADD COLUMN recipient_id uuid, ADD COLUMN lines jsonb`);
      this.addSql(`UPDATE ${table} SET lines = jsonb_build_array(jsonb_build_object('gameId', game_id,
        'minor', minor::text, 'baseGameId', null, 'bundleId', null))`);
      this.addSql(`ALTER TABLE ${table} ALTER COLUMN lines SET NOT NULL`);
    }
    this.addSql('ALTER TABLE quote ADD COLUMN game_ids uuid[]');
    this.addSql('UPDATE quote SET game_ids = ARRAY[game_id]');
    this.addSql('ALTER TABLE quote ALTER COLUMN game_ids SET NOT NULL');
    this.addSql(`ALTER TABLE game_order ADD COLUMN refunded_game_ids uuid[] NOT NULL DEFAULT '{}',
      ADD COLUMN refund_game_ids uuid[]`);
    this.addSql(
      `UPDATE game_order SET refunded_game_ids = ARRAY[game_id] WHERE state = 'REFUNDED'`,
    );
    this.addSql(`CREATE INDEX game_order_under_way ON game_order (coalesce(recipient_id, buyer_id))
      WHERE state IN ('PAYING', 'HELD', 'COLLECTING')`);
    this.addSql(`CREATE TABLE voucher (
      id uuid PRIMARY KEY,
      code text NOT NULL UNIQUE,
      percent int NOT NULL CHECK (percent BETWEEN 1 AND 100),
      game_id uuid,
      redemptions_max int NOT NULL,
      redemptions_count int NOT NULL CHECK (redemptions_count BETWEEN 0 AND redemptions_max),
      expires_at timestamptz NOT NULL
    )`);
    this.addSql(`CREATE TABLE voucher_redemption (
      voucher_id uuid REFERENCES voucher DEFERRABLE INITIALLY DEFERRED,
      user_id uuid,
      order_id uuid NOT NULL UNIQUE,
      at timestamptz NOT NULL,
      PRIMARY KEY (voucher_id, user_id)
    )`);
  }
}
