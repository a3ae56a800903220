import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Operator, System, type SystemOptions } from '@gamegraph/launcher';
import { until } from '@gamegraph/test-support';
import pg from 'pg';
import {
  type BuildItemInput,
  type BuildVisibility,
  GivenAccountDocument,
  GivenBuildDocument,
  GivenBundleDocument,
  GivenDefinitionsDocument,
  GivenDirectChatDocument,
  GivenDlcDocument,
  GivenDraftDocument,
  GivenFriendRequestDocument,
  GivenItemsDocument,
  GivenLicenceDocument,
  GivenMessageDocument,
  GivenMoneyDocument,
  GivenOrderDocument,
  GivenOrderStateDocument,
  GivenPriceDocument,
  GivenPublicationDocument,
  GivenQuoteDocument,
  GivenReleaseDocument,
  GivenSessionDocument,
  GivenStudioDocument,
} from './gql/graphql.js';
import { as, Client, Person } from './person.js';

/** Everybody's. */
export const PASSWORD = 'correct horse battery';

/** What somebody can be beside a player. */
type Role = 'DEVELOPER' | 'ANALYST' | 'ADMIN';

/** The items of a game that has some: a Great Sword deals 100 damage and weighs 12, and one carries 50. */
export const DEFINITIONS = {
  attributes: [
    { key: 'damage', name: 'Damage', type: 'INTEGER' as const },
    { key: 'weight', name: 'Weight', type: 'DECIMAL' as const, unit: 'kg' },
  ],
  slots: [
    { key: 'weapon', name: 'Weapon', isRequired: true },
    { key: 'ring', name: 'Rings', capacity: 2 },
  ],
  stats: [
    { key: 'damage', name: 'Damage', formula: 'sum(damage)' },
    { key: 'weight', name: 'Weight', unit: 'kg', formula: 'sum(weight)' },
  ],
  rules: [{ key: 'load', formula: 'stat.weight <= 50', message: 'You cannot carry that much.' }],
};

export const GREAT_SWORD = {
  ...{ key: 'great-sword', name: 'Great Sword', category: 'Weapon', slots: ['weapon'] },
  attributes: { damage: 100, weight: 12 },
};

const RING = {
  ...{ key: 'ring', name: 'Ring of Favour', category: 'Ring', slots: ['ring'] },
  attributes: { damage: 5, weight: 0.5 },
};

export interface Studio {
  id: string;
  founder: Person;
}

export interface PublishedGame {
  id: string;
  title: string;
  studio: Studio;
  /** Key -> id. */
  items: Map<string, string>;
}

/** A whole system of its own, and how to make what stories are about, through the graph. */
export class World {
  readonly directory: string;
  readonly system: System;
  readonly #accounts = new Map<Person, { email: string; password: string }>();
  #count = 0;
  #admin: Person | undefined;

  constructor(options: Partial<SystemOptions> = {}) {
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'gamegraph-e2e-'));
    this.system = new System({
      ...{ directory: this.directory, port: 0, ephemeral: true },
      postgresSettings: {
        shared_preload_libraries: 'pg_stat_statements',
        'pg_stat_statements.track_utility': 'off',
      },
      onUnexpectedExit: (service, reason) => assert.fail(`${service} ended: ${reason}`),
      ...options,
    });
  }

  async start(): Promise<void> {
    await this.system.check();
    await this.system.startPostgres();
    await this.system.startSubgraphs();
    await this.system.compose();
    await this.system.startRouter();
    this.#admin = await this.givenPlayer('admin', { roles: ['ADMIN'] });
  }

  async stop(): Promise<void> {
    await this.system.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Somebody who may do everything that a role can. */
  get admin(): Person {
    return this.#admin!;
  }

  /** Somebody who is not logged in. */
  get nobody(): Client {
    return new Client(this.system.graphqlUrl);
  }

  get operator(): Operator {
    return new Operator(this.system.secrets.routerKey, this.system.subgraphUrls);
  }

  /** Somebody whom every subgraph knows of. */
  async givenPlayer(
    name: string,
    { region = null, roles = [] }: { region?: string | null; roles?: Role[] } = {},
  ): Promise<Person> {
    const handle = `${name}${++this.#count}`;
    const account = { email: `${handle}@example.org`, password: PASSWORD };
    const input = { ...account, handle, region };
    const { register } = await this.nobody.data(GivenAccountDocument, { input });
    const { user, ...session } = as('SignedIn', register);
    let { accessToken } = session;
    if (roles.length > 0) {
      await this.operator.post('users', 'grant-roles', { email: account.email, roles });
      const { logIn } = await this.nobody.data(GivenSessionDocument, account);
      ({ accessToken } = as('SignedIn', logIn));
    }
    await this.settled();
    const person = new Person(this.system.graphqlUrl, accessToken, user.id, user.handle);
    this.#accounts.set(person, account);
    return person;
  }

  /** Logs somebody in again: what they do takes longer than a token is good for. */
  async renew(person: Person): Promise<void> {
    const { logIn } = await this.nobody.data(GivenSessionDocument, this.#accounts.get(person)!);
    person.token = as('SignedIn', logIn).accessToken;
  }

  async givenStudio(): Promise<Studio> {
    const founder = await this.givenPlayer('studio', { roles: ['DEVELOPER'] });
    const input = { name: `Studio ${founder.handle}`, handle: founder.handle };
    const { createStudio } = await founder.data(GivenStudioDocument, { input });
    return { id: as('Studio', createStudio).id, founder };
  }

  /** A game that can be bought for 19.99 EUR, unless another price is said; or a bundle of some, or a DLC of one. */
  async givenGame(
    studio: Studio,
    {
      minor = '1999',
      tags = [] as string[],
      hasItems = false,
      parts = [] as PublishedGame[],
      base = undefined as PublishedGame | undefined,
    } = {},
  ): Promise<PublishedGame> {
    const { founder } = studio;
    const title = `Game ${++this.#count}`;
    const { createGame } = await founder.data(GivenDraftDocument, {
      input: {
        ...{ studioId: studio.id, slug: `game-${this.#count}`, tags, platforms: ['LINUX'] },
        texts: [{ locale: 'en', title }],
      },
    });
    const { id } = as('Game', createGame);
    const partIds = parts.map(part => part.id);
    if (parts.length > 0) await founder.data(GivenBundleDocument, { gameId: id, partIds });
    if (base) await founder.data(GivenDlcDocument, { gameId: id, baseGameId: base.id });
    const price = { minor, currency: 'EUR' };
    await founder.data(GivenPriceDocument, { gameId: id, price });
    const { publishGame } = await founder.data(GivenPublicationDocument, { id });
    as('Game', publishGame);
    const game = { id, title, studio, items: new Map<string, string>() };
    if (!hasItems) return game;
    await founder.data(GivenDefinitionsDocument, { gameId: id, input: DEFINITIONS });
    await founder.data(GivenItemsDocument, { gameId: id, items: [GREAT_SWORD, RING] });
    const { releaseGameData } = await founder.data(GivenReleaseDocument, { gameId: id });
    for (const { node } of as('GameData', releaseGameData).game.items.edges)
      game.items.set(node.key, node.id);
    return game;
  }

  async givenFriends(one: Person, ...others: Person[]): Promise<void> {
    for (const other of others) {
      await one.data(GivenFriendRequestDocument, { userId: other.id });
      const { sendFriendRequest } = await other.data(GivenFriendRequestDocument, {
        userId: one.id,
      });
      assert.equal(as('User', sendFriendRequest).friendship, 'FRIENDS');
    }
  }

  /** The id of their chat. */
  async givenChat(one: Person, other: Person): Promise<string> {
    return (await one.data(GivenDirectChatDocument, { userId: other.id })).openDirectChat.id;
  }

  async say(author: Person, chatId: string, text: string) {
    const input = { chatId, clientId: randomUUID(), text };
    return as('Message', (await author.data(GivenMessageDocument, { input })).sendMessage);
  }

  /** Returns when. */
  async givenLicence(player: Person, game: PublishedGame): Promise<Date> {
    const grant = { userId: player.id, gameId: game.id };
    const { grantLicence } = await this.admin.data(GivenLicenceDocument, grant);
    return new Date(grantLicence.grantedAt!);
  }

  /** A build with a Great Sword and a ring. */
  async givenBuild(
    author: Person,
    game: PublishedGame,
    name: string,
    visibility: BuildVisibility = 'PUBLIC',
  ) {
    const items: BuildItemInput[] = [
      { slot: 'weapon', itemId: game.items.get('great-sword')! },
      { slot: 'ring', itemId: game.items.get('ring')! },
    ];
    const input = { gameId: game.id, name, visibility, items };
    return as('Build', (await author.data(GivenBuildDocument, { input })).createBuild);
  }

  async givenMoney(player: Person, minor: string): Promise<void> {
    const input = { idempotencyKey: randomUUID(), amount: { minor, currency: 'EUR' } };
    const { topUpWallet } = await player.data(GivenMoneyDocument, { input });
    assert.equal(as('TopUp', topUpWallet).state, 'CAPTURED');
  }

  /** Places an order for a game. Its id. */
  async order(player: Person, game: PublishedGame): Promise<string> {
    const { quoteGame } = await player.data(GivenQuoteDocument, { gameId: game.id });
    const input = { quoteId: as('Quote', quoteGame).id, idempotencyKey: randomUUID() };
    const { purchaseGame } = await player.data(GivenOrderDocument, { input });
    return as('Order', purchaseGame).id;
  }

  /** Buys a game; resolves when it is bought. The order's id. */
  async buy(player: Person, game: PublishedGame): Promise<string> {
    const id = await this.order(player, game);
    const stateOf = async () => (await player.data(GivenOrderStateDocument, { id })).order?.state;
    await until('the order is complete', async () => (await stateOf()) === 'COMPLETED');
    return id;
  }

  /** Waits until every event has had its effect everywhere. Effects are events too: it must look so twice. */
  async settled(timeoutMs = 60_000): Promise<void> {
    const { operator } = this;
    const backlogs = () =>
      Promise.all(
        operator.names.map(name =>
          operator.get<{ outbox: number; parked: number; lag: number }>(name, 'backlog'),
        ),
      );
    let quiet = 0;
    const isQuietTwice = async () => {
      const isQuiet = await backlogs().then(
        all => all.every(({ outbox, parked, lag }) => outbox + parked + lag === 0),
        () => false, // somebody is not there, or cannot tell: under faults, that is so
      );
      quiet = isQuiet ? quiet + 1 : 0;
      return quiet === 2;
    };
    await until('every event has had its effect', isQuietTwice, { timeoutMs });
  }

  /** How often the router asks each subgraph while `work` runs. */
  async subgraphRequests(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const counts = async () => {
      const response = await fetch(new URL('/metrics', this.system.graphqlUrl));
      const lines = (await response.text()).matchAll(
        /^router_subgraph_fetch_seconds_count\{subgraph="(\w+)",outcome="answered"\} (\d+)$/gm,
      );
      return new Map([...lines].map(([, subgraph, count]) => [subgraph!, Number(count)]));
    };
    const before = await counts();
    await work();
    const difference = [...(await counts())].map(
      ([subgraph, count]) => [subgraph, count - (before.get(subgraph) ?? 0)] as const,
    );
    return Object.fromEntries(difference.filter(([, count]) => count > 0));
  }

  /** The statements that subgraphs send to their databases while `work` runs, and how often. */
  async statements(work: () => Promise<unknown>): Promise<Statement[]> {
    await this.settled();
    return this.sql('postgres', async client => {
      await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
      await client.query('SELECT pg_stat_statements_reset()');
      await work();
      const { rows } = await client.query<Statement>(
        `SELECT datname AS subgraph, query AS statement, calls::int
         FROM pg_stat_statements JOIN pg_database ON oid = dbid
         WHERE datname = ANY($1) AND query !~* $2`,
        [[...this.system.subgraphUrls.keys()], BACKGROUND],
      );
      return rows;
    });
  }

  /** Lets a subgraph take no events while `work` runs. */
  async withoutEvents<T>(subgraph: string, work: () => Promise<T>): Promise<T> {
    return this.sql(subgraph, async client => {
      await client.query('BEGIN');
      await client.query('LOCK TABLE events.inbox_head IN SHARE MODE'); // who reads may go on
      return work(); // the end of the session lets go
    });
  }

  /** Does something in a database, with the superuser's rights. */
  async sql<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(this.system.cluster.url(database));
    client.on('error', () => {}); // whatever is asked next is told
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

interface Statement {
  subgraph: string;
  statement: string;
  calls: number;
}

/** Of relays, inboxes and jobs, which go on beside all requests. */
const BACKGROUND = String.raw`\mevents\.|pg_notify|pg_try_advisory_xact_lock|skip locked|^(begin|commit)`;
