import { EVENT_TABLES } from '@gamegraph/subgraph-kit';
import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: all tables are new. */
export class CreateTables extends Migration {
  override up(): void {
    for (const statement of EVENT_TABLES) this.addSql(statement);
    this.addSql('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    this.addSql(`CREATE TABLE user_profile (
      id uuid PRIMARY KEY,
      handle text NOT NULL,
      handle_skeleton text NOT NULL CONSTRAINT user_profile_handle_skeleton_unique UNIQUE,
      renamed_at timestamptz,
      display_name text NOT NULL,
      bio text,
      avatar_url text,
      region text,
      roles text[] NOT NULL,
      privacy jsonb NOT NULL,
      is_banned boolean NOT NULL,
      created_at timestamptz NOT NULL,
      friends_count int NOT NULL,
      games_count int NOT NULL,
      builds_count int NOT NULL
    )`);
    this.addSql('CREATE INDEX user_profile_handle ON user_profile (handle, id)');
    this.addSql(
      'CREATE INDEX user_profile_handle_words ON user_profile USING gin (handle gin_trgm_ops)',
    );
    this.addSql(
      'CREATE INDEX user_profile_name_words ON user_profile USING gin (lower(display_name) gin_trgm_ops)',
    );
    for (const column of ['created_at', 'friends_count', 'games_count', 'builds_count']) {
      this.addSql(`CREATE INDEX user_profile_${column} ON user_profile (${column} DESC, id)`);
    }
    this.addSql(`CREATE TABLE old_handle (
      skeleton text PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES user_profile ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      until timestamptz NOT NULL
    )`);
    this.addSql(`CREATE TABLE account (
      id uuid PRIMARY KEY REFERENCES user_profile ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      email text NOT NULL CONSTRAINT account_email_unique UNIQUE,
      password_hash text NOT NULL,
      failed_log_ins int NOT NULL,
      locked_until timestamptz
    )`);
    this.addSql(`CREATE TABLE session (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES user_profile ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      user_agent text,
      address text,
      created_at timestamptz NOT NULL,
      last_seen_at timestamptz NOT NULL,
      revoked_at timestamptz
    )`);
    this.addSql('CREATE INDEX session_user_id_index ON session (user_id)');
    this.addSql(`CREATE TABLE refresh_token (
      hash text PRIMARY KEY,
      session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      used_at timestamptz
    )`);
    this.addSql('CREATE INDEX refresh_token_session_id_index ON refresh_token (session_id)');
    this.addSql(`CREATE TABLE ban (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES user_profile ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      reason text NOT NULL,
      set_by uuid NOT NULL,
      set_at timestamptz NOT NULL,
      until timestamptz,
      lifted_at timestamptz
    )`);
    this.addSql('CREATE INDEX ban_user_id_index ON ban (user_id)');
    this.addSql(`CREATE TABLE signing_key (
      kid text PRIMARY KEY,
      public_key jsonb NOT NULL,
      sealed_private_key text NOT NULL,
      active_from timestamptz NOT NULL
    )`);
  }
}
