import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { until } from '@gamegraph/test-support';
import type * as launcher from './index.js';
import { ROOT } from './paths.js';

const run = promisify(execFile);
/** A fence whose language is followed by a path holds that whole file. */
const FILE = /^```ts (\S+)\n(.*?)^```$/gms;

describe('docs/adding-a-subgraph.md', () => {
  let copy: string;
  let system: launcher.System | undefined;

  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'gamegraph-copy-'));
    await copyWorkspace(copy);
    await followThePage(copy);
  });
  after(async () => {
    await system?.stop();
    await rm(copy, { recursive: true });
  });

  it('makes a subgraph whose tests pass', async () => {
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const args = ['-b', 'subgraphs/quests', 'packages/launcher'];
    const compiled = await run(tsc, args, { cwd: copy }).catch(
      error => error as { stdout: string },
    );
    assert.equal(compiled.stdout, '');
    const setup = join(copy, 'packages/test-support/dist/global-setup.js');
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const test = 'subgraphs/quests/dist/quest/quest.resolver.test.js';
    const { stdout } = await run(
      process.execPath,
      ['--test', '--test-reporter=tap', `--test-global-setup=${setup}`, test],
      { cwd: copy, env },
    );
    assert.match(stdout, /^# pass [1-9]/m);
    assert.match(stdout, /^# fail 0$/m);
  });

  it('makes a part of the one graph: another subgraph’s games have its field', async () => {
    const { Operator, System } = (await import(
      pathToFileURL(join(copy, 'packages/launcher/dist/index.js')).href
    )) as typeof launcher;
    system = new System({ directory: join(copy, '.data'), port: 0, ephemeral: true });
    await system.check();
    await system.startPostgres();
    await system.startSubgraphs();
    await system.compose();
    await system.startRouter();
    const { graphqlUrl } = system;
    const ask = async (query: string, variables: object = {}, token?: string) => {
      const headers = {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      };
      const body = JSON.stringify({ query, variables });
      const response = await fetch(graphqlUrl, { method: 'POST', headers, body });
      const answer = (await response.json()) as { data?: any; errors?: unknown };
      assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
      return answer.data;
    };

    await ask(`mutation { register(input: {
      email: "ann@example.com", password: "a long password", handle: "ann" }) { __typename } }`);
    const operator = new Operator(system.secrets.routerKey, system.subgraphUrls);
    await operator.post('users', 'grant-roles', { email: 'ann@example.com', roles: ['DEVELOPER'] });
    const { logIn } = await ask(`mutation { logIn(
      email: "ann@example.com", password: "a long password") { ... on SignedIn { accessToken } } }`);
    const token = logIn.accessToken;
    const { createStudio } = await ask(
      'mutation { createStudio(input: { name: "Westwood", handle: "westwood" }) { ... on Studio { id } } }',
      {},
      token,
    );
    const { createGame } = await ask(
      `mutation ($studioId: ID!) { createGame(input: { studioId: $studioId, slug: "nox", platforms: [LINUX],
        texts: [{ locale: "en", title: "Nox", summary: "A game." }] }) { ... on Game { id } } }`,
      { studioId: createStudio.id },
      token,
    );
    const { publishGame } = await ask(
      `mutation ($id: ID!) {
        setPrice(gameId: $id, region: "*", price: { minor: "999", currency: "EUR" }) { __typename }
        publishGame(id: $id) { ... on Game { id } ... on Refusal { message } } }`,
      { id: createGame.id },
      token,
    );
    assert.equal(publishGame.id, createGame.id);

    const begun = await until('the copy of the game', async () => {
      const { beginQuest } = await ask(
        `mutation ($gameId: ID!) { beginQuest(input: { gameId: $gameId, title: "Find the cat" }) {
          __typename ... on Quest { id } } }`,
        { gameId: createGame.id },
        token,
      );
      return beginQuest.__typename === 'Quest' && beginQuest;
    });
    const answer = await ask(
      `query ($id: ID!) { node(id: $id) { ... on Quest { title game { slug } } }
        gameBySlug(slug: "nox") { title quests { totalCount } } }`,
      { id: begun.id },
    );
    assert.deepEqual(answer, {
      node: { title: 'Find the cat', game: { slug: 'nox' } },
      gameBySlug: { title: 'Nox', quests: { totalCount: 1 } },
    });
  });
});

/** The workspace as it is built. Its packages find each other by relative links, so in the copy they find the copies. */
async function copyWorkspace(copy: string): Promise<void> {
  const options = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };
  for (const name of ['packages', 'subgraphs', 'router', 'tsconfig.base.json', 'package.json'])
    await cp(join(ROOT, name), join(copy, name), options);
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
}

async function followThePage(copy: string): Promise<void> {
  const users = join(copy, 'subgraphs', 'users');
  const quests = join(copy, 'subgraphs', 'quests');
  await mkdir(quests);
  for (const name of ['package.json', 'tsconfig.json'])
    await writeFile(
      join(quests, name),
      (await readFile(join(users, name), 'utf8')).replace('@gamegraph/users', '@gamegraph/quests'),
    );
  // What `pnpm install` would do: the dependencies are those of users, as links that are relative.
  await cp(join(users, 'node_modules'), join(quests, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });

  const page = await readFile(join(ROOT, 'docs', 'adding-a-subgraph.md'), 'utf8');
  for (const [, path, content] of page.matchAll(FILE)) {
    await mkdir(dirname(join(copy, path!)), { recursive: true });
    await writeFile(join(copy, path!), content!);
  }
  const contracts = join(copy, 'packages/event-contracts/src/index.ts');
  await writeFile(contracts, `${await readFile(contracts, 'utf8')}export * from './quests.js';\n`);
  const list = join(copy, 'packages/launcher/src/subgraphs.ts');
  const line = /^```ts\n(\{ name: 'quests' \},)\n```$/m.exec(page)![1]!;
  await writeFile(list, (await readFile(list, 'utf8')).replace(/\n\];\n/, `\n  ${line}\n];\n`));
}
