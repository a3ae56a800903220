/** What operators see and do beside events: messages set aside, and projections that are made anew. */
export const OPERATOR_TABLES = [
  // Why an event is poison: INVALID_DATA, UNKNOWN_TYPE or HANDLER_FAILED.
  `ALTER TABLE events.inbox_parked ADD COLUMN kind text`,
  // Messages that are no event at all. `json`, since it keeps as it came what `jsonb` refuses (a NUL in a string).
  `CREATE TABLE events.malformed_message (
    id uuid PRIMARY KEY, message json NOT NULL, error text NOT NULL, parked_at timestamptz NOT NULL DEFAULT now()
  )`,
  // What was given up, by whom and why: it is never deleted.
  `CREATE TABLE events.discarded (
    id text NOT NULL, consumer text, aggregatetype text, aggregateid text, version bigint, kind text NOT NULL,
    error text NOT NULL, message json NOT NULL, parked_at timestamptz NOT NULL,
    reason text NOT NULL, discarded_by text NOT NULL, discarded_at timestamptz NOT NULL DEFAULT now()
  )`,
  // The last rebuild of each projection.
  `CREATE TABLE events.rebuild (
    projection text PRIMARY KEY,
    id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('FILLING', 'DONE', 'FAILED')),
    started_at timestamptz NOT NULL,
    asked_at timestamptz,
    progress_at timestamptz NOT NULL,
    ended_at timestamptz,
    answer uuid,
    total int,
    is_told boolean NOT NULL DEFAULT false,
    changed int,
    failed int,
    error text
  )`,
  // What a projection under rebuild is to keep of each aggregate: its newest state that has come, by whatever way.
  `CREATE TABLE events.shadow (
    projection text, aggregateid uuid, version bigint NOT NULL, kept jsonb, error text, answer uuid,
    PRIMARY KEY (projection, aggregateid)
  )`,
];
