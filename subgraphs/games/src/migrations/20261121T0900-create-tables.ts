import { EVENT_TABLES } from '@gamegraph/subgraph-kit';
import { Migration } from '@mikro-orm/migrations';

/** What the tables `item`, `item_revision` and `draft_item` say of an item. */
const ITEM_CONTENT = `
      key text NOT NULL,
      name text NOT NULL,
      category text NOT NULL,
      icon_url text,
      slots text[] NOT NULL,
      attributes jsonb NOT NULL,
      is_removed boolean NOT NULL`;

/** What the tables `game_data` and `game_data_draft` define. */
const DEFINITIONS = `
      attributes jsonb NOT NULL,
      parameters jsonb NOT NULL,
      slots jsonb NOT NULL,
      stats jsonb NOT NULL,
      rules jsonb NOT NULL`;

const OF_GAME = 'REFERENCES game DEFERRABLE INITIALLY DEFERRED';

/** Locks nothing: all tables are new. */
export class CreateTables extends Migration {
  override up(): void {
    for (const statement of EVENT_TABLES) this.addSql(statement);
    this.addSql('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    this.createStudios();
    this.createGames();
    this.createGameData();
    this.addSql(`CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'The rows of % are never changed.', TG_TABLE_NAME;
    END $$`);
    for (const table of ['price_change', 'game_data', 'item_revision']) {
      this.addSql(`CREATE TRIGGER ${table}_is_append_only BEFORE UPDATE OR DELETE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`);
    }
  }

  private createStudios(): void {
    this.addSql(`CREATE TABLE studio (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      handle text NOT NULL CONSTRAINT studio_handle_unique UNIQUE,
      created_at timestamptz NOT NULL
    )`);
    this.addSql(`CREATE TABLE studio_member (
      id uuid PRIMARY KEY,
      studio_id uuid NOT NULL REFERENCES studio DEFERRABLE INITIALLY DEFERRED,
      user_id uuid NOT NULL,
      permissions text[] NOT NULL,
      CONSTRAINT studio_member_user_unique UNIQUE (studio_id, user_id)
    )`);
    this.addSql('CREATE INDEX studio_member_user_id_index ON studio_member (user_id)');
  }

  private createGames(): void {
    this.addSql(`CREATE TABLE game (
      id uuid PRIMARY KEY,
      studio_id uuid NOT NULL REFERENCES studio DEFERRABLE INITIALLY DEFERRED,
      slug text NOT NULL,
      language text NOT NULL,
      title text,
      locales text[] NOT NULL,
      cover_url text,
      tags text[] NOT NULL,
      platforms text[] NOT NULL,
      state text NOT NULL,
      created_at timestamptz NOT NULL,
      released_at timestamptz,
      data_version int NOT NULL,
      prices jsonb NOT NULL,
      discounts jsonb NOT NULL,
      last_discount_ended_at timestamptz,
      price_raised_at timestamptz,
      owners_count int NOT NULL,
      builds_count int NOT NULL
    ) WITH (fillfactor = 80)`);
    this.addSql('CREATE INDEX game_studio_id_index ON game (studio_id)');
    this.addSql(`CREATE INDEX game_title ON game (lower(title), id) WHERE state = 'PUBLISHED'`);
    for (const column of ['released_at', 'owners_count', 'builds_count']) {
      this.addSql(
        `CREATE INDEX game_${column} ON game (${column} DESC, id) WHERE state = 'PUBLISHED'`,
      );
    }
    this.addSql('CREATE INDEX game_tags ON game USING gin (tags)');
    this.addSql(`CREATE INDEX game_on_sale ON game (id) WHERE discounts <> '[]'`);
    this.addSql('CREATE INDEX game_discounts ON game USING gin (discounts jsonb_path_ops)');
    // Every slug that a game has or had: old ones keep leading to it, and are nobody else's.
    this.addSql(`CREATE TABLE game_slug (slug text PRIMARY KEY, game_id uuid NOT NULL ${OF_GAME})`);
    this.addSql('CREATE INDEX game_slug_game_id_index ON game_slug (game_id)');
    this.addSql(`CREATE TABLE game_text (
      game_id uuid NOT NULL ${OF_GAME},
      locale text NOT NULL,
      title text NOT NULL,
      summary text,
      description text,
      PRIMARY KEY (game_id, locale)
    )`);
    this.addSql(`CREATE TABLE game_search (
      game_id uuid PRIMARY KEY ${OF_GAME},
      titles text NOT NULL,
      words tsvector NOT NULL
    )`);
    this.addSql('CREATE INDEX game_search_words ON game_search USING gin (words)');
    this.addSql('CREATE INDEX game_search_titles ON game_search USING gin (titles gin_trgm_ops)');
    this.addSql(`CREATE TABLE tag (
      id uuid PRIMARY KEY,
      slug text NOT NULL CONSTRAINT tag_slug_unique UNIQUE,
      name text NOT NULL
    )`);
    this.addSql(`CREATE TABLE price_change (
      id uuid PRIMARY KEY,
      game_id uuid NOT NULL ${OF_GAME},
      changed_by uuid NOT NULL,
      changed_at timestamptz NOT NULL,
      kind text NOT NULL,
      region text,
      price_before jsonb,
      price_after jsonb,
      discount jsonb
    )`);
    this.addSql('CREATE INDEX price_change_game_id_index ON price_change (game_id, changed_at)');
  }

  private createGameData(): void {
    this.addSql(`CREATE TABLE game_data (
      id uuid PRIMARY KEY,
      game_id uuid NOT NULL ${OF_GAME},
      version int NOT NULL,
      released_at timestamptz NOT NULL,
      notes text,${DEFINITIONS},
      CONSTRAINT game_data_version_unique UNIQUE (game_id, version)
    )`);
    this.addSql(`CREATE TABLE game_data_draft (
      game_id uuid PRIMARY KEY ${OF_GAME},
      revision int NOT NULL,${DEFINITIONS}
    )`);
    // Refers to the draft, whose row is locked by whoever writes here, and not to the game: no lock is taken crosswise.
    this.addSql(`CREATE TABLE draft_item (
      id uuid PRIMARY KEY,
      game_id uuid NOT NULL REFERENCES game_data_draft DEFERRABLE INITIALLY DEFERRED,${ITEM_CONTENT},
      CONSTRAINT draft_item_key_unique UNIQUE (game_id, key)
    )`);
    this.addSql(`CREATE TABLE item (
      id uuid PRIMARY KEY,
      game_id uuid NOT NULL ${OF_GAME},
      data_version int NOT NULL,${ITEM_CONTENT},
      CONSTRAINT item_key_unique UNIQUE (game_id, key)
    )`);
    this.addSql('CREATE INDEX item_name ON item (game_id, lower(name), id)');
    this.addSql(`CREATE TABLE item_revision (
      id uuid PRIMARY KEY,
      item_id uuid NOT NULL REFERENCES item DEFERRABLE INITIALLY DEFERRED,
      game_id uuid NOT NULL,
      data_version int NOT NULL,${ITEM_CONTENT},
      CONSTRAINT item_revision_version_unique UNIQUE (item_id, data_version)
    )`);
    this.addSql('CREATE INDEX item_revision_game_id_index ON item_revision (game_id)');
  }
}
