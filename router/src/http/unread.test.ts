import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { cutUnread } from './unread.js';

describe('an answer that its client does not read', () => {
  it('is given up in the end, and one that it reads is not', async () => {
    const answers: ServerResponse[] = [];
    const server = createServer((_, response) => {
      answers.push(response);
      response.end(Buffer.alloc(16 * 1024 * 1024));
      cutUnread(response, 100, 1_000_000);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const [reads, idles] = await Promise.all(
      Array.from({ length: 2 }, async () => {
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect');
        socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
        return socket;
      }),
    );
    reads!.resume();
    await until('both are answered', () => answers.length === 2);
    const done = () => answers.filter(({ writableFinished }) => writableFinished).length;
    await until('one is read', () => done() === 1);
    await until('both are over', () =>
      answers.every(({ destroyed, writableFinished }) => destroyed || writableFinished),
    );
    assert.equal(done(), 1);
    reads!.destroy();
    idles!.destroy();
    server.close();
  });
});
