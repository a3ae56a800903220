import { Migration } from '@mikro-orm/migrations';

/** Locks build_in_review for a moment: a constant default is not written to the rows. */
export class AddVersionsInReview extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE build_in_review ADD COLUMN version int NOT NULL DEFAULT 0');
  }
}
