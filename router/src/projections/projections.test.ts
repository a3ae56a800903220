import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { compose } from '../supergraph/compose.js';
import { startTestRouter, type TestRouter } from '../testing.js';
import { PROJECTION_SUBGRAPH } from './projection-subgraph.js';

const SDL = 'type Query { hello: String }';
const AUDIT = '{ projectionAudit { projection } }';
const REPAIR = 'mutation { repairProjection(projection: "a.b") { repaired } }';

describe('projections, as the router audits them', () => {
  let router: TestRouter;
  before(async () => {
    router = await startTestRouter({ hello: { sdl: SDL, resolvers: {} } });
    const stub = { name: 'hello', url: router.stubs.hello!.url, sdl: SDL };
    await router.writeSupergraph(compose([stub, PROJECTION_SUBGRAPH]).sdl);
    await until(
      'the router serves it',
      async () => (await codeOf(AUDIT)) !== 'GRAPHQL_VALIDATION_FAILED',
    );
  });
  after(() => router.stop());

  async function errorOf(query: string, scope?: string) {
    const token = scope === undefined ? undefined : await router.token({ scope });
    const headers: Record<string, string> =
      token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { errors } = await router.ask(query, {}, headers);
    assert.equal(errors?.length, 1);
    return errors[0]!;
  }
  const codeOf = async (query: string, scope?: string) =>
    (await errorOf(query, scope)).extensions?.code;

  it('are not told to who may not know, nor repaired', async () => {
    assert.equal(await codeOf(AUDIT), 'UNAUTHENTICATED');
    assert.equal(await codeOf(AUDIT, ''), 'FORBIDDEN');
    assert.equal(await codeOf(REPAIR, 'analytics:read'), 'FORBIDDEN');
  });

  it('are not audited while a subgraph does not answer; it is named', async () => {
    for (const [query, scope] of [
      [AUDIT, 'analytics:read'],
      [REPAIR, 'system:operate'],
    ]) {
      const { message, extensions } = await errorOf(query!, scope);
      assert.equal(message, 'hello could not be asked now. Try again.');
      assert.equal(extensions?.code, 'SUBGRAPH_UNAVAILABLE');
    }
  });
});
