import { Migration } from '@mikro-orm/migrations';

/** Locks `session` against writes while its index is made. */
export class TellOfRevocations extends Migration {
  override up(): void {
    // No foreign key: of a user who is deleted, this is what stays for a while.
    this.addSql('CREATE TABLE revoked_user (user_id uuid PRIMARY KEY, at timestamptz NOT NULL)');
    this.addSql(
      'CREATE INDEX session_revoked_at ON session (revoked_at) WHERE revoked_at IS NOT NULL',
    );
  }
}
