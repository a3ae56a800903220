import { Migration } from '@mikro-orm/migrations';

/** Locks game_data and game_data_draft for a moment: a constant default is not written to the rows. */
export class AddFights extends Migration {
  override up(): void {
    for (const table of ['game_data', 'game_data_draft'])
      this.addSql(`ALTER TABLE ${table} ADD COLUMN fights jsonb NOT NULL DEFAULT '[]'`);
  }
}
