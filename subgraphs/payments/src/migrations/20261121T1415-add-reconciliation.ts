import { Migration } from '@mikro-orm/migrations';

/** Locks top_up for as long as it takes to make its index. */
export class AddReconciliation extends Migration {
  override up(): void {
    this.addSql(`CREATE TABLE payment_mismatch (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      key text,
      reference text,
      our_state text,
      their_state text,
      our_currency text,
      our_minor bigint,
      their_currency text,
      their_minor bigint,
      charged_at timestamptz NOT NULL,
      found_at timestamptz NOT NULL
    )`);
    this.addSql(
      'CREATE INDEX payment_mismatch_charged_at ON payment_mismatch (charged_at DESC, id)',
    );
    this.addSql('CREATE INDEX top_up_created_at ON top_up (created_at)');
  }
}
