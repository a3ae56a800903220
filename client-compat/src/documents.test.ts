import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ApolloClient, gql } from '@apollo/client';
import type { TestRouter } from '@gamegraph/router/testing';
import type { Client } from '@urql/core';
import type relay from 'relay-runtime';
import { lastValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { startArcade } from './arcade.js';
import { codeBlocks } from './documents.js';

// Within this package, where what the snippets import is found.
const FOLDER = join(import.meta.dirname, 'snippets');

interface Snippets {
  createApollo(url: string, token: () => Promise<string>): ApolloClient;
  createUrql(url: string, token: () => string): Client;
  createRelay(url: string, token: () => string): relay.Environment;
}

describe('the snippets of docs/clients/web.md', () => {
  let router: TestRouter;
  let token: string;
  let snippets: Snippets;
  before(async () => {
    globalThis.WebSocket ??= WebSocket as never; // a browser's
    router = await startArcade();
    token = await router.token();
    await mkdir(FOLDER, { recursive: true });
    const files: string[] = [];
    for (const [n, code] of codeBlocks('web.md', 'ts').entries()) {
      const file = join(FOLDER, `web-${n}.ts`);
      await writeFile(file, code);
      files.push(file);
    }
    const compiler = fileURLToPath(import.meta.resolve('typescript/package.json'));
    const options = ['--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck'];
    const target = ['--target', 'es2024', '--module', 'nodenext', '--lib', 'es2024,dom'];
    execFileSync(
      process.execPath,
      [join(compiler, '..', 'bin', 'tsc'), ...options, ...target, ...files],
      { stdio: 'pipe' },
    );
    const modules = await Promise.all(files.map(file => import(file) as Promise<object>));
    snippets = Object.assign({}, ...modules) as Snippets;
  });
  after(async () => {
    await router?.stop();
    await rm(FOLDER, { recursive: true, force: true });
  });

  it('make an Apollo Client that asks and follows as who is logged in', async () => {
    const client = snippets.createApollo(router.url, async () => token);
    const letter = { inbox: 'a letter' };
    assert.deepEqual((await client.query({ query: gql('{ inbox }') })).data, letter);
    const followed = client.subscribe({ query: gql('subscription { inbox }') });
    assert.deepEqual((await lastValueFrom(followed)).data, letter);
    client.stop();
  });

  it('make a client of urql that does', async () => {
    const client = snippets.createUrql(router.url, () => token);
    const { data } = await client.query('{ inbox }', {}).toPromise();
    assert.deepEqual(data, { inbox: 'a letter' });
    const event = await client.subscription('subscription { inbox }', {}).toPromise();
    assert.deepEqual(event.data, { inbox: 'a letter' });
  });

  it('make an environment of Relay that does', async () => {
    const environment = snippets.createRelay(router.url, () => token);
    const network = environment.getNetwork();
    const ask = (text: string, operationKind: string) =>
      network.execute({ text, operationKind } as never, {}, {}).toPromise();
    for (const [text, kind] of [
      ['{ inbox }', 'query'],
      ['subscription { inbox }', 'subscription'],
    ] as const) {
      const { data } = (await ask(text, kind)) as { data: unknown };
      assert.deepEqual(data, { inbox: 'a letter' });
    }
  });
});
