import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: the table is new. */
export class AddInventoryCopies extends Migration {
  override up(): void {
    this.addSql(`CREATE TABLE inventory_copy (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      game_id uuid NOT NULL,
      quantities jsonb NOT NULL,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL
    )`);
    this.addSql('CREATE INDEX inventory_copy_owner ON inventory_copy (user_id, game_id)');
  }
}
