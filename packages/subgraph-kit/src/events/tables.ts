/**
 * The tables behind outbox, inbox and projections: the first migration of every subgraph runs these statements.
 * Column names of the outbox are the defaults of Debezium's outbox event router, should one ever replace the relay.
 */
export const EVENT_TABLES = [
  `CREATE SCHEMA events`,
  // The highest version of each aggregate. Its row lock, held to the commit, makes versions gap-free and commit-ordered.
  `CREATE TABLE events.outbox_head (
    aggregatetype text, aggregateid text, version bigint NOT NULL, PRIMARY KEY (aggregatetype, aggregateid)
  ) WITH (fillfactor = 70)`,
  `CREATE SEQUENCE events.outbox_seq`,
  // What waits for the relay; deleting is its acknowledgement.
  `CREATE TABLE events.outbox (
    seq bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    aggregatetype text NOT NULL,
    aggregateid text NOT NULL,
    version bigint NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL,
    headers jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    shard smallint GENERATED ALWAYS AS ((hashtext(aggregatetype || ':' || aggregateid) & 2147483647) % 8) STORED,
    UNIQUE (aggregatetype, aggregateid, version)
  )`,
  `CREATE INDEX outbox_shard_seq ON events.outbox (shard, seq)`,
  `CREATE FUNCTION events.outbox_version() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO events.outbox_head AS head VALUES (NEW.aggregatetype, NEW.aggregateid, 1)
    ON CONFLICT (aggregatetype, aggregateid) DO UPDATE SET version = head.version + 1
    RETURNING head.version INTO NEW.version;
    NEW.seq := nextval('events.outbox_seq'); -- after the head's lock: within an aggregate, seq order is commit order
    RETURN NEW;
  END $$`,
  `CREATE TRIGGER outbox_version BEFORE INSERT ON events.outbox
  FOR EACH ROW EXECUTE FUNCTION events.outbox_version()`,
  // What the relay has published: the source of replays.
  `CREATE TABLE events.outbox_archive (
    aggregatetype text, aggregateid text, version bigint, id uuid NOT NULL, type text NOT NULL, payload jsonb NOT NULL,
    headers jsonb NOT NULL, created_at timestamptz NOT NULL, PRIMARY KEY (aggregatetype, aggregateid, version)
  )`,
  // How far each consumer has come with each aggregate, written in the transaction of the effect.
  `CREATE TABLE events.inbox_head (
    consumer text, aggregatetype text, aggregateid text, version bigint NOT NULL,
    PRIMARY KEY (consumer, aggregatetype, aggregateid)
  ) WITH (fillfactor = 70)`,
  // Events that cannot be applied yet: poison, and what waits behind it or behind a gap.
  `CREATE TABLE events.inbox_parked (
    consumer text, aggregatetype text, aggregateid text, version bigint, reason text NOT NULL, error text,
    message jsonb NOT NULL, parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, aggregatetype, aggregateid, version)
  )`,
  // Consumers that have asked their owners for the whole archive once.
  `CREATE TABLE events.inbox_consumer (consumer text PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())`,
  // Under which keys a counter counts each aggregate, as of which version of it.
  `CREATE TABLE events.counted (
    projection text, aggregateid text, keys uuid[] NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (projection, aggregateid)
  )`,
];
