import { Migration } from '@mikro-orm/migrations';

/** Locks game_data and game_data_draft for a moment: a column that may be null is not written to the rows. */
export class AddCost extends Migration {
  override up(): void {
    for (const table of ['game_data', 'game_data_draft'])
      this.addSql(`ALTER TABLE ${table} ADD COLUMN cost text`);
  }
}
