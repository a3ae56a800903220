import { Migration } from '@mikro-orm/migrations';
import { keepForever } from './keeper.js';

/** Locks nothing: the table is new. */
export class Invoices extends Migration {
  override up(): void {
    this.addSql(`CREATE TABLE invoice (
      id uuid PRIMARY KEY,
      seller_id uuid NOT NULL,
      number bigint NOT NULL,
      kind text NOT NULL CHECK (kind IN ('RECEIPT', 'CREDIT_NOTE')),
      order_id uuid NOT NULL,
      op uuid NOT NULL,
      currency text NOT NULL,
      minor bigint NOT NULL CHECK (minor > 0),
      lines jsonb NOT NULL,
      xid xid8 NOT NULL,
      issued_at timestamptz NOT NULL,
      CONSTRAINT invoice_number UNIQUE (seller_id, number),
      CONSTRAINT invoice_once UNIQUE (op, seller_id)
    )`);
    this.addSql('CREATE INDEX invoice_order_id ON invoice (order_id)');
    this.addSql('CREATE INDEX invoice_xid ON invoice (xid DESC)');
    this.addSql(`CREATE FUNCTION number_without_gap() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
      BEGIN
        IF NEW.number <> 1 + coalesce((SELECT max(number) FROM invoice WHERE seller_id = NEW.seller_id), 0) THEN
          RAISE check_violation USING MESSAGE = 'The numbers of a seller have no gap (number_without_gap).',
            CONSTRAINT = 'number_without_gap';
        END IF;
        RETURN NEW;
      END $$`);
    this.addSql(`CREATE TRIGGER invoice_number BEFORE INSERT ON invoice
      FOR EACH ROW EXECUTE FUNCTION number_without_gap()`);
    for (const statement of keepForever('invoice')) this.addSql(statement);
  }
}
