import { Migration } from '@mikro-orm/migrations';

/** Locks game_order for as long as it takes to make its indexes. */
export class AddPayments extends Migration {
  override up(): void {
    this.addSql(`ALTER TABLE game_order ADD COLUMN charged_minor bigint NOT NULL DEFAULT 0
      CONSTRAINT game_order_charged_minor CHECK (charged_minor BETWEEN 0 AND minor)`);
    this.addSql(`CREATE TABLE payment (
      id uuid PRIMARY KEY REFERENCES game_order DEFERRABLE INITIALLY DEFERRED,
      currency text NOT NULL,
      minor bigint NOT NULL CHECK (minor > 0),
      state text NOT NULL,
      goal text NOT NULL,
      reference text UNIQUE,
      reason text,
      confirmation text,
      refunded_minor bigint NOT NULL CHECK (refunded_minor BETWEEN 0 AND minor),
      refund_due_minor bigint NOT NULL CHECK (refund_due_minor BETWEEN 0 AND minor),
      is_disputed boolean NOT NULL,
      created_at timestamptz NOT NULL,
      due_at timestamptz
    )`);
    this.addSql('CREATE INDEX payment_due_at ON payment (due_at) WHERE due_at IS NOT NULL');
    this.addSql('CREATE INDEX payment_created_at ON payment (created_at)');
    this.addSql('DROP INDEX game_order_asked_at');
    this.addSql(`CREATE INDEX game_order_asked_at ON game_order (asked_at)
      WHERE state IN ('HELD', 'REFUND_REQUESTED')`);
  }
}
