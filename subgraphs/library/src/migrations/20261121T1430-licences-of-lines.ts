import { Migration } from '@mikro-orm/migrations';

/** Locks licence for as long as it takes to make its index. */
export class LicencesOfLines extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE licence DROP CONSTRAINT licence_source_source_id_key');
    this.addSql('CREATE UNIQUE INDEX licence_of_line ON licence (source, source_id, game_id)');
  }
}
