import { EVENT_TABLES } from '@gamegraph/subgraph-kit';
import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: all tables are new. */
export class CreateTables extends Migration {
  override up(): void {
    for (const statement of EVENT_TABLES) this.addSql(statement);
    this.addSql('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    this.addSql(`CREATE TABLE build (
      id uuid PRIMARY KEY,
      author_id uuid NOT NULL,
      game_id uuid NOT NULL,
      name text NOT NULL,
      notes text,
      visibility text NOT NULL,
      revision int NOT NULL,
      data_version int NOT NULL,
      needs_review boolean NOT NULL,
      item_ids uuid[] NOT NULL,
      forked_from_id uuid,
      likes_count int NOT NULL CHECK (likes_count >= 0),
      share_code text NOT NULL CONSTRAINT build_share_code_unique UNIQUE,
      published_at timestamptz,
      hiding jsonb,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      CHECK (visibility <> 'PUBLIC' OR published_at IS NOT NULL),
      CHECK (hiding IS NULL OR visibility = 'PRIVATE')
    )`);
    const newest = 'coalesce(published_at, created_at)';
    this.addSql(`CREATE INDEX build_of_author ON build (author_id, (${newest}) DESC, id)`);
    for (const [name, columns] of [
      ['of_game', 'game_id, likes_count DESC, id'],
      ['most_liked', 'likes_count DESC, id'],
      ['newest', `(${newest}) DESC, id`],
      ['updated', 'updated_at DESC, id'],
      ['name', 'name, id'],
    ]) {
      this.addSql(`CREATE INDEX build_${name} ON build (${columns}) WHERE visibility = 'PUBLIC'`);
    }
    this.addSql(
      `CREATE INDEX build_forked_from ON build (forked_from_id) WHERE forked_from_id IS NOT NULL`,
    );
    this.addSql('CREATE INDEX build_name_words ON build USING gin (lower(name) gin_trgm_ops)');
    // Without the list of pending entries, which each look-up would read through: reviews look up by the thousand.
    this.addSql('CREATE INDEX build_items ON build USING gin (item_ids) WITH (fastupdate = off)');
    this.addSql(`CREATE TABLE build_revision (
      id uuid PRIMARY KEY,
      build_id uuid NOT NULL REFERENCES build ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      game_id uuid NOT NULL,
      number int NOT NULL,
      data_version int NOT NULL,
      saved_at timestamptz NOT NULL,
      pins jsonb NOT NULL,
      parameters jsonb NOT NULL,
      stats jsonb NOT NULL,
      CONSTRAINT build_revision_number_unique UNIQUE (build_id, number)
    )`);
    this.addSql(`CREATE TABLE build_like (
      build_id uuid REFERENCES build ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      user_id uuid,
      PRIMARY KEY (build_id, user_id)
    )`);
    // Items of which builds are to be reviewed: from which version of the item on, and how far that has come.
    this.addSql(`CREATE TABLE review_task (
      item_id uuid PRIMARY KEY,
      item_version bigint NOT NULL,
      after_build_id uuid NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    )`);
    this.addSql('CREATE INDEX review_task_created_at ON review_task (created_at)');
    // Authors whose accounts were deleted, and whose private builds still are to be.
    this.addSql('CREATE TABLE erasure_task (author_id uuid PRIMARY KEY)');
    this.addSql(`CREATE TABLE game_copy (
      id uuid PRIMARY KEY,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL,
      slug text NOT NULL,
      title text NOT NULL,
      tags text[] NOT NULL,
      state text NOT NULL
    )`);
    this.addSql('CREATE INDEX game_copy_slug ON game_copy (slug)');
    this.addSql('CREATE INDEX game_copy_tags ON game_copy USING gin (tags)');
    this.addSql(`CREATE TABLE game_data_copy (
      id uuid PRIMARY KEY,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL,
      game_id uuid NOT NULL,
      version int NOT NULL,
      definition jsonb NOT NULL
    )`);
    this.addSql('CREATE INDEX game_data_copy_newest ON game_data_copy (game_id, version DESC)');
    this.addSql(`CREATE TABLE item_copy (
      id uuid PRIMARY KEY,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL,
      game_id uuid NOT NULL,
      key text NOT NULL,
      name text NOT NULL,
      category text NOT NULL,
      icon_url text,
      slots text[] NOT NULL,
      attributes jsonb NOT NULL,
      is_removed boolean NOT NULL
    )`);
    this.addSql('CREATE INDEX item_copy_key ON item_copy (game_id, key)');
    this.addSql(`CREATE TABLE user_copy (
      id uuid PRIMARY KEY,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL,
      handle text NOT NULL,
      avatar_url text,
      region text
    )`);
  }
}
