import { notFound, type Route, transact } from '@gamegraph/subgraph-kit';
import type { MikroORM } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { Account, canonicalEmail } from '../account/account.entity.js';
import { User } from '../user/user.entity.js';
import { grant } from './grant.js';
import { Role } from './role.js';

const GrantRequest = z.object({ email: z.string(), roles: z.array(z.enum(Role)) });

/** How the operator makes the first admin: all others are made by an admin, through the graph. */
export function grantRoute(orm: MikroORM): Route {
  return {
    method: 'POST',
    path: '/internal/grant-roles',
    access: 'operator',
    async answer({ body }) {
      const { email, roles } = GrantRequest.parse(body);
      return transact(orm.em.fork(), async tx => {
        const account = await tx.findOne(Account, { email: canonicalEmail(email) });
        const user = account && (await tx.findOne(User, account.id));
        if (!user) throw notFound('User');
        await grant(tx, user, roles, new Date());
        return { id: user.id, roles: user.roles };
      });
    },
  };
}
