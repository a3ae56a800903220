import { Migration } from '@mikro-orm/migrations';

/** Locks game for a moment: a constant default is not written to the rows. */
export class AddComposition extends Migration {
  override up(): void {
    this.addSql(
      `ALTER TABLE game ADD COLUMN base_game_id uuid, ADD COLUMN part_ids uuid[] NOT NULL DEFAULT '{}'`,
    );
    this.addSql('CREATE INDEX game_part_ids ON game USING gin (part_ids)');
    this.addSql('CREATE INDEX game_base_game_id ON game (base_game_id)');
  }
}
