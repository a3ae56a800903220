import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { IDENTITY_HEADER, IdentityVerifier } from '@gamegraph/identity';
import { startTestRouter, type TestRouter } from '../testing.js';

const AVATARS = {
  sdl: `
    scalar Upload
    input Picture { file: Upload, title: String }
    type Query { size(file: Upload): Int hello: String }
    type Mutation { setAvatar(file: Upload!): String addAll(files: [Upload!]!, more: Picture): Int }
  `,
  resolvers: {
    Query: { hello: () => 'hi', size: () => 0 },
    Mutation: { setAvatar: () => 'set', addAll: () => 3 },
  },
};
const OTHERS = {
  sdl: 'type Mutation { note(text: String): String }',
  resolvers: { Mutation: { note: () => 'noted' } },
};

const BYTES_MAX = 50_000;

let router: TestRouter;
before(async () => {
  router = await startTestRouter(
    { avatars: AVATARS, others: OTHERS },
    { uploads: { enabled: true, bytes: BYTES_MAX }, limits: { bodyBytes: 2_000 } },
  );
});
after(() => router.stop());

const SET = 'mutation ($file: Upload!) { setAvatar(file: $file) note(text: "x") }';
const OPERATIONS = { query: SET, variables: { file: null } };
const picture = (name = 'me.png') => new File(['PNG bytes'], name, { type: 'image/png' });

type Part = [name: string, value: string | object];
const MAP: Part = ['map', { 0: ['variables.file'] }];

async function send(
  parts: Part[],
  headers: Record<string, string> = { 'apollo-require-preflight': '1' },
) {
  const form = new FormData();
  for (const [name, value] of parts)
    form.append(
      name,
      value instanceof File ? value : typeof value === 'string' ? value : JSON.stringify(value),
    );
  const response = await fetch(router.url, { method: 'POST', headers, body: form });
  return { status: response.status, text: await response.text() };
}

describe('an upload', () => {
  it('goes to the one subgraph whose field takes it, and is signed for', async () => {
    const token = await router.token({ sub: 'u1' });
    const answer = await send([['operations', OPERATIONS], MAP, ['0', picture('Ä "1".png')]], {
      'x-apollo-operation-name': 'Set',
      authorization: `Bearer ${token}`,
    });
    assert.deepEqual(JSON.parse(answer.text).data, { setAvatar: 'set', note: 'noted' });
    const [received] = router.stubs.avatars!.received;
    assert.deepEqual(received!.variables, { file: null });
    assert.deepEqual(Object.keys(received!.files), ['variables.file']);
    const file = received!.files['variables.file']!;
    assert.deepEqual(
      [file.name, file.type, await file.text()],
      ['Ä "1".png', 'image/png', 'PNG bytes'],
    );
    const verifier = new IdentityVerifier('avatars', [router.publicKey]);
    const proof = received!.headers[IDENTITY_HEADER] as string;
    assert.equal((await verifier.verify(proof, received!.bytes)).viewer?.userId, 'u1');
    const [other] = router.stubs.others!.received;
    assert.deepEqual([other!.files, other!.headers['content-type']], [{}, 'application/json']);
  });

  it('may be several files, in lists and inputs, and one file in several places', async () => {
    router.stubs.avatars!.received.length = 0;
    const query =
      'mutation ($files: [Upload!]!, $more: Picture) { addAll(files: $files, more: $more) }';
    const answer = await send([
      [
        'operations',
        { query, variables: { files: [null, null], more: { file: null, title: 't' } } },
      ],
      ['map', { a: ['variables.files.0', 'variables.more.file'], b: ['variables.files.1'] }],
      ['a', picture('a.png')],
      ['b', picture('b.png')],
    ]);
    assert.deepEqual(JSON.parse(answer.text).data, { addAll: 3 });
    const { files } = router.stubs.avatars!.received[0]!;
    assert.deepEqual(
      Object.entries(files).map(([place, { name }]) => [place, name]),
      [
        ['variables.files.0', 'a.png'],
        ['variables.more.file', 'a.png'],
        ['variables.files.1', 'b.png'],
      ],
    );
  });

  it('is refused when it is not as it must be, with the reason', async () => {
    const operations: Part = ['operations', OPERATIONS];
    const file: Part = ['0', picture()];
    const cases: [parts: Part[], reason: RegExp, status?: number][] = [
      [[operations, MAP], /names the file \\"0\\", which is not there/],
      [[operations, ['map', {}], file], /no place for \\"0\\"/],
      [[MAP, file, operations], /come first/],
      [[operations, file], /come first/],
      [[['operations', '{'], MAP, file], /`operations` must be a JSON object/],
      [[['operations', [OPERATIONS]], MAP, file], /`operations` must be a JSON object/],
      [[operations, ['map', []], file], /`map` must be a JSON object/],
      [[operations, ['map', { 0: 'variables.file' }], file], /as a list/],
      [[operations, MAP, ['more', 'x'], file], /beside `operations` and `map`/],
      [[operations, MAP, file, file], /two files \\"0\\"/],
      ...[
        '',
        'variables',
        'query',
        'variables.none',
        'variables.file.x',
        'variables.__proto__',
        'variables.__proto__.x',
        'variables.constructor.prototype.x',
        '0.variables.file',
      ].map((path): [Part[], RegExp] => [
        [operations, ['map', { 0: [path] }], file],
        /must be a place/,
      ]),
      [
        [['operations', { query: SET, variables: { file: 'here' } }], MAP, file],
        /must be a place in `variables` with null/,
      ],
      [
        [
          ['operations', '{"query":"{ hello }","variables":{"__proto__":null}}'],
          ['map', { 0: ['variables.__proto__'] }],
          file,
        ],
        /must be a place/,
      ],
      ...['../../etc/passwd', '/etc/passwd', 'a\\b', '..', 'x\u0000.png', 'x'.repeat(300)].map(
        (name): [Part[], RegExp] => [[operations, MAP, ['0', picture(name)]], /no path in it/],
      ),
      [
        [operations, MAP, ...[0, 1, 2, 3].map((n): Part => [String(n), picture()])],
        /3 files at once are the limit/,
      ],
      [
        [operations, MAP, ['0', new File(['x'.repeat(BYTES_MAX)], 'a')]],
        /larger than 50000 bytes/,
        413,
      ],
      [
        [['operations', { ...OPERATIONS, pad: 'x'.repeat(3_000) }], MAP, file],
        /larger than 2000 bytes/,
        413,
      ],
      [
        [
          [
            'operations',
            { query: 'query ($file: Upload) { size(file: $file) }', variables: { file: null } },
          ],
          MAP,
          file,
        ],
        /come with a mutation/,
      ],
    ];
    router.stubs.avatars!.received.length = 0;
    for (const [parts, reason, status = 400] of cases) {
      const answer = await send(parts);
      assert.match(answer.text, reason);
      assert.equal(answer.status, status, String(reason));
      assert.match(answer.text, /"BAD_REQUEST"/);
    }
    assert.equal(({} as { x?: unknown }).x, undefined);
    assert.equal(router.stubs.avatars!.received.length, 0);
    const text = await send([
      [
        'operations',
        { query: 'mutation ($text: String) { note(text: $text) }', variables: { text: null } },
      ],
      ['map', { 0: ['variables.text'] }],
      file,
    ]);
    assert.match(text.text, /BAD_USER_INPUT/);
  });

  it('is refused when the body is broken', async () => {
    const raw = async (body: string, type = 'multipart/form-data; boundary=x') =>
      (
        await fetch(router.url, {
          method: 'POST',
          headers: { 'content-type': type, 'apollo-require-preflight': '1' },
          body,
        })
      ).status;
    assert.equal(await raw('', 'multipart/form-data'), 400);
    assert.equal(await raw(''), 400);
    assert.equal(await raw('--x\r\nnonsense'), 400);
    assert.equal(
      await raw('--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}'),
      400,
    );
  });

  it('is nothing that another site could send, and is off unless it is wanted', async () => {
    const parts: Part[] = [['operations', OPERATIONS], MAP, ['0', picture()]];
    const bare = await send(parts, {});
    assert.equal(bare.status, 400);
    assert.match(bare.text, /needs a header that no other site can send/);
    const off = await startTestRouter({ avatars: AVATARS });
    const form = new FormData();
    const answer = await fetch(off.url, {
      method: 'POST',
      headers: { 'apollo-require-preflight': '1' },
      body: form,
    });
    assert.equal(answer.status, 415);
    await off.stop();
  });
});
