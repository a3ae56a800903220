import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { freePort, isPortFree } from './ports.js';

describe('a free port', () => {
  it('is another each time, and none that the system gives to outgoing connections', async () => {
    const ports = [];
    for (let count = 0; count < 20; count++) ports.push(await freePort());
    assert.equal(new Set(ports).size, 20);
    for (const port of ports) assert.ok(port >= 10_000 && port < 32_768, String(port));
  });

  it('is the preferred one as long as nobody listens there', async () => {
    const preferred = await freePort();
    assert.equal(await freePort(preferred), preferred);
    const server = createServer();
    await new Promise<void>(resolve => server.listen(preferred, '127.0.0.1', resolve));
    assert.equal(await isPortFree(preferred), false);
    assert.notEqual(await freePort(preferred), preferred);
    await new Promise(resolve => server.close(resolve));
  });
});
