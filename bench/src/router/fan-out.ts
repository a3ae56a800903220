import { until } from '@gamegraph/test-support';
import type { Bench } from '../bench.js';
import { cpuSeconds } from '../cpu.js';
import { Helper } from '../helper.js';
import { figure, type Section } from '../table.js';
import { CORES } from './contender.js';
import type { Memory, Role } from './fan-out-server.program.js';
import type { Heard, Question, Transport } from './listeners.program.js';

const SUBSCRIBERS = 1_000;
const PER_SECOND = 50;
const QUERY = 'subscription { gameChanged { id title price at } }';
const TRANSPORTS: Transport[] = ['graphql-transport-ws', 'graphql-ws', 'sse', 'multipart'];

/** What a server of subscriptions is, and how its events are made. */
interface Server {
  name: string;
  process: Helper;
  url: string;
  source: Helper;
}

/** How one event comes to many subscribers, by the router alone; what a subscriber costs, and what it leaves behind. */
export async function measureRouterFanOut({ isQuick }: Bench): Promise<Section> {
  const helpers: Helper[] = [];
  const start = (program: string, core?: number) => {
    const helper = new Helper(`router/${program}`, core);
    helpers.push(helper);
    return helper;
  };
  try {
    const subgraphs = start('fan-out-server.program.js', CORES?.others);
    const supergraph = await subgraphs.ask<string>({ be: 'subgraphs' } satisfies Role);
    const startRouter = async (): Promise<Server> => {
      const process = start('fan-out-server.program.js', CORES?.router);
      const url = await process.ask<string>({ be: 'router', supergraph } satisfies Role);
      return { name: 'Gamegraph’s router', process, url, source: subgraphs };
    };
    const clients = start('listeners.program.js', CORES?.others);
    const events = isQuick ? 50 : 250;
    const rows: string[][] = [];
    const router = await startRouter();
    for (const transport of TRANSPORTS)
      rows.push(await measureTransport(router, transport, clients, events));
    await router.process.stop();
    const peer = start('fan-out-server.program.js', CORES?.router);
    const peerUrl = await peer.ask<string>({ be: 'graphql-ws' } satisfies Role);
    const server = { name: 'graphql-ws, `useServer`', process: peer, url: peerUrl, source: peer };
    rows.push(await measureTransport(server, 'graphql-transport-ws', clients, events));
    await peer.stop();
    const idle = await measureIdle(await startRouter(), clients, isQuick ? 1_000 : 5_000);
    const churn = await measureChurn(await startRouter(), clients, isQuick ? 4 : 12);
    return {
      title: 'Fan-out of the router alone',
      columns: ['server', 'by', 'events that came', 'p50 ms', 'p99 ms', 'CPU µs each'],
      rows,
      notes: [
        `${SUBSCRIBERS} clients of one topic, ${PER_SECOND} events a second: from the subgraph’s event until it is at a client, ` +
          'completed with a field of another subgraph (once for all). CPU is of the router’s process, per event and client. ' +
          'A client that does not read for three seconds is left out. The peer makes its events in its own process, has nothing to complete, and executes the subscription for each client.',
        idle,
        churn,
      ],
    };
  } finally {
    for (const helper of helpers) await helper.stop();
  }
}

async function measureTransport(
  server: Server,
  transport: Transport,
  clients: Helper,
  events: number,
): Promise<string[]> {
  await open(server, transport, clients, SUBSCRIBERS);
  const deliver = async (count: number) => {
    const emitting: Role = { emit: count, perSecond: PER_SECOND };
    const [heard] = await Promise.all([
      clients.ask<Heard>({ await: count * SUBSCRIBERS } satisfies Question),
      server.source.ask(emitting),
    ]);
    return heard;
  };
  await deliver(PER_SECOND); // warms up
  const cpu = await cpuSeconds([server.process.pid]);
  const heard = await deliver(events);
  const cpuUs = ((await cpuSeconds([server.process.pid])) - cpu) * 1e6;
  await close(server, clients);
  const { p50Ms, p99Ms } = heard;
  return [
    server.name,
    transport,
    `${heard.events} / ${events * SUBSCRIBERS}`,
    ...[p50Ms, p99Ms, cpuUs / heard.events].map(figure),
  ];
}

/** What a subscriber takes that is told nothing. */
async function measureIdle(router: Server, clients: Helper, count: number): Promise<string> {
  await open(router, 'graphql-transport-ws', clients, 200); // what the first take is not theirs
  const before = await memoryOf(router);
  await open(router, 'graphql-transport-ws', clients, count, 200);
  const after = await memoryOf(router);
  await close(router, clients);
  await router.process.stop();
  const each = (name: keyof Memory) => figure((after[name] - before[name]) / count);
  return `${count} subscribers by WebSocket that are told nothing: ${each('rssKiB')} KiB each of the process’ memory, ${each('heapKiB')} KiB of the heap.`;
}

/** What is left of subscribers that are killed. @throws Error when some are thought to be there still */
async function measureChurn(router: Server, clients: Helper, rounds: number): Promise<string> {
  const count = 300;
  let first: Memory | undefined;
  for (let round = 0; round < rounds; round++) {
    await open(router, TRANSPORTS[round % TRANSPORTS.length]!, clients, count);
    await close(router, clients);
    for (const what of ['subscriptions', 'topics', 'sockets', 'streams'])
      await until(`no ${what} are left`, async () => (await countOf(router, what)) === 0);
    if (round === 3) first = await memoryOf(router); // each transport has been there
  }
  const { heapKiB, rssKiB } = await memoryOf(router);
  await router.process.stop();
  const inMib = (kib: number) => figure(kib / 1024);
  return (
    `${rounds} times ${count} subscribers that come and are killed, by each transport in turn: no subscription, topic, socket or ` +
    `stream is left; heap ${inMib(heapKiB)} MiB (after the first four times ${inMib(first!.heapKiB)}), ` +
    `memory ${inMib(rssKiB)} MiB (${inMib(first!.rssKiB)}).`
  );
}

async function open(
  server: Server,
  transport: Transport,
  clients: Helper,
  count: number,
  already = 0,
): Promise<void> {
  const { url } = server;
  await clients.ask({ open: count, url, transport, query: QUERY } satisfies Question);
  const isRouter = server.process !== server.source;
  const isThere = async () =>
    (await server.source.ask<number>('subscriptions' satisfies Role)) === (isRouter ? 1 : count) &&
    (!isRouter || (await countOf(server, 'subscriptions')) === already + count);
  await until('all have subscribed', isThere);
}

/** Cuts all clients off, and waits until nothing is left of them. */
async function close(server: Server, clients: Helper): Promise<void> {
  await clients.ask('close' satisfies Question);
  const isGone = async () =>
    (await server.source.ask<number>('subscriptions' satisfies Role)) === 0;
  await until('the last has left', isGone);
}

async function countOf({ url }: Server, what: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  return Number(new RegExp(`^router_${what} (\\S+)$`, 'm').exec(text)?.[1]);
}

function memoryOf({ process }: Server): Promise<Memory> {
  return process.ask<Memory>('memory' satisfies Role);
}
