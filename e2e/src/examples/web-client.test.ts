import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { ROOT } from '@gamegraph/launcher';
import { CHROMIUM, requireProgram, skipWithout, until } from '@gamegraph/test-support';
import { AnswerError, Gamegraph, type TokenStore } from '@gamegraph/web-client';
import {
  HomeDocument,
  LogOutDocument,
  MessageAddedDocument,
  type MessageAddedSubscription,
  type TokensFragment,
} from '@gamegraph/web-client/operations';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import type { Person } from '../person.js';
import { World } from '../world.js';

const PASSWORD = 'correct horse battery';
const FAR_AWAY = '2100-01-01T00:00:00.000Z';
const LONG_AGO = '2000-01-01T00:00:00.000Z';

const world = new World();
let player: Person;
let friend: Person;
let chatId: string;

before(async () => {
  await world.start();
  player = await world.givenPlayer('player', { region: 'DE' });
  friend = await world.givenPlayer('friend');
  await world.settled();
  await world.givenFriends(player, friend);
  chatId = await world.givenChat(player, friend);
  await world.say(friend, chatId, 'hello');
});
after(() => world.stop());

/** Keeps tokens as a page would, and counts. */
class Store implements TokenStore {
  saved: (TokensFragment | undefined)[] = [];
  constructor(private readonly kept?: TokensFragment) {}
  load() {
    return this.kept;
  }
  save(tokens: TokensFragment | undefined) {
    this.saved.push(tokens);
  }
}

const emailOf = ({ handle }: Person) => `${handle}@example.org`;
const clients: Gamegraph[] = [];

function clientWith(store?: Store): Gamegraph {
  const client = new Gamegraph(world.system.graphqlUrl, store);
  clients.push(client);
  return client;
}

/** A client of the player, whose tokens are as `change` makes them. */
async function clientOfPlayer(change: Partial<TokensFragment> = {}) {
  const first = new Store();
  assert.equal(await clientWith(first).logIn(emailOf(player), PASSWORD), undefined);
  const store = new Store({ ...first.saved.at(-1)!, ...change });
  return { client: clientWith(store), store };
}

/** What is said while somebody listens. */
function listen(client: Gamegraph) {
  const heard: MessageAddedSubscription['messageAdded'][] = [];
  const ended = (async () => {
    for await (const { messageAdded } of client.follow(MessageAddedDocument))
      heard.push(messageAdded);
  })();
  return { heard, ended };
}

/** Says something until it is heard: from then on nothing is missed. */
async function sayUntilHeard({ heard }: ReturnType<typeof listen>): Promise<void> {
  const count = heard.length;
  let said = 0;
  await until(
    'the subscription is on',
    async () => heard.length > count || void (await world.say(friend, chatId, `${++said}`)),
    { timeoutMs: 20_000, intervalMs: 200 },
  );
}

describe('the client of examples/web-client', () => {
  afterEach(async () => {
    for (const client of clients.splice(0)) if (client.isLoggedIn) await client.logOut();
  });

  it('logs in, and asks as who that is', async () => {
    const client = clientWith();
    assert.match((await client.logIn(emailOf(player), 'a wrong one')) ?? '', /\w/);
    assert.equal(client.isLoggedIn, false);
    assert.equal((await client.ask(HomeDocument)).me, null);
    assert.equal(await client.logIn(emailOf(player), PASSWORD), undefined);
    assert.equal((await client.ask(HomeDocument)).me?.handle, player.handle);
  });

  it('throws the errors of an answer, with their codes', async () => {
    await assert.rejects(clientWith().ask(LogOutDocument), (error: unknown) => {
      assert.ok(error instanceof AnswerError);
      assert.equal(error.errors[0]?.extensions?.code, 'UNAUTHENTICATED');
      return true;
    });
  });

  it('renews an access token that is about to end, once for all who ask at the same time', async test => {
    const { client } = await clientOfPlayer({ accessTokenExpiresAt: LONG_AGO });
    const { mock } = test.mock.method(globalThis, 'fetch'); // which goes on as ever, and is counted
    const asked = await Promise.all([1, 2, 3, 4, 5].map(() => client.ask(HomeDocument)));
    assert.deepEqual(new Set(asked.map(({ me }) => me?.handle)), new Set([player.handle]));
    const bodies = mock.calls.map(({ arguments: [, init] }) => init!.body as string);
    assert.equal(bodies.filter(body => body.includes('refreshSession(')).length, 1);
  });

  it('renews an access token that the router does not take, and asks again', async () => {
    const { client, store } = await clientOfPlayer({
      accessToken: 'not-a-token',
      accessTokenExpiresAt: FAR_AWAY,
    });
    assert.equal((await client.ask(HomeDocument)).me?.handle, player.handle);
    assert.equal(store.saved.length, 1);
  });

  it('is nobody when its session has ended', async () => {
    const { client, store } = await clientOfPlayer({
      refreshToken: 'not-a-token',
      accessTokenExpiresAt: LONG_AGO,
    });
    assert.equal((await client.ask(HomeDocument)).me, null);
    assert.equal(client.isLoggedIn, false);
    assert.deepEqual(store.saved, [undefined]);
  });

  it('follows a subscription with a token that had to be renewed', async () => {
    const { client, store } = await clientOfPlayer({
      accessToken: 'not-a-token',
      accessTokenExpiresAt: FAR_AWAY,
    });
    await sayUntilHeard(listen(client));
    assert.equal(store.saved.length, 1);
  });

  it('follows a subscription through the end of a router, until its user logs out', async () => {
    const { client } = await clientOfPlayer();
    const listening = listen(client);
    await sayUntilHeard(listening);
    await world.system.service('router').kill();
    await world.system.startRouter();
    await sayUntilHeard(listening);
    await client.logOut();
    await listening.ended;
  });
});

describe('the page of examples/web-client', { skip: skipWithout(CHROMIUM) }, () => {
  it('logs in, buys a game, shows it in the library, and hears a friend', async test => {
    const game = await world.givenGame(await world.givenStudio());
    await world.givenMoney(player, '5000');
    await world.settled();
    const server = await createServer({
      root: join(ROOT, 'examples', 'web-client'),
      configFile: false,
      logLevel: 'error',
      server: {
        port: 0,
        host: '127.0.0.1',
        proxy: { '/graphql': { target: new URL(world.system.graphqlUrl).origin, ws: true } },
      },
    });
    test.after(() => server.close());
    await server.listen();
    const browser = await chromium.launch({
      executablePath: requireProgram(CHROMIUM),
      args: ['--no-sandbox'],
    });
    test.after(() => browser.close());
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', error => faults.push(error.message));
    page.on('console', message => message.type() === 'error' && faults.push(message.text()));

    await page.goto(server.resolvedUrls!.local[0]!);
    await page.fill('[name=email]', emailOf(player));
    await page.fill('[name=password]', PASSWORD);
    await page.click('text=Log in');
    await page.click(`#store li:has-text("${game.title}") button`);
    await page.waitForSelector(`#library li:has-text("${game.title}")`);
    await page.waitForSelector(`#store li:has-text("${game.title}") button:has-text("owned")`);
    await until('the page hears what is said', async () => {
      await world.say(friend, chatId, 'Shall we play?');
      return (await page.locator('#chat li:has-text("Shall we play?")').count()) > 0;
    });
    await page.fill('#say [name=text]', 'Gladly.');
    await page.click('text=Send');
    await page.waitForSelector(`#chat li:has-text("${player.handle}"):has-text("Gladly.")`);
    await page.reload();
    await page.waitForSelector(`#library li:has-text("${game.title}")`);
    await page.click('text=Log out');
    await page.waitForSelector('#log-in');
    assert.deepEqual(faults, []);
  });
});
