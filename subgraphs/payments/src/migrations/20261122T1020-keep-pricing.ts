import { Migration } from '@mikro-orm/migrations';

/** Locks game_order for a moment. */
export class KeepPricing extends Migration {
  override up(): void {
    this.addSql(
      'ALTER TABLE game_order ADD COLUMN pricing jsonb, ADD COLUMN refund_playtime_seconds int',
    );
  }
}
