import { Migration } from '@mikro-orm/migrations';

/** Locks top_up for a moment: the new columns have no default to write. */
export class AddChargeReferences extends Migration {
  override up(): void {
    this.addSql(
      'ALTER TABLE top_up ADD COLUMN reference text UNIQUE, ADD COLUMN confirmation text',
    );
  }
}
