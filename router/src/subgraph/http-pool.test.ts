import assert from 'node:assert/strict';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { AnswerReader, BadAnswer } from './http-answer.js';
import { HttpPool } from './http-pool.js';

const LIMIT = 1_000_000;

/** Reads answers from bytes that come in pieces of one size. */
function readAll(bytes: string, pieceBytes: number): { status: number; body: string }[] {
  const reader = new AnswerReader(LIMIT);
  const answers = [];
  const all = Buffer.from(bytes, 'latin1');
  const shared = Buffer.alloc(pieceBytes); // as it is read: into one buffer again and again
  for (let at = 0; at < all.length; at += pieceBytes) {
    const count = all.copy(shared, 0, at, at + pieceBytes);
    const body = reader.read(shared.subarray(0, count));
    if (body) answers.push({ status: reader.status, body: body.toString('latin1') });
  }
  const last = reader.close();
  if (last) answers.push({ status: reader.status, body: last.toString('latin1') });
  return answers;
}

describe('an HTTP response', () => {
  const whole: [string, string, { status: number; body: string }[]][] = [
    [
      'with a length',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello',
      [{ status: 200, body: 'hello' }],
    ],
    [
      'with an empty body',
      'HTTP/1.1 500 \r\ncontent-length: 0\r\n\r\n',
      [{ status: 500, body: '' }],
    ],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', [{ status: 204, body: '' }]],
    [
      'in chunks, with extensions and trailers',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n',
      [{ status: 200, body: 'hello' }],
    ],
    [
      'that ends with the connection',
      'HTTP/1.0 200 OK\r\n\r\nhello',
      [{ status: 200, body: 'hello' }],
    ],
    [
      'after one that only says to go on',
      'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
      [{ status: 200, body: 'ok' }],
    ],
  ];
  for (const [name, bytes, answers] of whole) {
    it(`is read ${name}, in pieces of any size`, () => {
      for (const size of [1, 2, 3, 7, bytes.length])
        assert.deepEqual(readAll(bytes, size), answers, `pieces of ${size}`);
    });
  }

  const bad: [string, string][] = [
    ['that is no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['of another version', 'HTTP/2 200\r\n\r\n'],
    ['of two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['of a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    [
      'with a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['of an unknown coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n'],
    [
      'that is compressed',
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\na',
    ],
    [
      'with a chunk without a size',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nhello\r\n',
    ],
    [
      'with a chunk that is too long',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nhello\r\n',
    ],
    ['with a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['that is too large', `HTTP/1.1 200 OK\r\ncontent-length: ${LIMIT + 1}\r\n\r\n`],
    ['with endless headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}`],
  ];
  for (const [name, bytes] of bad) {
    it(`is refused ${name}`, () => {
      for (const size of [1, bytes.length]) assert.throws(() => readAll(bytes, size), BadAnswer);
    });
  }
});

describe('connections to a server', () => {
  let server: Server;
  let pool: HttpPool;
  let handle: RequestListener;
  const sockets = new Set<Socket>();
  before(async () => {
    server = createHttpServer((request, response) => handle(request, response));
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    pool = new HttpPool(urlOf(server), LIMIT);
  });
  after(() => {
    pool.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const ask = (body: string, headers: Record<string, string> = {}, of = pool) =>
    new Promise<string>((resolve, reject) => {
      of.send({
        path: '/graphql',
        headers,
        body,
        answered: (_, bytes) => resolve(bytes.toString()),
        failed: reject,
      });
    });

  it('carry one request after the other, of any size, and as many at once as are asked', async () => {
    handle = (request, response) => void text(request).then(sent => response.end(sent));
    sockets.clear();
    const large = 'ä'.repeat(200_000);
    for (let n = 0; n < 5; n++) assert.equal(await ask(large), large);
    assert.equal(sockets.size, 1);
    const texts = Array.from({ length: 300 }, (_, n) => `request ${n} ${'x'.repeat(n * 50)}`);
    assert.deepEqual(await Promise.all(texts.map(each => ask(each))), texts);
    assert.ok(sockets.size > 1 && sockets.size <= 64, `${sockets.size} connections`);
  });

  it('carry headers as they came, and none that would be more than one', async () => {
    handle = (request, response) => response.end(request.headers['x-name']);
    assert.equal(await ask('{}', { 'x-name': 'J\u00fcrgen' }), 'J\u00fcrgen');
    assert.throws(
      () =>
        pool.send({
          ...{ path: '/', headers: { x: 'a\r\nb: c' }, body: '' },
          ...{ answered: assert.fail, failed: assert.fail },
        }),
      /cannot be sent/,
    );
  });

  it('are opened anew when the server has closed them', async () => {
    handle = (_, response) => response.setHeader('connection', 'close').end('closed');
    assert.equal(await ask('{}'), 'closed');
    assert.equal(await ask('{}'), 'closed');
  });

  it('fail what they carry when they are cut, and nothing else', async () => {
    let count = 0;
    handle = (request, response) => {
      if (count++ === 0) request.socket.destroy();
      else response.end('fine');
    };
    await assert.rejects(ask('{}'));
    assert.equal(await ask('{}'), 'fine');
  });

  it('fail what they carry when there is no server', async () => {
    const gone = createServer();
    await new Promise<void>(resolve => gone.listen(0, '127.0.0.1', resolve));
    const nobody = new HttpPool(urlOf(gone), LIMIT);
    await new Promise(resolve => gone.close(resolve));
    await assert.rejects(ask('{}', {}, nobody), /ECONNREFUSED/);
    nobody.close();
  });

  it('are closed for a request that is taken back', async () => {
    let hasCome = false;
    let isCut = false;
    handle = request => {
      hasCome = true;
      request.socket.once('close', () => (isCut = true));
    };
    const takeBack = pool.send({
      ...{ path: '/', headers: {}, body: '{}' },
      ...{ answered: assert.fail, failed: assert.fail },
    });
    await until('it has come', () => hasCome);
    takeBack();
    await until('its connection is closed', () => isCut);
  });
});

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
