import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: all tables are new. */
export class AddImpactReports extends Migration {
  override up(): void {
    const copied =
      'id uuid PRIMARY KEY, source_version bigint NOT NULL, source_at timestamptz NOT NULL';
    this.addSql(`CREATE TABLE studio_copy (${copied}, members jsonb NOT NULL)`);
    this.addSql(`CREATE TABLE proposal_copy (
      ${copied},
      game_id uuid NOT NULL,
      studio_id uuid NOT NULL,
      parts_count int NOT NULL,
      definition jsonb NOT NULL
    )`);
    this.addSql(
      `CREATE TABLE proposed_items_copy (${copied}, proposal_id uuid NOT NULL, items jsonb NOT NULL)`,
    );
    this.addSql(
      'CREATE INDEX proposed_items_copy_of_proposal ON proposed_items_copy (proposal_id)',
    );
    this.addSql(`CREATE TABLE impact_report (
      proposal_id uuid PRIMARY KEY,
      game_id uuid NOT NULL,
      data_version int NOT NULL,
      item_ids uuid[],
      builds_count int NOT NULL,
      builds_done int NOT NULL,
      after_build_id uuid NOT NULL,
      tally jsonb NOT NULL,
      started_at timestamptz NOT NULL,
      finished_at timestamptz
    )`);
    this.addSql(
      'CREATE INDEX impact_report_open ON impact_report (started_at) WHERE finished_at IS NULL',
    );
  }
}
