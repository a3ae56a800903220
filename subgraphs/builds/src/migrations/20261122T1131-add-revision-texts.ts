import { Migration } from '@mikro-orm/migrations';

/** Locks build_revision while each is given the texts that its build has now: what they were was not kept. */
export class AddRevisionTexts extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE build_revision ADD COLUMN name text, ADD COLUMN notes text');
    this.addSql(
      `UPDATE build_revision AS r SET name = b.name, notes = b.notes FROM build AS b WHERE b.id = r.build_id`,
    );
    this.addSql('ALTER TABLE build_revision ALTER COLUMN name SET NOT NULL');
  }
}
