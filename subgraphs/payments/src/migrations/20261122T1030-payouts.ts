import { Migration } from '@mikro-orm/migrations';
import { keepForever } from './keeper.js';

/** Locks nothing: all tables are new. */
export class Payouts extends Migration {
  override up(): void {
    this.addSql(`CREATE TABLE studio_copy (
      id uuid PRIMARY KEY,
      members jsonb NOT NULL,
      source_version bigint NOT NULL,
      source_at timestamptz NOT NULL
    )`);
    this.addSql(`CREATE TABLE payout (
      id uuid PRIMARY KEY,
      studio_id uuid NOT NULL,
      currency text NOT NULL,
      period_from timestamptz,
      period_to timestamptz NOT NULL,
      carried_minor bigint NOT NULL,
      lines jsonb NOT NULL,
      minor bigint NOT NULL CHECK (minor >= 0),
      made_at timestamptz NOT NULL,
      CONSTRAINT payout_once UNIQUE (studio_id, currency, period_to)
    )`);
    for (const statement of keepForever('payout')) this.addSql(statement);
  }
}
