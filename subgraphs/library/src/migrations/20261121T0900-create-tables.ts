import { EVENT_TABLES } from '@gamegraph/subgraph-kit';
import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: all tables are new. */
export class CreateTables extends Migration {
  override up(): void {
    for (const statement of EVENT_TABLES) this.addSql(statement);
    this.addSql('CREATE EXTENSION IF NOT EXISTS pg_trgm');

    this.addSql(`CREATE TABLE library_entry (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      game_id uuid NOT NULL,
      is_owned boolean NOT NULL,
      is_favorite boolean NOT NULL,
      is_hidden boolean NOT NULL,
      playtime_seconds int NOT NULL CHECK (playtime_seconds >= 0),
      last_played_at timestamptz,
      added_at timestamptz NOT NULL,
      UNIQUE (user_id, game_id)
    )`);
    // A table of its own: years of playing are long, and every list of entries would read them.
    this.addSql(`CREATE TABLE played (
      entry_id uuid PRIMARY KEY REFERENCES library_entry DEFERRABLE INITIALLY DEFERRED,
      intervals tstzmultirange NOT NULL
    )`);
    // In how many libraries a game is: what percentages of achievements are of.
    this.addSql(
      'CREATE TABLE game_tally (game_id uuid PRIMARY KEY, entries_count int NOT NULL) WITH (fillfactor = 50)',
    );

    this.addSql(`CREATE TABLE licence (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      game_id uuid NOT NULL,
      source text NOT NULL,
      source_id uuid NOT NULL,
      state text NOT NULL CHECK (state IN ('ACTIVE', 'REFUSED', 'REVOKED')),
      reason text,
      playtime_seconds int NOT NULL,
      granted_at timestamptz,
      revoked_at timestamptz,
      UNIQUE (source, source_id)
    )`);
    this.addSql('CREATE INDEX licence_user_id_game_id ON licence (user_id, game_id)');
    this.addSql(
      `CREATE UNIQUE INDEX licence_one_active ON licence (user_id, game_id, source) WHERE state = 'ACTIVE'`,
    );

    this.addSql(`CREATE TABLE play_session (
      id uuid PRIMARY KEY,
      entry_id uuid NOT NULL REFERENCES library_entry DEFERRABLE INITIALLY DEFERRED,
      user_id uuid NOT NULL,
      game_id uuid NOT NULL,
      device_id text,
      started_at timestamptz NOT NULL,
      last_beat_at timestamptz NOT NULL,
      ended_at timestamptz
    ) WITH (fillfactor = 70)`);
    // No index has last_beat_at, so that a heartbeat changes none; the job that looks for silence reads all open ones.
    this.addSql(
      'CREATE UNIQUE INDEX play_session_one_open ON play_session (entry_id, device_id) WHERE ended_at IS NULL',
    );
    this.addSql(
      'CREATE UNIQUE INDEX play_session_reported_once ON play_session (entry_id, started_at, ended_at) WHERE device_id IS NULL',
    );

    this.addSql(`CREATE TABLE achievement (
      id uuid PRIMARY KEY,
      game_id uuid NOT NULL,
      key text NOT NULL,
      name text NOT NULL,
      description text NOT NULL,
      icon_url text,
      points int,
      is_secret boolean NOT NULL,
      is_retired boolean NOT NULL,
      unlocks_count int NOT NULL,
      UNIQUE (game_id, key)
    ) WITH (fillfactor = 70)`);
    this.addSql(`CREATE TABLE achievement_unlock (
      id uuid PRIMARY KEY,
      achievement_id uuid NOT NULL REFERENCES achievement DEFERRABLE INITIALLY DEFERRED,
      entry_id uuid NOT NULL REFERENCES library_entry DEFERRABLE INITIALLY DEFERRED,
      user_id uuid NOT NULL,
      game_id uuid NOT NULL,
      achievement_key text NOT NULL,
      name text NOT NULL,
      unlocked_at timestamptz NOT NULL,
      UNIQUE (achievement_id, user_id)
    )`);
    this.addSql(
      'CREATE INDEX achievement_unlock_entry_id ON achievement_unlock (entry_id, unlocked_at DESC, id)',
    );

    const origin = 'source_version bigint NOT NULL, source_at timestamptz NOT NULL';
    this.addSql(`CREATE TABLE game_copy (
      id uuid PRIMARY KEY,
      studio_id uuid NOT NULL,
      slug text NOT NULL,
      title text NOT NULL,
      cover_url text,
      tags text[] NOT NULL,
      platforms text[] NOT NULL,
      state text NOT NULL,
      ${origin}
    )`);
    this.addSql(
      `CREATE TABLE studio_copy (id uuid PRIMARY KEY, members jsonb NOT NULL, ${origin})`,
    );
    this.addSql(`CREATE TABLE user_copy (
      id uuid PRIMARY KEY,
      handle text NOT NULL,
      privacy jsonb NOT NULL,
      is_banned boolean NOT NULL,
      ${origin}
    )`);
    this.addSql('CREATE TABLE deleted_user (id uuid PRIMARY KEY)');
    this.addSql(`CREATE TABLE friendship_copy (
      id uuid PRIMARY KEY,
      lesser_user_id uuid NOT NULL,
      greater_user_id uuid NOT NULL,
      are_friends boolean NOT NULL,
      ${origin}
    )`);
    this.addSql(
      'CREATE INDEX friendship_copy_users ON friendship_copy (lesser_user_id, greater_user_id) WHERE are_friends',
    );
  }
}
