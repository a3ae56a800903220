import { randomUUID } from 'node:crypto';
import { type Game, slugOf } from './catalogue/catalogue.js';
import { priceIn, priceRegionOf } from './catalogue/prices.js';
import { type Account, forEach, inTime, until } from './graph.js';
import type { Person, PersonIndex, Plan, PlannedBuild } from './plan.js';
import { itemIdsOf } from './publishing.js';

const TOP_UP_STEP = 5_000; // minor units: people put round amounts into their wallets
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NODES_MAX = 100;
const ITEMS_MAX = 200;

const TOP_UP = `mutation topUpWallet($input: TopUpWalletInput!) { topUpWallet(input: $input) {
  __typename ... on Refusal { message } } }`;
const QUOTE = `mutation quoteGame($gameId: ID!, $region: String!) { quoteGame(gameId: $gameId, region: $region) {
  __typename ... on Quote { id } ... on Refusal { message } } }`;
const PURCHASE = `mutation purchaseGame($input: PurchaseGameInput!) { purchaseGame(input: $input) {
  __typename ... on Refusal { message } } }`;
const GRANT = `mutation grantLicence($userId: ID!, $gameId: ID!, $since: DateTime!) {
  grantLicence(userId: $userId, gameId: $gameId, since: $since, reason: "Owned before they came.") { id } }`;
const ORDERS = `query orders($state: OrderState!) { orders(first: 1, filter: { state: $state }) {
  totalCount edges { node { gameTitle buyerHandle reason } } } }`;
const FRIENDSHIPS = `query friendships($ids: [ID!]!) { nodes(ids: $ids) { ... on User { friendship } } }`;
const BEFRIEND = `mutation sendFriendRequest($userId: ID!) { sendFriendRequest(userId: $userId) {
  __typename ... on Refusal { message } } }`;
const CHECK_BUILD = `query checkBuild($input: BuildContentInput!) { checkBuild(input: $input) { faults { path } } }`;
const CREATE_BUILD = `mutation createBuild($input: CreateBuildInput!) { createBuild(input: $input) {
  __typename ... on Build { id } ... on BuildFaulty { faults { path message } } ... on Refusal { message } } }`;
const LIKE = `mutation likeBuild($id: ID!) { likeBuild(id: $id) { __typename ... on Refusal { message } } }`;
const FORK = `mutation forkBuild($id: ID!, $name: String!) { forkBuild(id: $id, name: $name) {
  __typename ... on Build { id } ... on Refusal { message } } }`;
const SHOW = `mutation setBuildVisibility($id: ID!) { setBuildVisibility(id: $id, visibility: PUBLIC) {
  __typename ... on Refusal { message } } }`;
const UNLOCK = `mutation unlockAchievement($gameId: ID!, $userId: ID!, $key: String!) {
  unlockAchievement(gameId: $gameId, userId: $userId, key: $key) { __typename ... on Refusal { message } } }`;
const GIVE = `mutation changeInventory($input: ChangeInventoryInput!) { changeInventory(input: $input) {
  __typename ... on InventoryFaulty { faults { path } } ... on Refusal { message } } }`;
const OPEN_CHAT = `mutation openDirectChat($userId: ID!) { openDirectChat(userId: $userId) { id } }`;
const CREATE_GROUP = `mutation createGroupChat($input: CreateGroupChatInput!) { createGroupChat(input: $input) {
  __typename ... on Chat { id } ... on Refusal { message } } }`;
const SEND = `mutation sendMessage($input: SendMessageInput!) { sendMessage(input: $input) {
  __typename ... on Refusal { message } } }`;
const REPORT = `mutation reportPlaySessions($sessions: [PlaySessionReport!]!) {
  reportPlaySessions(sessions: $sessions) { rejected { message } } }`;
const PRESENCE = `mutation reportPresence($input: ReportPresenceInput!) {
  reportPresence(input: $input) { status } }`;

interface Orders {
  orders: {
    totalCount: number;
    edges: { node: { gameTitle: string; buyerHandle: string; reason: string } }[];
  };
}

interface Reported {
  reportPlaySessions: { rejected: { message: string }[] };
}

/** Carries out what a plan says, step by step. Each step tells how much it made. */
export class Story {
  /** Of the items of each game that has builds, by their keys. */
  readonly #itemIds = new Map<Game, Map<string, string>>();

  constructor(
    private readonly plan: Plan,
    /** Of each of the plan's people. */
    private readonly accounts: Account[],
    private readonly gameIds: ReadonlyMap<Game, string>,
  ) {}

  /** Everybody fills their wallet and buys their games. The library grants the licences a little later. */
  async buy(): Promise<number> {
    await forEach(this.plan.people, async (person, index) => {
      const games = this.plan.games[index]!;
      await this.#fillWallet(index, person, games);
      for (const game of games) {
        const account = this.accounts[index]!;
        const wanted = { gameId: this.#idOf(game), region: person.region };
        const { quoteGame } = await account.askInTime<{ quoteGame: { id: string } }>(QUOTE, wanted);
        const idempotencyKey = wishOf(person, `purchase-${slugOf(game.title)}`);
        await account.ask(PURCHASE, { input: { quoteId: quoteGame.id, idempotencyKey } });
      }
    });
    return this.plan.games.flat().length;
  }

  /** Gives everybody the games that they come with. */
  async bring(admin: Account): Promise<number> {
    await forEach(this.plan.brought, async (games, index) => {
      const userId = this.accounts[index]!.id;
      for (const { game, daysAgo } of games) {
        const since = new Date(Date.now() - daysAgo * DAY_MS);
        await admin.askInTime(GRANT, { userId, gameId: this.#idOf(game), since });
      }
    });
    return this.plan.brought.flat().length;
  }

  async #fillWallet(index: PersonIndex, person: Person, games: Game[]): Promise<void> {
    const region = priceRegionOf(person.region);
    const cost = games.reduce((sum, game) => sum + priceIn(region, game.priceUsdMinor), 0);
    const minor = String((Math.floor(cost / TOP_UP_STEP) + 1) * TOP_UP_STEP);
    const amount = { minor, currency: region.currency };
    const input = { amount, idempotencyKey: wishOf(person, 'first-top-up') };
    await this.accounts[index]!.askInTime(TOP_UP, { input });
  }

  /** Waits until every order has come to its end. @throws Error when one was refused */
  async settleOrders(admin: Account): Promise<void> {
    const ordersThatAre = async (state: string) =>
      (await admin.ask<Orders>(ORDERS, { state })).orders;
    await until('all orders completed', async () => (await ordersThatAre('HELD')).totalCount === 0);
    const [refused] = (await ordersThatAre('REFUSED')).edges;
    if (!refused) return;
    const { buyerHandle, gameTitle, reason } = refused.node;
    throw new Error(`The purchase of ${gameTitle} by ${buyerHandle} was refused: ${reason}.`);
  }

  /** Each asks the other: that makes friends. */
  async befriend(admin: Account): Promise<number> {
    const { friendships, requests } = this.plan;
    const ids = this.accounts.map(({ id }) => id);
    for (let start = 0; start < ids.length; start += NODES_MAX) {
      const page = ids.slice(start, start + NODES_MAX);
      await until('all players known to everyone', async () => {
        const { nodes } = await admin.ask<{ nodes: ({ friendship: string | null } | null)[] }>(
          FRIENDSHIPS,
          { ids: page },
        );
        return nodes.every(node => node?.friendship);
      });
    }
    const ask = (from: PersonIndex, to: PersonIndex) =>
      this.accounts[from]!.ask(BEFRIEND, { userId: ids[to] });
    await forEach(friendships, async ([one, other]) => {
      await ask(one, other);
      await ask(other, one);
    });
    await forEach(requests, ([from, to]) => ask(from, to));
    return friendships.length;
  }

  /** Makes the builds; then they are liked and forked. */
  async build(): Promise<number> {
    const games = [...new Set(this.plan.builds.map(({ game }) => game))];
    await forEach(games, async game => {
      const ids = await itemIdsOf(this.accounts[0]!, this.#idOf(game));
      this.#itemIds.set(game, ids);
      await this.#awaitItems(game, ids);
    });
    let forks = 0;
    await forEach(this.plan.builds, async build => {
      const id = await this.#make(build, this.#itemIds.get(build.game)!);
      if (!build.isPublic) return;
      await forEach(build.likedBy, admirer => this.accounts[admirer]!.ask(LIKE, { id }));
      await forEach(build.forkedBy, async admirer => {
        const account = this.accounts[admirer]!;
        const variables = { id, name: `${build.idea.name} II` };
        const { forkBuild } = await account.ask<{ forkBuild: { id: string } }>(FORK, variables);
        await account.ask(SHOW, { id: forkBuild.id });
        forks++;
      });
    });
    return this.plan.builds.length + forks;
  }

  /** Waits until `builds` has a copy of every item that somebody wants to use. */
  async #awaitItems(game: Game, ids: Map<string, string>): Promise<void> {
    const used = this.plan.builds
      .filter(build => build.game === game)
      .flatMap(({ idea }) => idea.items.map(({ key }) => ids.get(key)!));
    const wanted = [...new Set(used)].map(itemId => ({ slot: '', itemId }));
    for (let start = 0; start < wanted.length; start += ITEMS_MAX) {
      const input = { gameId: this.#idOf(game), items: wanted.slice(start, start + ITEMS_MAX) };
      await until(`copies of the items of ${game.title}`, async () => {
        const { checkBuild } = await this.accounts[0]!.askInTime<{
          checkBuild: { faults: { path: string }[] };
        }>(CHECK_BUILD, { input });
        return checkBuild.faults.every(({ path }) => path.endsWith('.slot'));
      });
    }
  }

  async #make(build: PlannedBuild, itemIds: Map<string, string>): Promise<string> {
    const { name, notes, items, parameters } = build.idea;
    const input = {
      ...{ name, notes, parameters, gameId: this.#idOf(build.game) },
      items: items.map(({ slot, key }) => ({ slot, itemId: itemIds.get(key) })),
      visibility: build.isPublic ? 'PUBLIC' : 'PRIVATE',
    };
    const author = this.accounts[build.author]!;
    const answer = await author.ask<{ createBuild: { id: string } }>(CREATE_BUILD, { input });
    return answer.createBuild.id;
  }

  async talk(): Promise<number> {
    const { chats } = this.plan;
    await forEach(chats, async ({ members, name, lines }) => {
      const speakers = members.map(member => this.accounts[member]!);
      const [first, ...rest] = speakers as [Account, ...Account[]];
      const input = { name, memberIds: rest.map(({ id }) => id) };
      const chatId = name
        ? (await first.ask<{ createGroupChat: { id: string } }>(CREATE_GROUP, { input }))
            .createGroupChat.id
        : (await first.ask<{ openDirectChat: { id: string } }>(OPEN_CHAT, { userId: rest[0]!.id }))
            .openDirectChat.id;
      for (const [n, text] of lines.entries()) {
        const message = { chatId, text, clientId: randomUUID() };
        await speakers[n % speakers.length]!.ask(SEND, { input: message });
      }
    });
    return chats.reduce((sum, { lines }) => sum + lines.length, 0);
  }

  /** The game's servers tell what players have reached. */
  async achieve(studio: Account): Promise<number> {
    await forEach(this.plan.achievements, ({ person, game, key }) =>
      studio.askInTime(UNLOCK, {
        ...{ gameId: this.#idOf(game), userId: this.accounts[person]!.id, key },
      }),
    );
    return this.plan.achievements.length;
  }

  /** The game's servers give players their items. */
  async give(studio: Account): Promise<number> {
    const { inventories } = this.plan;
    await forEach(inventories, ({ person, game, quantities }) => {
      const ids = this.#itemIds.get(game)!;
      const changes = [...quantities].map(([key, to]) => ({ itemId: ids.get(key), to }));
      const whose = { userId: this.accounts[person]!.id, gameId: this.#idOf(game) };
      return inTime(() => {
        const idempotencyKey = randomUUID(); // of each attempt: a refusal would be repeated
        return studio.ask(GIVE, { input: { ...whose, changes, idempotencyKey } });
      });
    });
    return inventories.length;
  }

  /** Tells of the evenings with the games that players came with. */
  async play(): Promise<number> {
    const now = Date.now();
    await forEach(this.plan.brought, async (games, index) => {
      const sessions = games.flatMap(({ game, sittings }) =>
        sittings.map(({ daysAgo, minutes }) => {
          const startedAt = now - daysAgo * DAY_MS;
          return {
            gameId: this.#idOf(game),
            startedAt: new Date(startedAt),
            endedAt: new Date(startedAt + minutes * MINUTE_MS),
          };
        }),
      );
      const { reportPlaySessions } = await this.accounts[index]!.ask<Reported>(REPORT, {
        sessions,
      });
      const [rejected] = reportPlaySessions.rejected;
      if (rejected) throw new Error(`A play session was not taken: ${rejected.message}`);
    });
    return this.plan.brought.flat().reduce((sum, { sittings }) => sum + sittings.length, 0);
  }

  /** Shows who is there. It lasts for about a minute, as with any client that is not heard of again. */
  async appear(): Promise<void> {
    await forEach(this.plan.present, ({ person, game }) => {
      const gameId = game && this.#idOf(game);
      const input = { connectionId: randomUUID(), status: 'ONLINE', gameId };
      return this.accounts[person]!.askInTime(PRESENCE, { input });
    });
  }

  #idOf(game: Game): string {
    return this.gameIds.get(game)!;
  }
}

/** The key of a wish of somebody, for mutations that are carried out once. */
function wishOf({ handle }: Person, wish: string): string {
  return `demo-data-${handle}-${wish}`;
}
