import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startIssuer, type TestIssuer } from '../testing.js';
import { Authenticator, BadToken, KeysUnavailable } from './authenticator.js';

const ISSUER = {
  audience: 'gamegraph',
  algorithms: ['EdDSA' as const],
  tokenType: 'at+jwt',
  scopesClaim: 'scope',
  policiesClaim: 'policies',
};

let own: TestIssuer;
let partner: TestIssuer;
before(async () => {
  own = await startIssuer();
  partner = await startIssuer('partner', 'RS256');
});
after(() => Promise.all([own.stop(), partner.stop()]));

const authenticator = (clockLeewayS = 0) =>
  new Authenticator({
    clockLeewayS,
    issuers: [
      { ...ISSUER, issuer: 'gamegraph', jwksUrl: own.jwksUrl },
      {
        ...ISSUER,
        issuer: 'partner',
        jwksUrl: partner.jwksUrl,
        algorithms: ['RS256'],
        tokenType: 'JWT',
        scopesClaim: 'permissions',
      },
    ],
  });

describe('several issuers', () => {
  it('are each believed by their own keys, algorithms and claims', async () => {
    const checks = authenticator();
    const ours = await checks.authenticate(`Bearer ${await own.sign({ scope: 'a:b c:d' })}`);
    assert.deepEqual([...ours.viewer!.permissions], ['a:b', 'c:d']);
    const token = await partner.sign(
      { permissions: ['e:f'], policies: 'adult staff' },
      { typ: 'JWT' },
    );
    const theirs = await checks.authenticate(`Bearer ${token}`);
    assert.deepEqual([...theirs.viewer!.permissions], ['e:f']);
    assert.deepEqual([...theirs.viewer!.policies], ['adult', 'staff']);
    assert.notEqual(ours.scope, theirs.scope);
  });

  it('cannot speak for each other', async () => {
    const checks = authenticator();
    const posed = await partner.sign({ iss: 'gamegraph' });
    await assert.rejects(checks.authenticate(`Bearer ${posed}`), BadToken);
    const stranger = await own.sign({ iss: 'stranger' });
    await assert.rejects(checks.authenticate(`Bearer ${stranger}`), BadToken);
  });

  it('are forgiven the difference of clocks that is set, and no more', async () => {
    const token = `Bearer ${await own.sign({ expiresInS: -10 })}`;
    await authenticator(20).authenticate(token);
    await assert.rejects(authenticator(5).authenticate(token), BadToken);
  });

  it('may change their keys: the new one is taken within seconds, the old one forgotten', async t => {
    const issuer = await startIssuer();
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const checks = new Authenticator({
      clockLeewayS: 0,
      issuers: [{ ...ISSUER, issuer: 'gamegraph', jwksUrl: issuer.jwksUrl }],
    });
    const old = { first: await issuer.sign(), second: await issuer.sign({ sub: 'u2' }) };
    await checks.authenticate(`Bearer ${old.first}`);
    await issuer.rotate();
    const next = `Bearer ${await issuer.sign()}`;
    await assert.rejects(checks.authenticate(next), BadToken, 'not asked again at once');
    assert.equal(issuer.asked, 1);
    t.mock.timers.tick(6_000);
    await checks.authenticate(next);
    await assert.rejects(checks.authenticate(`Bearer ${old.second}`), BadToken);
    await issuer.stop();
  });

  it('who do not tell their keys leave tokens undecided, not bad', async () => {
    const issuer = await startIssuer();
    const token = `Bearer ${await issuer.sign()}`;
    await issuer.stop();
    const checks = new Authenticator({
      clockLeewayS: 0,
      issuers: [{ ...ISSUER, issuer: 'gamegraph', jwksUrl: issuer.jwksUrl }],
    });
    await assert.rejects(checks.authenticate(token), KeysUnavailable);
  });
});
