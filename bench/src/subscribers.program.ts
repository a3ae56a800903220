import { WebSocket } from 'ws';
import { answer } from './helper.js';

/** What many clients subscribe to. */
export interface Subscription {
  url: string;
  query: string;
  variables: object;
  count: number;
}

let subscribers = 0;
let arrivals: number[] = [];
let isComplete: () => void = () => {};

/** Subscribes when it is told to what; for `next`, tells when each of the clients had the next event. */
answer(async (question: Subscription | 'next') => {
  if (question !== 'next') {
    for (; subscribers < question.count; subscribers++) await subscribe(question);
    return undefined;
  }
  if (arrivals.length < subscribers) await new Promise<void>(resolve => (isComplete = resolve));
  const complete = arrivals;
  arrivals = [];
  return complete;
});

/** By hand, and looking at no more than a message's start: a thousand clients in one process must not be what is slow. */
function subscribe({ url, query, variables }: Subscription): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on('error', reject);
    socket.on('open', () => send({ type: 'connection_init' }));
    socket.on('message', (data: Buffer) => {
      const at = performance.timeOrigin + performance.now();
      const { type } = /"type":"(?<type>\w+)"/.exec(data.toString('latin1', 0, 100))!.groups!;
      if (type === 'connection_ack') {
        send({ id: '1', type: 'subscribe', payload: { query, variables } });
        resolve();
      } else if (type === 'next') {
        arrivals.push(at);
        if (arrivals.length === subscribers) isComplete();
      } else if (type === 'ping') {
        send({ type: 'pong' });
      } else {
        throw new Error(data.toString());
      }
    });
  });
}
