import { Migration } from '@mikro-orm/migrations';

/** Locks nothing: the table is new. */
export class CreateEscrow extends Migration {
  override up(): void {
    this.addSql(`CREATE TABLE escrow (
      id uuid PRIMARY KEY,
      payer_id uuid NOT NULL,
      payee_id uuid NOT NULL,
      arbiter_id uuid,
      wallet_id uuid NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED,
      purpose text NOT NULL,
      currency text NOT NULL,
      minor bigint NOT NULL CHECK (minor > 0),
      payee_minor bigint,
      state text NOT NULL CHECK (state IN ('FUNDED', 'RELEASED', 'REFUNDED', 'SPLIT')),
      deadline_at timestamptz NOT NULL,
      at_deadline text NOT NULL CHECK (at_deadline IN ('RELEASE', 'REFUND')),
      created_at timestamptz NOT NULL,
      ended_at timestamptz,
      CHECK (payer_id <> payee_id AND arbiter_id NOT IN (payer_id, payee_id)),
      CHECK (payee_minor BETWEEN 0 AND minor),
      CHECK ((state = 'FUNDED') = (ended_at IS NULL) AND (state = 'FUNDED') = (payee_minor IS NULL))
    )`);
    for (const party of ['payer_id', 'payee_id', 'arbiter_id'])
      this.addSql(`CREATE INDEX escrow_${party} ON escrow (${party}, created_at DESC, id)`);
    this.addSql(`CREATE INDEX escrow_deadline ON escrow (deadline_at) WHERE state = 'FUNDED'`);
  }
}
