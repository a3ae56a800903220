import { Migration } from '@mikro-orm/migrations';

/** Locks build while its new index is made. */
export class AddPatches extends Migration {
  override up(): void {
    // The version of the game's data that made of it what it comes to now, and a hash of how that differs.
    this.addSql('ALTER TABLE build ADD COLUMN patch_version int, ADD COLUMN patch_digest text');
    this.addSql('CREATE INDEX build_all_of_game ON build (game_id, id)');
    // Builds to be worked out again. Without a foreign key: who fills it waits for nobody who saves a build.
    this.addSql('CREATE TABLE review_queue (build_id uuid PRIMARY KEY)');
    this.addSql(
      'ALTER TABLE review_task DROP COLUMN after_build_id, ADD COLUMN data_version int NOT NULL DEFAULT 0',
    );
    // Games of which these versions of the data are new.
    this.addSql(`CREATE TABLE data_review_task (
      game_id uuid PRIMARY KEY,
      first_version int NOT NULL,
      version int NOT NULL
    )`);
  }
}
