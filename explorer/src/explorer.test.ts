import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { System } from '@gamegraph/launcher';
import { CHROMIUM, requireProgram, skipWithout, until } from '@gamegraph/test-support';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildPage } from './build.js';

describe('the explorer, in Chromium', { skip: skipWithout(CHROMIUM) }, () => {
  let directory: string;
  let system: System;
  let browser: Browser;
  let page: Page;
  /** What pages of this run were not to do. */
  const faults: string[] = [];
  const tokens: Record<string, string> = {};

  before(async () => {
    await buildPage();
    directory = await mkdtemp(join(tmpdir(), 'gamegraph-explorer-'));
    system = new System({ directory, port: 0, ephemeral: true, logLevel: 'warn' });
    await system.check();
    await system.startPostgres();
    await system.startSubgraphs();
    await system.compose();
    await system.startRouter();
    for (const role of ['player', 'studio', 'analyst', 'admin']) {
      const input = { email: `${role}@demo`, password: 'demo', handle: `the_${role}` };
      const { register } = await ask(
        'mutation ($input: RegisterInput!) { register(input: $input) { ... on SignedIn { accessToken } } }',
        { input },
      );
      tokens[role] = register.accessToken;
    }
    await befriend('player', 'studio');
    browser = await chromium.launch({
      executablePath: requireProgram(CHROMIUM),
      args: ['--no-sandbox'],
    });
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on('pageerror', error => faults.push(error.message));
    // A violation of the page's policy is told here too.
    page.on('console', message => message.type() === 'error' && faults.push(message.text()));
    const isOurs = (url: string) => ['localhost', '127.0.0.1', ''].includes(new URL(url).hostname);
    page.on('websocket', socket => isOurs(socket.url()) || faults.push(socket.url()));
    await page.route('**/*', route => {
      const url = route.request().url();
      if (isOurs(url)) return route.continue();
      faults.push(url);
      return route.abort();
    });
    await page.goto(new URL('/explorer', system.graphqlUrl).href);
    await page.waitForSelector('.graphiql-query-editor .view-line:has-text("MostOwnedGames")');
  });
  afterEach(async () => {
    await page.close();
    assert.deepEqual(faults.splice(0), []);
  });

  // oxlint-disable-next-line typescript/no-explicit-any
  async function ask(query: string, variables: object, as?: string): Promise<any> {
    const response = await fetch(system.graphqlUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(as && { authorization: `Bearer ${tokens[as]}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  }

  async function idOf(role: string): Promise<string> {
    const { userByHandle } = await ask(
      'query ($handle: String!) { userByHandle(handle: $handle) { id } }',
      { handle: `the_${role}` },
    );
    return userByHandle.id;
  }

  async function befriend(one: string, other: string): Promise<void> {
    const request =
      'mutation ($userId: ID!) { sendFriendRequest(userId: $userId) { ... on User { friendship } } }';
    await until(`${one} and ${other} are friends`, async () => {
      const known = await ask('query ($id: ID!) { node(id: $id) { id } }', {
        id: await idOf(other),
      });
      return known.node !== null;
    });
    await ask(request, { userId: await idOf(other) }, one);
    await ask(request, { userId: await idOf(one) }, other);
  }

  const open = (panel: string) => page.click(`[aria-label="Show ${panel}"]`);

  const loggedInAs = (email: string) => page.waitForSelector(`.badge:text-is("${email}")`);

  /** What the editor of a part of the page shows, as far as it is in view. */
  async function textIn(part: string): Promise<string> {
    return (await page.locator(part).innerText()).replaceAll('\u00a0', ' ');
  }

  const answered = (words: string) =>
    until(`the answer has ${words}`, async () => (await textIn('.result-window')).includes(words));

  it('comes with a policy that lets nothing in from elsewhere', async () => {
    const response = await page.request.get(page.url());
    const policy = response.headers()['content-security-policy']!;
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /https?:|\*|unsafe-eval|script-src[^;]*unsafe/);
  });

  it('logs in as a demo account with one click, and stays so over a reload', async () => {
    await loggedInAs('not logged in');
    await open('Log in');
    await page.click('[data-account=player]');
    await loggedInAs('player@demo');
    await page.reload();
    await loggedInAs('player@demo');
    await page.click('text=Log out');
    await loggedInAs('not logged in');
  });

  it('says why a log-in did not work', async () => {
    await open('Log in');
    await page.fill('[name=email]', 'player@demo');
    await page.fill('[name=password]', 'a wrong one');
    await page.click('form >> text=Log in');
    assert.match(await textIn('.panel [role=alert]'), /password/);
  });

  it('runs an example with one click, as the account that it names', async () => {
    await page.click('[data-example="04-my-library"]');
    await answered('"handle": "the_player"');
    await loggedInAs('player@demo');
  });

  it('takes the steps of an example, and shows the answer of the last', async () => {
    await page.click('[data-example="11-say-something"]');
    await answered('"text": "Shall we play tonight?"');
    assert.match(await textIn('.graphiql-editor-tool'), /"chatId": "\w+"/);
  });

  it('builds a query from the tree of fields, by clicks', async () => {
    await open('GraphiQL Explorer');
    await page.click('.graphiql-explorer-users [data-field-name=users]');
    await page.click('.graphiql-explorer-users [data-field-name=totalCount]');
    await until('the query has what was ticked', async () =>
      (await textIn('.graphiql-query-editor'))
        .replaceAll(/\s+/g, ' ')
        .includes('users { totalCount }'),
    );
    await page.click('.graphiql-execute-button');
    await answered('"totalCount": 4');
  });

  it('shows what a subscription hears, until another example is chosen', async () => {
    const { openDirectChat } = await ask(
      'mutation ($userId: ID!) { openDirectChat(userId: $userId) { id } }',
      { userId: await idOf('player') },
      'studio',
    );
    const say = (text: string) =>
      ask(
        'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }',
        { input: { chatId: openDirectChat.id, clientId: randomUUID(), text } },
        'studio',
      );
    await page.click('[data-example="12-new-messages"]');
    await until('the message is shown', async () => {
      await say('Anyone there?');
      return (await textIn('.result-window')).includes('"text": "Anyone there?"');
    });
    await say('Another one.');
    await answered('"text": "Another one."');
    assert.match(await textIn('.result-window'), /"handle": "the_studio"/);
    await page.click('[data-example="04-my-library"]');
    await answered('"handle": "the_player"');
  });

  it('shows an answer as a table, and gives it as CSV in the order that was chosen', async () => {
    await page.click('.graphiql-query-editor .view-lines');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText(
      'query Handles { users { edges { node { handle buildsCount } } } }',
    );
    await page.waitForSelector('[role=tab]:has-text("Handles")');
    await page.click('.graphiql-execute-button');
    await answered('the_studio');
    await open('Table');
    await page.click('th >> text=handle');
    const cells = await page.locator('.panel td:first-child').allInnerTexts();
    assert.deepEqual(cells, ['the_admin', 'the_analyst', 'the_player', 'the_studio']);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('text=Download CSV'),
    ]);
    assert.equal(download.suggestedFilename(), 'users-edges.csv');
    const rows = ['handle,buildsCount', ...cells.map(handle => `${handle},0`)];
    assert.equal(await readFile(await download.path(), 'utf8'), `\ufeff${rows.join('\r\n')}\r\n`);
  });
});
