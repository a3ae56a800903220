import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';
import type { TestRouter } from '@gamegraph/router/testing';
import { JAVA, MAVEN, requireProgram, skipWithout } from '@gamegraph/test-support';
import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql';
import { startArcade } from './arcade.js';
import { codeBlocks } from './documents.js';
import { type OwnGraph, SCHEMA, startOwnGraph } from './own-graph.js';

const PROJECT = join(import.meta.dirname, '..', 'kotlin');

const LAUNCHES = [1, 2, 3].map(n => `Data(nextLaunches=NextLaunches(name=Game ${n}, stars=${n}))`);
const GAMES = 'Data(games=[Game(name=Game 1, stars=1), Game(name=Game 2, stars=2)])';
/** What is tried -> what must come of it. */
const EXPECTED: Record<string, string> = {
  query: GAMES,
  mutation: 'Data(renameGame=RenameGame(name=New))',
  upload: 'Data(setCover=cover.png: PNG bytes)',
  errors: 'UNAUTHENTICATED',
  'default socket': `[${LAUNCHES.join(', ')}]`,
  'persisted query 1': GAMES,
  'persisted query 2': GAMES,
  token: 'Data(inbox=a letter)',
  'persisted subscription 1': 'Data(inbox=a letter)',
  'persisted subscription 2': 'Data(inbox=a letter)',
  multipart: `[${LAUNCHES.join(', ')}]`,
  'legacy socket': `[${LAUNCHES.join(', ')}]`,
  'legacy token': 'Data(inbox=a letter)',
  'documented query': '[Game 1, Game 2]',
  'documented subscription': 'Slow',
};

describe('Apollo Kotlin', { skip: skipWithout(JAVA, MAVEN) }, () => {
  let arcade: TestRouter;
  let own: OwnGraph;
  let work: string;
  const outcomes = new Map<string, string>();
  before(async () => {
    [arcade, own] = await Promise.all([startArcade(), startOwnGraph()]);
    work = await mkdtemp(join(tmpdir(), 'gamegraph-kotlin-'));
    await writeSources();
    const properties = { work, arcade: arcade.url, own: own.url, token: await arcade.token() };
    const goals = ['-q', '-B', '-f', join(PROJECT, 'pom.xml'), 'compile', 'exec:java@app'];
    const settings = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
    const MAVEN_OPTS = '-Xmx1g -XX:+UseSerialGC';
    const { stdout } = await promisify(execFile)(
      requireProgram(MAVEN),
      [...goals, '-Dstyle.color=never', '-Dkotlin.compiler.daemon=false', ...settings],
      { env: { ...process.env, MAVEN_OPTS } },
    );
    for (const line of stripVTControlCharacters(stdout).split('\n')) {
      const [name, outcome] = line.split('\t');
      if (outcome !== undefined) outcomes.set(name!, outcome);
    }
  });
  after(async () => {
    await Promise.all([arcade?.stop(), own?.stop()]);
    if (work) await rm(work, { recursive: true });
  });

  /** Both graphs as their clients see them, what is asked of each, and the code of the documentation. */
  async function writeSources(): Promise<void> {
    for (const folder of ['graphs/arcade', 'graphs/gamegraph', 'snippets'])
      await mkdir(join(work, folder), { recursive: true });
    const { data } = await arcade.ask(getIntrospectionQuery());
    await writeFile(
      join(work, 'graphs/arcade/schema.graphqls'),
      printSchema(buildClientSchema(data)),
    );
    await copyFile(
      join(PROJECT, 'operations.graphql'),
      join(work, 'graphs/arcade/operations.graphql'),
    );
    await copyFile(join(SCHEMA, 'api.graphql'), join(work, 'graphs/gamegraph/schema.graphqls'));
    await writeFile(
      join(work, 'graphs/gamegraph/operations.graphql'),
      codeBlocks('kotlin.md', 'graphql').join('\n'),
    );
    for (const [n, code] of codeBlocks('kotlin.md', 'kotlin').entries())
      await writeFile(join(work, `snippets/Snippet${n}.kt`), code);
  }

  for (const [name, expected] of Object.entries(EXPECTED))
    it(`${name}: as it must be`, () => assert.equal(outcomes.get(name), expected));

  it('writes a manifest of trusted documents that a router takes', async () => {
    const manifest = join(work, 'graphs', 'arcade', 'manifest.json');
    const { operations } = JSON.parse(await readFile(manifest, 'utf8')) as {
      operations: { id: string; name: string }[];
    };
    const router = await startArcade({
      persistedDocuments: { mode: 'only', manifests: [manifest] },
    });
    const sha256Hash = operations.find(({ name }) => name === 'Games')!.id;
    const response = await fetch(router.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash } } }),
    });
    const { data } = (await response.json()) as { data: { games: unknown[] } };
    assert.equal(data.games.length, 2);
    await router.stop();
  });
});
