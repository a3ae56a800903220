/** Where each archived event stands among all: what a subscription that goes on has missed is behind a position. */
export const ARCHIVE_POSITIONS = [
  `CREATE SEQUENCE events.archive_position`,
  // Events that are in the archive already get none: nobody has heard a position that is before theirs.
  `ALTER TABLE events.outbox_archive ADD COLUMN position bigint`,
  `ALTER TABLE events.outbox_archive ALTER COLUMN position SET DEFAULT nextval('events.archive_position')`,
  // They come in their order, so a summary of each range of pages is index enough, and costs the relay nothing.
  `CREATE INDEX outbox_archive_position ON events.outbox_archive USING brin (position) WITH (autosummarize = on)`,
];
