import { user } from '@gamegraph/event-contracts';
import {
  buildSubgraph,
  defineSource,
  query,
  type SubgraphDefinition,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Account } from './account/account.entity.js';
import { Ban } from './ban/ban.entity.js';
import { BanResolver } from './ban/ban.resolver.js';
import { buildsCount } from './build/builds-count.projection.js';
import { readUsersConfig } from './config.js';
import { friendsCount } from './friendship/friends-count.projection.js';
import { gamesCount } from './game/games-count.projection.js';
import { CreateTables } from './migrations/20261121T0900-create-tables.js';
import { TellOfRevocations } from './migrations/20261121T1000-tell-of-revocations.js';
import { DeadLettersAndRebuilds } from './migrations/20261121T1340-dead-letters-and-rebuilds.js';
import { ArchivePositions } from './migrations/20261121T1430-archive-positions.js';
import { grantRoute } from './role/grant.route.js';
import { RefreshToken } from './session/refresh-token.entity.js';
import { revocationsRoute } from './session/revocation.js';
import { Session } from './session/session.entity.js';
import { SessionResolver, UserSessionsResolver } from './session/session.resolver.js';
import { SignIn } from './session/sign-in.process.js';
import { SigningKey } from './signing-key/signing-key.entity.js';
import { SigningKeys } from './signing-key/signing-keys.js';
import { User } from './user/user.entity.js';
import { UserResolver } from './user/user.resolver.js';

const HOUR_MS = 60 * 60_000;

interface Services {
  signIn: SignIn;
  keys: SigningKeys;
  passwordLengthMin: number;
}

/** Who somebody is: accounts, credentials, sessions, roles and profiles. */
export const users: SubgraphDefinition<Services> = {
  name: 'users',
  schema: () => buildSubgraph([UserResolver, SessionResolver, UserSessionsResolver, BanResolver]),
  entities: [User, Account, Session, RefreshToken, Ban, SigningKey],
  migrations: [
    { name: '20261121T0900-create-tables', class: CreateTables },
    { name: '20261121T1000-tell-of-revocations', class: TellOfRevocations },
    { name: '20261121T1340-dead-letters-and-rebuilds', class: DeadLettersAndRebuilds },
    { name: '20261121T1430-archive-positions', class: ArchivePositions },
  ],
  sources: [defineSource(user, User, { stateOf: one => one.state(), isPersonal: true })],
  projections: [friendsCount, gamesCount, buildsCount],
  consumers: [],
  announcers: [],
  async services({ orm, env }) {
    const { TOKEN_ISSUER, SIGNING_KEY_SECRET, PASSWORD_LENGTH_MIN } = readUsersConfig(env);
    const keys = new SigningKeys(orm, SIGNING_KEY_SECRET);
    await keys.rotate(orm.em.fork(), new Date());
    return {
      keys,
      signIn: new SignIn({ keys, issuer: TOKEN_ISSUER, secret: SIGNING_KEY_SECRET }),
      passwordLengthMin: PASSWORD_LENGTH_MIN,
    };
  },
  routes: ({ orm }, { keys }) => [
    grantRoute(orm),
    revocationsRoute(orm),
    {
      method: 'GET',
      path: '/.well-known/jwks.json',
      access: 'open',
      answer: () => keys.published(new Date()),
    },
  ],
  jobs: (_, { keys }) => [
    { name: 'rotate signing keys', everyMs: HOUR_MS, run: (em, now) => keys.rotate(em, now) },
    {
      name: 'forget dead sessions',
      everyMs: HOUR_MS,
      run: (em, now) =>
        query(
          em,
          sql`DELETE FROM session WHERE id IN (
                SELECT id FROM session WHERE revoked_at < ${now}::timestamptz - interval '30 days'
                  OR last_seen_at < ${now}::timestamptz - interval '90 days' LIMIT 10000)`,
        ),
    },
    {
      name: 'forget revoked users',
      everyMs: HOUR_MS,
      run: (em, now) =>
        query(em, sql`DELETE FROM revoked_user WHERE at < ${now}::timestamptz - interval '1 hour'`),
    },
  ],
};
