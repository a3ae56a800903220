import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: all tables are new. */
export class AddProposals extends Migration {
  override up(): void {
    this.addSql(`CREATE TABLE game_data_proposal (
      id uuid PRIMARY KEY,
      game_id uuid NOT NULL REFERENCES game,
      studio_id uuid NOT NULL,
      draft_revision int NOT NULL,
      data_version int NOT NULL,
      proposed_at timestamptz NOT NULL,
      parts_count int NOT NULL,
      definition jsonb NOT NULL
    )`);
    this.addSql(
      'CREATE INDEX game_data_proposal_of_game ON game_data_proposal (game_id, proposed_at DESC, id)',
    );
    this.addSql(`CREATE TABLE proposed_items (
      id uuid PRIMARY KEY,
      proposal_id uuid NOT NULL,
      items jsonb NOT NULL
    )`);
    this.addSql('CREATE INDEX proposed_items_of_proposal ON proposed_items (proposal_id)');
  }
}
