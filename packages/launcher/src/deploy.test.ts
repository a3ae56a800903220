import assert from 'node:assert/strict';
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readConfig as readRouterConfig } from '@gamegraph/router';
import { GO, requireProgram, skipWithout } from '@gamegraph/test-support';
import { ROOT } from './paths.js';
import { SUBGRAPHS } from './subgraphs.js';

interface ComposeService {
  image: string;
  build: Record<string, string>;
  dependsOn: Record<string, string>;
  hasHealth: boolean;
  environment: Record<string, string>;
  ports: string[] | null;
}

const scratch = mkdtempSync(join(tmpdir(), 'gamegraph-deploy-'));
after(() => rmSync(scratch, { recursive: true }));

let checker: string | undefined;
/** Docker's own parsers, built from source: there is no engine to ask. */
function check(): string {
  if (!checker) {
    checker = join(scratch, 'check');
    const source = join(ROOT, 'deploy', 'check');
    execFileSync(requireProgram(GO), ['build', '-o', checker, '.'], { cwd: source });
  }
  return checker;
}

/** As `node deploy/make-env.mjs` writes it. */
async function writeEnv(): Promise<string> {
  const { makeEnv } = (await import(join(ROOT, 'deploy', 'make-env.mjs'))) as {
    makeEnv(): Record<string, string>;
  };
  const file = join(scratch, 'env');
  const lines = Object.entries(makeEnv()).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(file, lines.join(''));
  return file;
}

async function services(checkProgram: string): Promise<Record<string, ComposeService>> {
  const compose = join(ROOT, 'docker-compose.yml');
  return JSON.parse(
    execFileSync(checkProgram, ['compose', compose, await writeEnv()], { encoding: 'utf8' }),
  );
}

describe('the composed deployment', { timeout: 300_000, skip: skipWithout(GO) }, () => {
  it('has each subgraph with a database of its own, that it waits for', async () => {
    const program = check();
    const all = await services(program);
    for (const { name } of SUBGRAPHS) {
      const [subgraph, database] = [all[name], all[`${name}-db`]];
      assert.ok(subgraph && database, name);
      assert.deepEqual(subgraph.build, { SERVICE: name });
      assert.deepEqual(subgraph.dependsOn, {
        [`${name}-db`]: 'service_healthy',
        kafka: 'service_healthy',
      });
      assert.match(subgraph.environment.DATABASE_URL!, new RegExp(`@${name}-db:5432/${name}$`));
      assert.match(database.image, /^postgres:18/);
      assert.equal(all.router!.dependsOn[name], 'service_healthy');
    }
  });

  it('knows when its infrastructure is well, and opens it to this machine alone', async () => {
    const program = check();
    const all = await services(program);
    for (const name of [
      'kafka',
      'valkey',
      'storage',
      ...SUBGRAPHS.map(subgraph => `${subgraph.name}-db`),
    ]) {
      assert.equal(all[name]!.hasHealth, true, name);
      assert.match(all[name]!.image, /:[\w.-]*\d/, 'images are pinned');
    }
    for (const { ports } of Object.values(all)) {
      for (const port of ports ?? []) assert.match(port, /^127\.0\.0\.1:/);
    }
  });

  it('gives the router settings that it takes', async () => {
    const program = check();
    const { router } = await services(program);
    const { environment } = router!;
    assert.equal(environment.ROUTER_CONFIG, '/service/assets/router.config.yaml');
    const config = readRouterConfig(environment, join(ROOT, 'deploy', 'router.config.yaml'));
    assert.equal(config.introspection, false);
    assert.equal(config.rateLimits.redisUrl, 'redis://valkey:6379');
    assert.equal(config.authentication.issuers.length, 1);
    assert.equal(config.subgraphs.signingKey?.kty, 'OKP');
  });

  it('does not start without its secrets, and says how to make them', () => {
    const program = check();
    const empty = join(scratch, 'empty');
    writeFileSync(empty, '');
    const { status, stderr } = spawnSync(
      program,
      ['compose', join(ROOT, 'docker-compose.yml'), empty],
      { encoding: 'utf8' },
    );
    assert.equal(status, 1);
    assert.match(stderr, /make-env/);
  });

  it('is built from a Dockerfile that BuildKit parses without a warning', () => {
    const program = check();
    const stages = execFileSync(program, ['dockerfile', join(ROOT, 'Dockerfile')], {
      encoding: 'utf8',
    });
    assert.match(stages, /distroless/);
  });
});

describe('the image of the router', () => {
  it('has all that it needs, as the Dockerfile puts it together', async () => {
    const folder = join(scratch, 'router');
    const deploy = [
      '--prefer-offline',
      '--filter',
      '@gamegraph/router',
      'deploy',
      '--prod',
      '--legacy',
    ];
    execFileSync('pnpm', [...deploy, folder], { cwd: ROOT, stdio: 'ignore' });
    const { PATH } = process.env;
    const supergraph = join(ROOT, 'schema', 'supergraph.graphql');
    const router = fork(join(folder, 'dist', 'main.js'), {
      cwd: folder,
      env: { PATH, SUPERGRAPH: supergraph, PORT: '0', LOG_LEVEL: 'silent' },
    });
    const [{ ready }] = (await once(router, 'message')) as [{ ready: { url: string } }];
    const response = await fetch(ready.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    assert.deepEqual(await response.json(), { data: { __typename: 'Query' } });
    router.kill();
    await once(router, 'exit');
  });
});
