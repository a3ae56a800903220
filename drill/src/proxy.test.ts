import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { Proxy } from './proxy.js';

describe('a proxy', () => {
  let server: Server;
  let proxy: Proxy;
  const heard: string[] = [];

  before(async () => {
    server = createServer(socket => {
      socket.on('error', () => {});
      socket.on('data', data => {
        heard.push(String(data));
        socket.write(`you said ${String(data)}`);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await Proxy.open((server.address() as AddressInfo).port);
  });

  after(() => {
    proxy.close();
    server.close();
  });

  interface Caller {
    socket: Socket;
    told: string;
    isEnded: boolean;
  }

  function call(): Caller {
    const caller: Caller = {
      socket: connect(proxy.port, '127.0.0.1'),
      ...{ told: '', isEnded: false },
    };
    caller.socket.on('data', data => (caller.told += String(data)));
    caller.socket.on('error', () => {}).on('close', () => (caller.isEnded = true));
    return caller;
  }

  it('lets everything through, whole or in pieces, at once or late', async () => {
    for (const trouble of [
      undefined,
      { kind: 'pieces' },
      { kind: 'latency', ms: 30 },
      { kind: 'bandwidth', bytesPerSecond: 1_000 },
    ] as const) {
      if (trouble) proxy.trouble(trouble);
      const caller = call();
      caller.socket.write('hello');
      await until(
        'the answer is whole',
        () => caller.told.replaceAll('you said ', '') === 'hello' || caller.told.length >= 14,
      );
      proxy.heal();
      caller.socket.destroy();
    }
  });

  it('loses answers of what has arrived, and ends such connections when it is healed', async () => {
    const caller = call();
    proxy.trouble({ kind: 'lost answers' });
    caller.socket.write('arrives');
    await until('it has arrived', () => heard.includes('arrives'));
    proxy.heal();
    await until('the connection is ended', () => caller.isEnded);
    assert.equal(caller.told, '');
  });

  it('is silent both ways', async () => {
    const caller = call();
    caller.socket.write('before');
    await until('there is an answer', () => caller.told !== '');
    proxy.trouble({ kind: 'silence' });
    caller.socket.write('never arrives');
    proxy.heal();
    await until('the connection is ended', () => caller.isEnded);
    assert.ok(!heard.includes('never arrives'));
  });

  it('resets connections', async () => {
    const caller = call();
    await once(caller.socket, 'connect');
    proxy.trouble({ kind: 'reset', afterMs: 1 });
    await until('the connection is ended', () => caller.isEnded);
    const next = call();
    await until('the next is ended too', () => next.isEnded);
    proxy.heal();
  });
});
