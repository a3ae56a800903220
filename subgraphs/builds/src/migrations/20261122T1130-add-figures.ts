import { Migration } from '@mikro-orm/migrations';

/** Locks build while its new index is made, and reads each build's present revision once. */
export class AddFigures extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE build ADD COLUMN cost float8');
    this.addSql(`CREATE INDEX build_cost ON build (game_id, cost) WHERE visibility = 'PUBLIC'`);
    // What builds come to, to look them up by.
    this.addSql(`CREATE TABLE build_stat (
      build_id uuid REFERENCES build ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      game_id uuid NOT NULL,
      stat text,
      value float8 NOT NULL,
      PRIMARY KEY (build_id, stat)
    )`);
    this.addSql(`INSERT INTO build_stat
      SELECT b.id, b.game_id, s.key, s.value
      FROM build AS b JOIN build_revision AS r ON (r.build_id, r.number) = (b.id, b.revision),
        jsonb_to_recordset(r.stats) AS s(key text, value float8)
      WHERE s.value IS NOT NULL`);
    this.addSql('CREATE INDEX build_stat_value ON build_stat (game_id, stat, value)');
  }
}
