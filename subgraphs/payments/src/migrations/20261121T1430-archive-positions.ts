import { ARCHIVE_POSITIONS } from '@gamegraph/subgraph-kit';
import { Migration } from '@mikro-orm/migrations';

/** Locks the archive of events while an index is made of a column without values: the relay waits. */
export class ArchivePositions extends Migration {
  override up(): void {
    for (const statement of ARCHIVE_POSITIONS) this.addSql(statement);
  }
}
