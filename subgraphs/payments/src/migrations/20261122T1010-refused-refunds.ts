import { Migration } from '@mikro-orm/migrations';

/** Locks payment for as long as it takes to make its index. */
export class RefusedRefunds extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE payment ADD COLUMN refund_fault text');
    this.addSql('CREATE INDEX payment_refund_fault ON payment (id) WHERE refund_fault IS NOT NULL');
    this.addSql('ALTER TABLE payment_mismatch ADD COLUMN fault text');
  }
}
