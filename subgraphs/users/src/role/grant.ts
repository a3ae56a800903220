import { record } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { revokeTokensOf } from '../session/revocation.js';
import type { User } from '../user/user.entity.js';
import type { Role } from './role.js';

/** Sets a user's roles. One that is lost is lost at once; one that is won is in the next access token. */
export async function grant(tx: EntityManager, user: User, roles: Role[], at: Date): Promise<void> {
  const before = user.roles;
  record(tx, user.grant(roles), at);
  if (before.some(role => !user.roles.includes(role))) await revokeTokensOf(tx, user.id, at);
}
