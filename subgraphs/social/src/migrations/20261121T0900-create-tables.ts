import { EVENT_TABLES } from '@gamegraph/subgraph-kit';
import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: all tables are new. */
export class CreateTables extends Migration {
  override up(): void {
    for (const statement of EVENT_TABLES) this.addSql(statement);
    this.addSql(`CREATE TABLE user_copy (
      id uuid PRIMARY KEY,
      handle text NOT NULL,
      avatar_url text,
      library_audience text NOT NULL,
      friends_audience text NOT NULL,
      activity_audience text NOT NULL,
      presence_audience text NOT NULL,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL
    )`);
    this.addSql(`CREATE TABLE game_copy (
      id uuid PRIMARY KEY,
      title text NOT NULL,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL
    )`);
    this.addSql(`CREATE TABLE library_entry_copy (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      game_id uuid NOT NULL,
      is_owned boolean NOT NULL,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL
    )`);
    this.addSql('CREATE INDEX library_entry_copy_of_user ON library_entry_copy (user_id, game_id)');
    this.addSql(`CREATE TABLE friendship (
      id uuid PRIMARY KEY,
      user_low uuid NOT NULL,
      user_high uuid NOT NULL,
      are_friends boolean NOT NULL,
      since timestamptz NOT NULL,
      CONSTRAINT friendship_pair_unique UNIQUE (user_low, user_high),
      CHECK (user_low < user_high)
    )`);
    this.addSql('CREATE INDEX friendship_of_high ON friendship (user_high, user_low)');
    // Each friendship from both sides.
    this.addSql(`CREATE VIEW friend AS
      SELECT user_low AS user_id, user_high AS friend_id, since FROM friendship WHERE are_friends
      UNION ALL
      SELECT user_high, user_low, since FROM friendship WHERE are_friends`);
    this.addSql(`CREATE TABLE friend_request (
      id uuid PRIMARY KEY,
      from_id uuid NOT NULL,
      to_id uuid NOT NULL,
      sent_at timestamptz NOT NULL,
      CHECK (from_id <> to_id)
    )`);
    this.addSql(
      'CREATE UNIQUE INDEX friend_request_pair_unique ON friend_request (least(from_id, to_id), greatest(from_id, to_id))',
    );
    this.addSql('CREATE INDEX friend_request_of_sender ON friend_request (from_id, sent_at, id)');
    this.addSql('CREATE INDEX friend_request_of_receiver ON friend_request (to_id, sent_at, id)');
    this.addSql(`CREATE TABLE block (
      blocker_id uuid NOT NULL,
      blocked_id uuid NOT NULL,
      since timestamptz NOT NULL,
      PRIMARY KEY (blocker_id, blocked_id),
      CHECK (blocker_id <> blocked_id)
    )`);
    this.addSql('CREATE INDEX block_of_blocked ON block (blocked_id, blocker_id)');
    // Whom a block hides from whom: each from the other, whoever set it.
    this.addSql(`CREATE VIEW hidden AS
      SELECT blocker_id AS user_id, blocked_id AS other_id FROM block
      UNION ALL
      SELECT blocked_id, blocker_id FROM block`);
    this.addSql(`CREATE TABLE chat (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      name text,
      user_low uuid,
      user_high uuid,
      head_sequence int NOT NULL,
      active_at timestamptz NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT chat_pair_unique UNIQUE (user_low, user_high),
      CHECK ((kind = 'DIRECT') = (user_low IS NOT NULL AND user_high IS NOT NULL AND user_low < user_high)),
      CHECK ((kind = 'GROUP') = (name IS NOT NULL))
    )`);
    this.addSql(`CREATE TABLE chat_member (
      id uuid PRIMARY KEY,
      chat_id uuid NOT NULL REFERENCES chat DEFERRABLE INITIALLY DEFERRED,
      user_id uuid NOT NULL,
      role text NOT NULL,
      joined_at timestamptz NOT NULL,
      joined_sequence int NOT NULL,
      read_sequence int NOT NULL,
      CONSTRAINT chat_member_unique UNIQUE (chat_id, user_id),
      CHECK (read_sequence >= joined_sequence)
    )`);
    this.addSql('CREATE INDEX chat_member_of_user ON chat_member (user_id, chat_id)');
    this.addSql(
      `CREATE UNIQUE INDEX chat_member_one_owner ON chat_member (chat_id) WHERE role = 'OWNER'`,
    );
    this.addSql(`CREATE TABLE message (
      id uuid PRIMARY KEY,
      chat_id uuid NOT NULL REFERENCES chat DEFERRABLE INITIALLY DEFERRED,
      author_id uuid NOT NULL,
      client_id uuid NOT NULL,
      sequence int NOT NULL,
      text text CHECK (char_length(text) BETWEEN 1 AND 4000),
      reply_to_id uuid REFERENCES message DEFERRABLE INITIALLY DEFERRED,
      sent_at timestamptz NOT NULL,
      edited_at timestamptz,
      CONSTRAINT message_sequence_unique UNIQUE (chat_id, sequence),
      CONSTRAINT message_client_id_unique UNIQUE (chat_id, author_id, client_id)
    )`);
    this.addSql(`CREATE TABLE presence (
      id uuid PRIMARY KEY,
      status text NOT NULL,
      game_id uuid,
      since timestamptz NOT NULL,
      connections jsonb NOT NULL,
      next_end_at timestamptz NOT NULL
    )`);
    this.addSql('CREATE INDEX presence_next_end ON presence (next_end_at)');
    this.addSql(`CREATE TABLE activity (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      subject_id uuid NOT NULL,
      user_id uuid NOT NULL,
      game_id uuid,
      build_id uuid,
      friend_id uuid,
      achievement_name text,
      at timestamptz NOT NULL,
      CONSTRAINT activity_unique UNIQUE (subject_id, kind, user_id)
    )`);
    this.addSql('CREATE INDEX activity_of_user ON activity (user_id, at DESC, id)');
    this.addSql(`CREATE TABLE notification (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      kind text NOT NULL,
      dedupe_key text NOT NULL,
      actor_id uuid,
      game_id uuid,
      build_id uuid,
      chat_id uuid,
      created_at timestamptz NOT NULL,
      seen_at timestamptz,
      read_at timestamptz,
      CONSTRAINT notification_unique UNIQUE (user_id, kind, dedupe_key),
      CHECK (read_at IS NULL OR seen_at IS NOT NULL)
    )`);
    this.addSql('CREATE INDEX notification_of_user ON notification (user_id, created_at DESC, id)');
    this.addSql('CREATE INDEX notification_unread ON notification (user_id) WHERE read_at IS NULL');
    this.addSql('CREATE INDEX notification_of_actor ON notification (actor_id)');
    this.addSql(
      'CREATE INDEX notification_of_build ON notification (build_id) WHERE build_id IS NOT NULL',
    );
    // The builds that need a review now: whoever is told of it is told when a build comes in.
    this.addSql('CREATE TABLE build_in_review (id uuid PRIMARY KEY)');
    this.addSql(`CREATE TABLE notification_preference (
      user_id uuid NOT NULL,
      kind text NOT NULL,
      is_enabled boolean NOT NULL,
      PRIMARY KEY (user_id, kind)
    )`);
  }
}
