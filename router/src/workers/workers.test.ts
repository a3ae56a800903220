import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@gamegraph/test-support';
import { WebSocket } from 'ws';
import type { RouterConfigInput } from '../config/schema.js';
import { compose } from '../supergraph/compose.js';
import { eventsOf, startStub, type StubSubgraph, stubSchema } from '../testing.js';

const SDL =
  'type Query { hello: String } type Mutation { greet: String } type Subscription { tick: Int }';
const emitter = new EventEmitter();
const RESOLVERS = {
  Query: { hello: () => 'hi' },
  Mutation: { greet: () => 'done' },
  Subscription: {
    tick: { subscribe: () => eventsOf(emitter, 'tick'), resolve: (n: number) => n },
  },
};

let stub: StubSubgraph;
let supergraph: string;
before(async () => {
  stub = await startStub(stubSchema(SDL, RESOLVERS));
  ({ sdl: supergraph } = compose([{ name: 'hello', url: stub.url, sdl: SDL }]));
});
after(() => stub.stop());

/** One connection to one of the workers, which is kept. */
class Connection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly url: string) {}

  async send(path: string, body?: object, headers: Record<string, string> = {}) {
    const sent = request(new URL(path, this.url), {
      agent: this.#agent,
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', ...headers },
    }).end(body && JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [
      NodeJS.ReadableStream & { statusCode: number },
    ];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode, text };
  }

  ask(query: string) {
    return this.send('/graphql', { query });
  }

  async worker(): Promise<number> {
    return (JSON.parse((await this.send('/livez')).text) as { worker: number }).worker;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function writeConfig(directory: string, settings: Partial<RouterConfigInput>): Promise<void> {
  const file = join(directory, 'supergraph.graphql');
  const config = { supergraph: file, listen: { port: 0 }, ...settings };
  return writeFile(join(directory, 'router.config.yaml'), JSON.stringify(config));
}

/** A router of two processes, as `npm run router` starts it. */
class Started {
  url = '';
  /** What it has logged. */
  readonly logged: Record<string, unknown>[] = [];
  readonly #connections: Connection[] = [];

  private constructor(
    readonly child: ChildProcess,
    readonly directory: string,
  ) {}

  static async start(settings: Partial<RouterConfigInput> = {}): Promise<Started> {
    const directory = await mkdtemp(join(tmpdir(), 'gamegraph-workers-'));
    await writeFile(join(directory, 'supergraph.graphql'), supergraph);
    await writeConfig(directory, settings);
    const child = fork(fileURLToPath(new URL('../main.js', import.meta.url)), ['--workers', '2'], {
      env: { PATH: process.env.PATH, ROUTER_CONFIG: join(directory, 'router.config.yaml') },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const started = new Started(child, directory);
    createInterface(child.stdout!).on('line', line =>
      started.logged.push(JSON.parse(line) as Record<string, unknown>),
    );
    const [{ ready }] = (await once(child, 'message')) as [{ ready: { url: string } }];
    started.url = ready.url;
    return started;
  }

  connect(): Connection {
    const connection = new Connection(this.url);
    this.#connections.push(connection);
    return connection;
  }

  /** A connection to each of the two workers, and some more to the first. */
  async connections(): Promise<[Connection, Connection, Connection]> {
    const byWorker = new Map<number, Connection[]>();
    return until('there are connections to both', async () => {
      const connection = this.connect();
      const worker = await connection.worker();
      byWorker.set(worker, [...(byWorker.get(worker) ?? []), connection]);
      const [some, others] = [...byWorker.values()].sort((a, b) => b.length - a.length);
      return others && some!.length > 1 ? [some![0]!, some![1]!, others[0]!] : undefined;
    });
  }

  async figure(name: string): Promise<number> {
    const { text } = await this.connect().send('/metrics');
    return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  }

  pids(): number[] {
    return this.logged
      .filter(({ msg }) => msg === 'a worker serves')
      .map(({ pid }) => pid as number);
  }

  async stop(): Promise<number> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const [code] = (await ended) as [number];
    for (const connection of this.#connections) connection.close();
    await rm(this.directory, { recursive: true });
    return code;
  }
}

function subscribe(url: string) {
  const ws = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  const seen = { ticks: [] as number[], code: 0, status: 0, close: () => ws.terminate() };
  ws.on('unexpected-response', (_, response) => (seen.status = response.statusCode!));
  ws.on('error', () => {});
  ws.on('open', () => ws.send('{"type":"connection_init"}'));
  ws.on('message', data => {
    const message = JSON.parse((data as Buffer).toString()) as {
      type: string;
      payload?: { data: { tick: number } };
    };
    if (message.type === 'connection_ack')
      ws.send('{"id":"1","type":"subscribe","payload":{"query":"subscription { tick }"}}');
    if (message.type === 'next') seen.ticks.push(message.payload!.data.tick);
  });
  ws.on('close', code => (seen.code = code));
  return seen;
}

describe('a router of two processes', () => {
  let router: Started;
  before(async () => {
    router = await Started.start({ limits: { sockets: 3, socketsPerAddress: 100 } });
  });
  after(() => router.stop());

  it('is ready once both serve, on one port', async () => {
    const [one, , other] = await router.connections();
    assert.notEqual(await one.worker(), await other.worker());
    for (const each of [one, other]) {
      assert.equal((await each.send('/readyz')).status, 200);
      assert.equal((await each.ask('{ hello }')).text, '{"data":{"hello":"hi"}}');
      const { workers } = JSON.parse((await each.send('/health')).text) as { workers: object };
      assert.deepEqual(workers, { serving: 2, wanted: 2 });
    }
  });

  it('tells the figures of both together', async () => {
    const [one, , other] = await router.connections();
    const count = () => router.figure('router_http_request_seconds_count');
    const first = await count();
    for (const each of [one, other]) await each.ask('{ hello }');
    assert.equal((await count()) - first, 2);
    assert.deepEqual(
      [await router.figure('router_workers'), await router.figure('router_info')],
      [2, 2],
    );
  });

  it('gives no answer from before a mutation to who has seen its end, by whichever process', async () => {
    const [one, another, other] = await router.connections();
    stub.received.length = 0;
    let answer = () => {};
    const held = new Promise<undefined>(resolve => (answer = () => resolve(undefined)));
    stub.intercept = ({ query }) => (query.includes('hello') ? held : undefined);
    const asked = () => stub.received.filter(({ query }) => query.includes('hello')).length;
    const early = one.ask('{ hello }');
    await until('it is in work', () => asked() === 1);
    assert.equal((await other.ask('mutation { greet }')).text, '{"data":{"greet":"done"}}');
    const late = another.ask('{ hello }');
    await until('it is run anew', () => asked() === 2);
    answer();
    stub.intercept = undefined;
    assert.deepEqual([(await early).status, (await late).status], [200, 200]);
  });

  it('has as many sockets as one process may have', async () => {
    const opened: ReturnType<typeof subscribe>[] = [];
    for (let n = 0; n < 3; n++) {
      const seen = subscribe(router.url);
      await until(
        'it is open',
        async () => (await router.figure('router_subscriptions')) === n + 1,
      );
      opened.push(seen);
    }
    const fourth = subscribe(router.url);
    await until('there is no room', () => fourth.status === 503);
    emitter.emit('tick', 7);
    await until('all are told, whichever has them', () =>
      opened.every(({ ticks }) => ticks[0] === 7),
    );
    for (const { close } of opened) close();
    await until('all have left', async () => (await router.figure('router_sockets')) === 0);
    const again = subscribe(router.url);
    await until('there is room', async () => (await router.figure('router_sockets')) === 1);
    again.close();
  });

  it('takes other settings and another supergraph in both', async () => {
    const [one, , other] = await router.connections();
    const query = `{ ${'a: hello '.repeat(40)} }`;
    for (const each of [one, other]) assert.match((await each.ask(query)).text, /aliases/);
    await writeConfig(router.directory, { limits: { sockets: 3, operation: { aliases: 100 } } });
    await until('both take it', async () => {
      const answers = await Promise.all([one, other].map(each => each.ask(query)));
      return answers.every(({ text }) => !text.includes('aliases'));
    });
    await writeFile(
      join(router.directory, 'supergraph.graphql'),
      supergraph.replace('  hello: String', '  hello: String\n  more: String'),
    );
    await until('both serve it', async () => {
      const answers = await Promise.all(
        [one, other].map(each => each.ask('{ __type(name: "Query") { fields { name } } }')),
      );
      return answers.every(({ text }) => text.includes('"more"'));
    });
  });

  it('replaces one that dies, and what it had taken is free again', async () => {
    const seen = [subscribe(router.url), subscribe(router.url), subscribe(router.url)];
    await until('all are there', async () => (await router.figure('router_subscriptions')) === 3);
    const [pid] = router.pids();
    process.kill(pid!, 'SIGKILL');
    await until('another serves', () => router.pids().length === 3);
    await until('clients are answered as ever', async () => {
      const answers = await Promise.allSettled(
        Array.from({ length: 8 }, () => router.connect().ask('{ hello }')),
      );
      return answers.every(one => one.status === 'fulfilled' && one.value.status === 200);
    });
    assert.equal(await router.figure('router_worker_restarts_total'), 1);
    assert.equal(await router.figure('router_workers'), 2);
    const left = seen.filter(({ code }) => code === 0).length;
    const back = Array.from({ length: 3 - left }, () => subscribe(router.url));
    await until('all are back', async () => (await router.figure('router_subscriptions')) === 3);
    for (const { close } of [...seen, ...back]) close();
  });
});

describe('rate limits of two processes', () => {
  it('are counted together, and anew when they are set anew', async () => {
    const router = await Started.start({ rateLimits: { address: { operations: 4 } } });
    const [one, , other] = await router.connections();
    const statuses = [];
    for (const each of [one, other, one, other, one, other])
      statuses.push((await each.ask('{ hello }')).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 429, 429]);
    await writeConfig(router.directory, { rateLimits: { address: { operations: 1_000 } } });
    await until('both have the new one', async () => {
      const answers = await Promise.all([one, other].map(each => each.ask('{ hello }')));
      return answers.every(({ status }) => status === 200);
    });
    assert.equal(await router.stop(), 0);
  });
});

describe('caches of two processes', () => {
  it('hold nothing from before a change that one of them was told of, or has made', async () => {
    const token = 'a-token-of-some-length';
    const cache = { responses: { enabled: true }, maxAgeS: 60, scope: 'PUBLIC' as const };
    const router = await Started.start({ cache: { ...cache, invalidation: { token } } });
    const [one, , other] = await router.connections();
    /** How often the subgraph was asked when both were. */
    const asked = async () => {
      stub.received.length = 0;
      for (const each of [one, other]) assert.match((await each.ask('{ hello }')).text, /hi/);
      return stub.received.length;
    };
    assert.deepEqual([await asked(), await asked()], [2, 0]);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await one.send('/invalidate', [{ subgraph: 'hello' }], headers)).status, 204);
    assert.deepEqual([await asked(), await asked()], [2, 0]);
    await other.ask('mutation { greet }');
    assert.deepEqual([await asked(), await asked()], [2, 0], 'it was this client’s own');
    assert.equal(await router.stop(), 0);
  });
});

describe('stopping two processes', () => {
  it('lets them finish what they do, and sends sockets elsewhere', async () => {
    const router = await Started.start();
    const [one, , other] = await router.connections();
    const sockets = Array.from({ length: 6 }, () => subscribe(router.url));
    await until('all are there', async () => (await router.figure('router_subscriptions')) === 6);
    let answer = () => {};
    const held = new Promise<undefined>(resolve => (answer = () => resolve(undefined)));
    stub.intercept = () => held;
    stub.received.length = 0;
    const working = [one.ask('{ hello }'), other.ask('{ hello }')];
    await until('both work', () => stub.received.length === 2);
    const stopped = router.stop();
    await until('sockets are closed', () => sockets.every(({ code }) => code === 1012));
    answer();
    stub.intercept = undefined;
    for (const { text } of await Promise.all(working))
      assert.equal(text, '{"data":{"hello":"hi"}}');
    assert.equal(await stopped, 0);
  });
});

describe('a router of two processes that cannot start', () => {
  it('says why once, and leaves nothing behind', async () => {
    const child = fork(fileURLToPath(new URL('../main.js', import.meta.url)), ['--workers', '2'], {
      env: { PATH: process.env.PATH, SUPERGRAPH: '/nowhere.graphql', PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    child.stderr!.on('data', chunk => (said += String(chunk)));
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 1);
    assert.equal(said.match(/nowhere\.graphql/g)?.length, 1, said);
  });
});
