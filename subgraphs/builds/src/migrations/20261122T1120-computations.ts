import { Migration } from '@mikro-orm/migrations';

/** Locks builds for a moment, to hang a trigger onto them. All tables are new. */
export class AddComputations extends Migration {
  override up(): void {
    // What is asked is the question; the material is what else it is worked out from, and goes when it is done.
    this.addSql(`CREATE TABLE computation (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      content_hash text NOT NULL CONSTRAINT computation_content_unique UNIQUE,
      game_data_id uuid NOT NULL,
      build_ids uuid[] NOT NULL,
      state text NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'DONE', 'CANCELLED', 'FAILED')),
      question jsonb NOT NULL,
      material jsonb,
      checkpoint jsonb,
      progress jsonb,
      problem text,
      attempts int NOT NULL DEFAULT 0,
      lease_id uuid,
      lease_until timestamptz,
      asked_at timestamptz NOT NULL,
      queued_at timestamptz NOT NULL,
      started_at timestamptz,
      finished_at timestamptz
    )`);
    this.addSql(
      `CREATE INDEX computation_waiting ON computation (queued_at, id) WHERE state IN ('QUEUED', 'RUNNING')`,
    );
    this.addSql('CREATE INDEX computation_asked_at ON computation (asked_at)');
    this.addSql('CREATE INDEX computation_builds ON computation USING gin (build_ids)');
    this.addSql(`CREATE TABLE computation_ask (
      computation_id uuid REFERENCES computation ON DELETE CASCADE,
      user_id uuid,
      PRIMARY KEY (user_id, computation_id)
    )`);
    this.addSql('CREATE INDEX computation_ask_computation ON computation_ask (computation_id)');
    // With a build goes what was worked out of it: it tells of a build that may have been private.
    this.addSql(`CREATE FUNCTION delete_computations_of_build() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM computation WHERE build_ids @> ARRAY[OLD.id];
        RETURN NULL;
      END $$`);
    this.addSql(`CREATE TRIGGER delete_computations AFTER DELETE ON build
      FOR EACH ROW EXECUTE FUNCTION delete_computations_of_build()`);
  }
}
