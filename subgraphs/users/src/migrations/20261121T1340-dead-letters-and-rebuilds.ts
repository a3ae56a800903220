import { OPERATOR_TABLES } from '@gamegraph/subgraph-kit';
import { Migration } from '@mikro-orm/migrations';

/** Locks the table of parked events for a moment: it gets a column without a default. */
export class DeadLettersAndRebuilds extends Migration {
  override up(): void {
    for (const statement of OPERATOR_TABLES) this.addSql(statement);
  }
}
