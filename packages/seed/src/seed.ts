import type { Operator } from '@gamegraph/launcher';
import { BUILDABLE_GAMES, openSourceGames } from './catalogue/games.js';
import { type Account, Graph, Refused } from './graph.js';
import { makePlan, type Person } from './plan.js';
import { publishGames, releaseData } from './publishing.js';
import { Random } from './random.js';
import { Story } from './story.js';

const PASSWORD = 'demo';

/** Those that the first screen tells one to log in as. */
const PLAYER = { email: 'player@demo', handle: 'ada', displayName: 'Ada Rivers', region: 'DE' };
const STUDIO = { email: 'studio@demo', handle: 'mira', displayName: 'Mira Holt', region: 'FR' };
const ANALYST = { email: 'analyst@demo', handle: 'noor', displayName: 'Noor Azadi', region: 'GB' };
const ADMIN = { email: 'admin@demo', handle: 'sam', displayName: 'Sam Keller', region: 'US' };

const GRANT_ROLES = `mutation grantRoles($userId: ID!, $roles: [Role!]!) {
  grantRoles(userId: $userId, roles: $roles) { id } }`;
const UPDATE_PROFILE = `mutation updateProfile($bio: String!) { updateProfile(input: { bio: $bio }) { id } }`;
const BIO = `query bio { me { bio } }`;

export interface SeedOptions {
  graphqlUrl: string;
  /** Makes the first admin. */
  operator: Operator;
  /** 1 is some tens of players. */
  scale: number;
  /** What is left to chance is the same for the same seed. */
  seed: number;
  /** Told of each step that is done. */
  onStep?(done: string): void;
}

/**
 * Fills an empty system with catalogues and players as clients would: by mutations, through the router. One that was
 * filled before is left alone.
 *
 * @throws Error when an earlier run was cut off: what it left cannot be gone on with
 */
export async function seed(options: SeedOptions): Promise<'done' | 'done before'> {
  const { graphqlUrl, operator, scale, onStep = () => {} } = options;
  const graph = new Graph(graphqlUrl);
  if (await wasDoneBefore(graph)) return 'done before';
  const games = [...BUILDABLE_GAMES, ...openSourceGames()];
  const plan = makePlan(new Random(options.seed), games, scale, PLAYER);

  const register = ({ email, handle, displayName, region }: Person) =>
    graph.register({ email, password: PASSWORD, handle, displayName, region });
  const [studio, analyst, admin, ...accounts] = (await Promise.all(
    [STUDIO, ANALYST, ADMIN, ...plan.people].map(register),
  )) as [Account, Account, Account, ...Account[]];
  await operator.post('users', 'grant-roles', { email: ADMIN.email, roles: ['ADMIN'] });
  await admin.renew();
  await giveRole(admin, studio, 'DEVELOPER');
  await giveRole(admin, analyst, 'ANALYST');
  onStep(`${accounts.length + 3} users`);

  const ids = await Promise.all([
    publishGames(studio, BUILDABLE_GAMES),
    publishGames(admin, games.slice(BUILDABLE_GAMES.length)),
  ]);
  const gameIds = new Map(ids.flat().map((id, n) => [games[n]!, id]));
  onStep(`${games.length} games`);

  const story = new Story(plan, accounts, gameIds);
  onStep(`${await story.buy()} purchases`);
  onStep(`${await story.bring(admin)} games that players came with`);
  const releases = BUILDABLE_GAMES.map(game => releaseData(studio, gameIds.get(game)!, game.data));
  await Promise.all(releases);
  onStep(`${BUILDABLE_GAMES.flatMap(({ data }) => data.items).length} items`);
  onStep(`${await story.befriend(admin)} friendships`);
  onStep(`${await story.build()} builds`);
  onStep(`${await story.talk()} messages`);
  await story.settleOrders(admin);
  onStep(`${await story.achieve(studio)} achievements`);
  onStep(`${await story.give(studio)} inventories`);
  onStep(`${await story.play()} play sessions`);
  await story.appear();

  await admin.ask(UPDATE_PROFILE, { bio: 'Keeps the lights on.' });
  await analyst.ask(UPDATE_PROFILE, { bio: 'Counts what others play.' });
  await studio.ask(UPDATE_PROFILE, { bio: 'Makes and patches the games that builds are made of.' });
  // The last of all: it tells that the run has come to its end.
  await accounts[0]!.ask(UPDATE_PROFILE, { bio: 'Plays after eight. Hits hard, rolls late.' });
  return 'done';
}

async function wasDoneBefore(graph: Graph): Promise<boolean> {
  let player: Account;
  try {
    player = await graph.logIn(PLAYER.email, PASSWORD);
  } catch (error) {
    if (error instanceof Refused && error.kind === 'WrongCredentials') return false;
    throw error;
  }
  const { me } = await player.ask<{ me: { bio: string | null } }>(BIO);
  if (me.bio !== null) return true;
  throw new Error('An earlier run was cut off. Start over: npm start -- --reset');
}

async function giveRole(admin: Account, account: Account, role: string): Promise<void> {
  await admin.ask(GRANT_ROLES, { userId: account.id, roles: ['PLAYER', role] });
  await account.renew();
}
