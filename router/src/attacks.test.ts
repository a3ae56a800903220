// The attacks C1 to C41 that the threat model lists, each tried on a router as it runs; the numbers are its own.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { startIssuer, startTestRouter, type TestRouter } from './testing.js';

const GAMES = {
  sdl: 'type Query { hello: String }',
  resolvers: { Query: { hello: () => 'hi' } },
};

let router: TestRouter;
before(async () => {
  router = await startTestRouter({ games: GAMES });
});
after(() => router.stop());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('access tokens', () => {
  const outcomeOf = async (token: string) => {
    const { status, data, errors } = await router.ask('{ hello }', {}, bearer(token));
    return { status, data, errors };
  };
  /** All get the same answer: it does not tell what was wrong. */
  const refused = async (tokens: Record<string, string>) => {
    const wanted = await outcomeOf('nonsense');
    assert.equal(wanted.status, 401);
    assert.equal(wanted.errors?.[0]?.extensions?.code, 'UNAUTHENTICATED');
    for (const [what, token] of Object.entries(tokens))
      assert.deepEqual(await outcomeOf(token), wanted, what);
    assert.equal((await outcomeOf(await router.token())).status, 200);
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = () => Math.floor(Date.now() / 1000);
  const claims = () => ({
    ...{ iss: 'gamegraph', aud: 'gamegraph', sub: 'u1', sid: 's1', scope: '' },
    ...{ iat: now(), exp: now() + 300 },
  });

  it('C39 are signed by an allowed algorithm, whole and plain', async () => {
    const good = await router.token();
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const { publicKey } = router.issuer;
    const secret = new TextEncoder().encode(JSON.stringify(publicKey));
    const raw = Buffer.from(publicKey.x!, 'base64url');
    const confused = (key: Uint8Array) =>
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'HS256', kid: publicKey.kid!, typ: 'at+jwt' })
        .sign(key);
    const es256 = await generateKeyPair('ES256');
    const other = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'ES256', kid: publicKey.kid!, typ: 'at+jwt' })
      .sign(es256.privateKey);
    await refused({
      'alg none': new UnsecuredJWT(claims()).encode(),
      'alg none, cased': `${encode({ alg: 'nOnE', typ: 'at+jwt' })}.${payload}.${signature}`,
      'the public key as a secret': await confused(secret),
      'the raw public key as a secret': await confused(raw),
      'another algorithm': other,
      'ES256 told to be RS256': `${encode({ alg: 'RS256', kid: publicKey.kid, typ: 'at+jwt' })}.${other.split('.').slice(1).join('.')}`,
      'no signature': `${header}.${payload}.`,
      'half a signature': `${header}.${payload}.${signature.slice(0, 40)}`,
      'another signature': `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      'a critical extension': await router.issuer
        .sign({}, { crit: ['exp'], exp: 1 })
        .catch(() => 'x'),
      'a payload that is not encoded': `${encode({ alg: 'EdDSA', kid: publicKey.kid, typ: 'at+jwt', b64: false, crit: ['b64'] })}.${payload}.${signature}`,
      '10 KB': await router.issuer.sign({ scope: 'x'.repeat(10_000) }),
      'a token in a token': await router.issuer.sign({ sub: undefined, jwt: good }, { cty: 'JWT' }),
      'five parts, as if encrypted': `${header}.a.b.c.d`,
      'a payload that is no object': `${header}.${Buffer.from('[]').toString('base64url')}.${signature}`,
    });
  });

  it('C40 are checked by keys that the issuer publishes, whatever they name', async () => {
    const mine = await startIssuer();
    const { publicKey } = mine;
    const asked = router.issuer.asked;
    const forged = (header: object) => mine.sign({}, header);
    await refused({
      'a path': await forged({ kid: '../../dev/null' }),
      SQL: await forged({ kid: "k1' OR '1'='1" }),
      'an address': await forged({ kid: mine.jwksUrl }),
      'no such key': await forged({ kid: 'unknown' }),
      'the known name': await forged({ kid: router.issuer.publicKey.kid }),
      'a key set of its own': await forged({ jku: mine.jwksUrl, x5u: mine.jwksUrl }),
      'a key of its own': await forged({ jwk: publicKey }),
    });
    const large = await fetch(router.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...bearer(await forged({ kid: 'x'.repeat(1e6) })),
      },
      body: '{"query":"{ hello }"}',
    });
    assert.equal(large.status, 431);
    assert.equal(mine.asked, 0, 'nothing was fetched from where a token says');
    assert.ok(router.issuer.asked <= asked + 1, 'unknown names are not each looked up');
    await mine.stop();
  });

  it('C41 are of now, for here, from there', async () => {
    const sign = (own: JWTPayload, header?: object) => router.issuer.sign(own, header);
    await refused({
      over: await sign({ exp: now() - 60 }),
      'without an end': await sign({ exp: undefined }),
      endless: await sign({ exp: 1e20 }),
      'with an end that is no number': await sign({ exp: 'tomorrow' as never }),
      'not yet good': await sign({ nbf: now() + 120 }),
      'from the future': await sign({ iat: now() + 120 }),
      'years old': await sign({ iat: now() - 400 * 86_400 }),
      'of nobody': await sign({ sub: undefined }),
      'of an empty name': await sign({ sub: '' }),
      'of another issuer': await sign({ iss: 'elsewhere' }),
      'for others': await sign({ aud: 'elsewhere' }),
      'to renew a session with': await sign({}, { typ: 'rt+jwt' }),
      'of no kind': await sign({}, { typ: undefined }),
    });
  });
});
