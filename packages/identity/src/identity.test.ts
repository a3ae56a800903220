import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { IdentitySigner, IdentityVerifier, type Identity, Unproven } from './index.js';

async function keyPair(kid: string): Promise<{ publicKey: JWK; privateKey: JWK }> {
  const pair = await generateKeyPair('EdDSA', { extractable: true });
  return {
    publicKey: { ...(await exportJWK(pair.publicKey)), kid },
    privateKey: { ...(await exportJWK(pair.privateKey)), kid },
  };
}

const somebody: Identity = {
  viewer: { userId: 'u1', sessionId: 's1', permissions: new Set(['games:create']) },
  client: { address: '10.0.0.1' },
  isOperator: false,
};

describe("the router's word about a request", async () => {
  const router = await keyPair('router-1');
  const signer = new IdentitySigner(router.privateKey);
  const verifier = () => new IdentityVerifier('builds', [router.publicKey]);

  it('says who asks, from where, and what they may', async () => {
    assert.deepEqual(
      await verifier().verify(signer.sign('builds', 'body', somebody), 'body'),
      somebody,
    );
    const heads = [{ aggregatetype: 'games.game', aggregateid: 'g1', version: 3 }];
    const awaited = { heads, budgetMs: 250, isStrict: true };
    const nobody: Identity = { viewer: undefined, client: {}, isOperator: true, awaited };
    assert.deepEqual(
      await verifier().verify(signer.sign('builds', 'body', nobody), 'body'),
      nobody,
    );
  });

  it('is good for one request, this body and this subgraph', async () => {
    const one = verifier();
    const token = signer.sign('builds', 'body', somebody);
    await assert.rejects(one.verify(token, 'another body'), Unproven);
    await one.verify(token, 'body');
    await assert.rejects(one.verify(token, 'body'), Unproven, 'a replay');
    await assert.rejects(
      verifier().verify(signer.sign('games', 'body', somebody), 'body'),
      Unproven,
    );
  });

  it('is not believed from anyone else, or without a signature', async () => {
    const stranger = await keyPair('router-1');
    const forged = new IdentitySigner(stranger.privateKey).sign('builds', 'body', somebody);
    const [header, payload] = signer.sign('builds', 'body', somebody).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    for (const token of [undefined, '', 'x.y.z', forged, none, `${header}.${payload}.`]) {
      await assert.rejects(verifier().verify(token, 'body'), Unproven);
    }
    const secret = new TextEncoder().encode(JSON.stringify(router.publicKey));
    const confused = await new SignJWT({ about: 'x', jti: 'x' })
      .setProtectedHeader({ alg: 'HS256', kid: 'router-1' })
      .setIssuer('gamegraph-router')
      .setAudience('builds')
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(secret);
    await assert.rejects(verifier().verify(confused, 'body'), Unproven);
  });

  it('is not believed when it is old', async t => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() - 5 * 60_000 });
    const token = signer.sign('builds', 'body', somebody);
    t.mock.timers.reset();
    await assert.rejects(verifier().verify(token, 'body'), Unproven);
  });
});
