import { IDEMPOTENCY_KEYS } from '@gamegraph/subgraph-kit';
import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: all tables are new. */
export class AddInventories extends Migration {
  override up(): void {
    for (const statement of IDEMPOTENCY_KEYS) this.addSql(statement);
    this.addSql(`CREATE TABLE inventory (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      game_id uuid NOT NULL,
      UNIQUE (user_id, game_id)
    )`);
    this.addSql(`CREATE TABLE inventory_item (
      user_id uuid,
      game_id uuid,
      item_id uuid,
      quantity int NOT NULL CHECK (quantity >= 1),
      PRIMARY KEY (user_id, game_id, item_id),
      FOREIGN KEY (user_id, game_id) REFERENCES inventory (user_id, game_id)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
    )`);
    this.addSql(`CREATE TABLE item_copy (
      id uuid PRIMARY KEY,
      game_id uuid NOT NULL,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL
    )`);
  }
}
