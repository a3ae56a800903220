import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ConfigError, configJsonSchema, readConfig } from './read.js';
import type { RouterConfig } from './schema.js';
import { withoutSecrets } from './without-secrets.js';

const FOLDER = join(import.meta.dirname, '..', '..');

let directory: string;
let file: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gamegraph-config-'));
  file = join(directory, 'router.config.yaml');
});
after(() => rm(directory, { recursive: true }));

const faultsOf = (env: NodeJS.ProcessEnv, path?: string): string[] => {
  try {
    readConfig(env, path);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message.replaceAll(`${directory}/`, '').split('\n').slice(1);
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('need no more than a supergraph', () => {
    const config = readConfig({ SUPERGRAPH: 's.graphql' });
    assert.equal(config.supergraph, 's.graphql');
    assert.deepEqual(config.listen, { host: '127.0.0.1', port: 4000, workers: 1 });
    assert.deepEqual(config.authentication.issuers, []);
    assert.equal(config.limits.operation.depth, 12);
  });

  it('come from the environment first, then from the file', async () => {
    await writeFile(
      file,
      'supergraph: a.graphql\nlisten: { port: 1 }\ncors: { origins: [x] }\nlog: { level: warn }',
    );
    const env = {
      PORT: '2',
      HOST: '',
      CORS_ORIGINS: 'https://a.example, https://b.example',
      INTROSPECTION: 'false',
      METRICS_TOKEN: '1234567890123456',
      SUBGRAPH_URLS: '{"games":"http://games:4000/graphql"}',
      JWKS_URL: 'http://users/jwks.json',
    };
    const config = readConfig(env, file);
    assert.deepEqual(config.listen, { host: '127.0.0.1', port: 2, workers: 1 });
    assert.deepEqual(config.cors.origins, ['https://a.example', 'https://b.example']);
    assert.equal(config.introspection, false);
    assert.equal(config.metrics.token, '1234567890123456');
    assert.deepEqual(config.subgraphs.urls, { games: 'http://games:4000/graphql' });
    assert.equal(config.authentication.issuers[0]?.jwksUrl, 'http://users/jwks.json');
    assert.deepEqual([config.supergraph, config.log.level], ['a.graphql', 'warn']);
  });

  it('may name variables of the environment in the file', async () => {
    await writeFile(
      file,
      'supergraph: ${FOLDER}/s.graphql\nlisten: { host: "${NAME:-0.0.0.0}", port: "x" }\nlimits:\n  sockets: ${SOCKETS:-7}\nmetrics: { token: "${TOKEN}" }',
    );
    assert.deepEqual(faultsOf({ FOLDER: 'f' }, file), [
      '  router.config.yaml:5 The environment variable TOKEN is not set.',
      '  router.config.yaml:2 listen.port: Invalid input: expected number, received string',
      '  router.config.yaml:5 metrics.token: Too small: expected string to have >=16 characters',
    ]);
    const config = readConfig({ FOLDER: 'f', TOKEN: '1234567890123456', PORT: '1' }, file);
    assert.deepEqual([config.supergraph, config.listen.host], ['f/s.graphql', '0.0.0.0']);
    assert.deepEqual([config.limits.sockets, config.metrics.token], [7, '1234567890123456']);
  });

  it('that are bad are all named, with their place and what they must be', async () => {
    await writeFile(
      file,
      'limits:\n  operation:\n    depth: -1\n  opration: {}\nintrospection: maybe\n',
    );
    const faults = faultsOf({ PORT: 'many', SUBGRAPH_URLS: '{', LOG_LEVEL: 'loud' }, file);
    for (const expected of [
      /^ {2}SUBGRAPH_URLS: it is not JSON/,
      /^ {2}supergraph: .*set SUPERGRAPH/,
      /^ {2}PORT: .*expected number/,
      /^ {2}router\.config\.yaml:5 introspection: .*expected boolean/,
      /^ {2}router\.config\.yaml:3 limits\.operation\.depth: .*expected number to be >0/,
      /^ {2}router\.config\.yaml:\d limits: Unrecognized key: "opration"/,
      /^ {2}LOG_LEVEL: Invalid option/,
    ]) {
      assert.ok(
        faults.some(fault => expected.test(fault)),
        `${expected}\n${faults.join('\n')}`,
      );
    }
    assert.equal(faults.length, 7);
  });

  it('cannot be in a file that is no YAML, or is not there', async () => {
    await writeFile(file, 'supergraph: [\n');
    assert.match(faultsOf({}, file)[0]!, /router\.config\.yaml:\d/);
    await writeFile(file, '- 1');
    assert.match(faultsOf({}, file)[0]!, /must hold settings by name/);
    assert.match(faultsOf({}, `${file}.gone`)[0]!, /cannot be read: ENOENT/);
  });

  it('forward no header that looks like an identity, or is of one connection', async () => {
    for (const name of [
      ...['X-User-Id', 'x-roles', 'x-forwarded-for', 'Forwarded', 'gamegraph-identity', 'a b'],
      ...['connection', 'content-length', 'host', 'transfer-encoding', 'x-real-ip'],
    ]) {
      await writeFile(file, `supergraph: a.graphql\nheaders: { forward: ["${name}"] }`);
      assert.match(
        faultsOf({}, file).join(),
        /^ {2}router\.config\.yaml:2 headers\.forward\.0: /,
        name,
      );
    }
    await writeFile(file, 'supergraph: a.graphql\nheaders: { forward: [X-Tenant, authorization] }');
    assert.deepEqual(readConfig({}, file).headers.forward, ['x-tenant', 'authorization']);
  });

  it('are shown without what is secret among them', () => {
    const secret = 'hunter2hunter2hunter2';
    const shown = withoutSecrets(
      readConfig({
        SUPERGRAPH: 's.graphql',
        METRICS_TOKEN: secret,
        CACHE_INVALIDATION_TOKEN: secret,
        ROUTER_SIGNING_KEY: `{"kty":"OKP","crv":"Ed25519","x":"x","d":"${secret}","kid":"k"}`,
        REDIS_URL: `rediss://:${secret}@valkey:6380/1`,
        EVENT_LOG_URL: `postgresql://router:${secret}@db/events?sslpassword=${secret}&sslmode=require`,
        SUBGRAPH_URLS: `{"games":"http://${secret}@games/graphql","users":"http://users/graphql"}`,
      }),
    );
    assert.ok(!JSON.stringify(shown).includes(secret), JSON.stringify(shown));
    const { rateLimits, cache, subgraphs, metrics } = shown as unknown as RouterConfig;
    assert.equal(rateLimits.redisUrl, 'rediss://:(secret)@valkey:6380/1');
    assert.equal(
      cache.invalidation.eventLogUrl,
      'postgresql://router:(secret)@db/events?sslpassword=%28secret%29&sslmode=require',
    );
    assert.equal(subgraphs.urls.users, 'http://users/graphql');
    assert.deepEqual([subgraphs.signingKey, metrics.token], ['(secret)', '(secret)']);
    const bare = withoutSecrets(readConfig({ SUPERGRAPH: 's.graphql' })) as unknown as RouterConfig;
    assert.deepEqual(bare.metrics, {});
  });

  it('have a JSON Schema for editors, and an example that holds', async () => {
    const committed = await readFile(join(FOLDER, 'router.config.schema.json'), 'utf8');
    // `npm run --silent router -- config schema > router/router.config.schema.json` writes it anew.
    assert.deepEqual(JSON.parse(committed), configJsonSchema());
    const env = { ROUTER_SIGNING_KEY: '{"kty":"OKP","crv":"Ed25519","x":"x","d":"d","kid":"k"}' };
    assert.deepEqual(faultsOf(env, join(FOLDER, 'router.config.example.yaml')), []);
  });
});
