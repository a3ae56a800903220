import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@gamegraph/test-support';
import type { ConsumeOptions, Consumption, EventBus, Message, ReceivedMessage } from './bus.js';

/** An adapter under test. */
export interface BusUnderTest {
  name: string;
  /** Why it cannot be tested on this machine. */
  skip?: string | false;
  /** Starts what the adapter needs; the same log is behind every bus that `connect` makes. */
  setUp(): Promise<void>;
  connect(): EventBus;
  /** A bus with nothing below it yet, and what brings that up. */
  connectTooEarly(): Promise<{ early: EventBus; bringUp(): Promise<void> }>;
  /** Breaks what is below the adapter for a moment: a broker killed and started again, every session cut. */
  breakDown(): Promise<void>;
  tearDown(): Promise<void>;
}

/** What every event bus promises (bus.ts), as tests. */
export function describeEventBus(under: BusUnderTest): void {
  describe(
    `the event bus on ${under.name}`,
    { timeout: 300_000, skip: under.skip ?? false },
    () => {
      let bus: EventBus;
      before(async () => {
        await under.setUp();
        bus = under.connect();
      });
      after(async () => {
        await bus?.close();
        await under.tearDown();
      });

      it('gives every group every message, in the order of its key, with what it carried', async () => {
        const topic = await newTopic();
        const sent = messages(topic, 5, 20);
        await bus.publish(sent.slice(0, 60));
        const first = await collect({ topics: [topic] });
        await bus.publish(sent.slice(60));
        const second = await collect({ topics: [topic] });
        for (const { received, consumption } of [first, second]) {
          await until('all have come', () => received.length >= sent.length);
          assert.deepEqual(byKey(received), byKey(sent));
          assert.deepEqual(received[0]!.headers, { ce_type: 'test', unicode: 'ключ' });
          await consumption.stop();
        }
      });

      it('takes messages at once that are long, and keeps their order', async () => {
        const topic = await newTopic();
        const { received, consumption } = await collect({ topics: [topic] });
        const long = 'x'.repeat(900_000);
        const sent = Array.from({ length: 6 }, (_, n) => ({
          ...message(topic, 'key', n),
          value: n % 2 ? String(n) : `${n} ${long}`,
        }));
        await bus.publish(sent);
        await until('all have come', () => received.length >= sent.length);
        assert.deepEqual(byKey(received), byKey(sent));
        await consumption.stop();
      });

      it('keeps the order of each key when many publish at once', async () => {
        const topic = await newTopic();
        const { received, consumption } = await collect({ topics: [topic] });
        const keys = Array.from({ length: 8 }, (_, n) => `key-${n}`);
        await Promise.all(
          keys.map(async key => {
            for (let n = 0; n < 25; n++) await bus.publish([message(topic, key, n)]);
          }),
        );
        await until('all have come', () => received.length >= 200);
        for (const key of keys) {
          assert.deepEqual(
            byKey(received)[key],
            Array.from({ length: 25 }, (_, n) => String(n)),
          );
        }
        await consumption.stop();
      });

      it('delivers again what a consumer could not handle, and what comes behind it afterwards', async () => {
        const topic = await newTopic();
        let refusals = 0;
        const { received, consumption } = await collect({
          topics: [topic],
          beforeEach: () => {
            if (refusals++ < 3) throw new TypeError('not now');
          },
        });
        await bus.publish(messages(topic, 1, 10));
        await until('all have come', () => received.length >= 10);
        assert.deepEqual(Object.values(byKey(received)), [
          Array.from({ length: 10 }, (_, n) => String(n)),
        ]);
        assert.ok(refusals > 3);
        await consumption.stop();
      });

      it('makes the topics that many ask for at once, in whatever order each names them', async () => {
        const topics = Array.from({ length: 24 }, () => randomUUID());
        const buses = Array.from({ length: 6 }, () => under.connect());
        await Promise.all(buses.map(one => one.ensureTopics([topics[0]!]))); // connected: what follows is at once
        await Promise.all(
          buses.map((one, n) => one.ensureTopics(n % 2 ? topics : topics.toReversed())),
        );
        await bus.publish(topics.map(topic => message(topic, 'key', 0)));
        const { received, consumption } = await collect({ topics });
        await until('all have come', () => received.length >= topics.length);
        await consumption.stop();
        await Promise.all(buses.map(one => one.close()));
      });

      it('makes topics when what is below it is there, though it was not when it was first asked', async () => {
        const topic = randomUUID();
        const { early, bringUp } = await under.connectTooEarly();
        await assert.rejects(early.ensureTopics([topic]));
        await bringUp();
        await early.ensureTopics([topic]);
        await early.publish([message(topic, 'key', 0)]);
        await early.close();
      });

      it('goes on where the group stopped', async () => {
        const topic = await newTopic();
        const group = randomUUID();
        const first = await collect({ topics: [topic], group });
        await bus.publish(messages(topic, 2, 5));
        await until('the first ten have come', () => first.received.length >= 10);
        await first.consumption.stop();
        assert.equal(await bus.lag(group, [topic]), 0);
        await bus.publish([message(topic, 'later', 0), message(topic, 'later', 1)]);
        assert.equal(await bus.lag(group, [topic]), 2);
        const second = await collect({ topics: [topic], group });
        await until('the later two have come', () => second.received.length >= 2);
        await sleep(300);
        assert.deepEqual(byKey(second.received), { later: ['0', '1'] });
        await second.consumption.stop();
      });

      it('begins anew for a group that it was told to forget', async () => {
        const topic = await newTopic();
        const group = randomUUID();
        await bus.publish(messages(topic, 2, 5));
        const first = await collect({ topics: [topic], group });
        await until('all have come', () => first.received.length >= 10);
        await first.consumption.stop();
        await bus.forget(group);
        assert.equal(await bus.lag(group, [topic]), 10);
        const second = await collect({ topics: [topic], group });
        await until('all have come again', () => second.received.length >= 10);
        assert.deepEqual(byKey(second.received), byKey(first.received));
        await second.consumption.stop();
      });

      it('begins at the end for a group that wants nothing of the past, and misses nothing from then on', async () => {
        const topic = await newTopic();
        await bus.publish(messages(topic, 4, 5, 'past-'));
        let begun = false;
        const { received, consumption } = await collect({
          topics: [topic],
          onBegin: () => (begun = true),
        });
        await until('it has begun', () => begun, { timeoutMs: 30_000 });
        const sent = messages(topic, 4, 5);
        await bus.publish(sent);
        await until('all have come', () => received.length >= sent.length);
        assert.deepEqual(byKey(received), byKey(sent));
        await consumption.stop();
      });

      it('shares the partitions among the members of a group, and hands over those of one that leaves', async () => {
        const topic = await newTopic();
        const group = randomUUID();
        const buses = [under.connect(), under.connect()];
        const members = await Promise.all(
          buses.map(other => collect({ topics: [topic], group }, other)),
        );
        await until(
          'both have work',
          async () => {
            await bus.publish(messages(topic, 16, 1));
            await sleep(200);
            return members.every(({ received }) => received.length > 0);
          },
          { timeoutMs: 60_000 },
        );
        await until('the group is even', async () => (await bus.lag(group, [topic])) === 0, {
          timeoutMs: 30_000,
        });
        await members[0]!.consumption.stop();
        members[1]!.received.length = 0;
        const sent = messages(topic, 16, 3, 'after-');
        await bus.publish(sent);
        await until(
          'the one who stayed has them all',
          () => {
            const seen = members[1]!.received.filter(({ key }) => key.startsWith('after-'));
            return (
              seen.length >= sent.length &&
              assert.deepEqual(distinctByKey(seen), byKey(sent)) === undefined
            );
          },
          { timeoutMs: 30_000 },
        );
        await Promise.all(buses.map(other => other.close()));
      });

      it('loses nothing and keeps the order when what is below it breaks down, while it publishes and consumes', async () => {
        const topic = await newTopic();
        const { received, consumption } = await collect({ topics: [topic], stepMs: 1 });
        let sent = 0;
        let publishing = true;
        const publisher = (async () => {
          for (; publishing || sent < 300; sent += 10) {
            const batch = Array.from({ length: 10 }, (_, n) =>
              message(topic, `key-${n % 5}`, sent + n),
            );
            for (let done = false; !done;) {
              // An adapter may say that it could not: then, as the relay does, the same batch is sent again.
              done = await bus.publish(batch).then(
                () => true,
                () => sleep(50, false),
              );
            }
          }
        })();
        await until('some have come', () => received.length > 50);
        await under.breakDown();
        await sleep(500);
        publishing = false;
        await publisher;
        await until('all have come', () => distinct(received).length >= sent, {
          timeoutMs: 60_000,
        });
        const firsts = distinctByKey(received);
        for (let k = 0; k < 5; k++) {
          const expected = Array.from({ length: sent }, (_, n) => n).filter(n => n % 5 === k);
          assert.deepEqual(
            firsts[`key-${k}`],
            expected.map(String),
            'first occurrences are complete and in order',
          );
        }
        await consumption.stop();
      });

      it('finishes the work in hand before it stops', async () => {
        const topic = await newTopic();
        let begun = false;
        const { received, consumption } = await collect({
          topics: [topic],
          stepMs: 300,
          beforeEach: () => (begun = true),
        });
        await bus.publish([message(topic, 'slow', 0)]);
        await until('it has begun', () => begun);
        await consumption.stop();
        assert.equal(received.length, 1, 'stop() returns after the work in hand');
        await bus.publish([message(topic, 'slow', 1)]);
        await sleep(500);
        assert.equal(received.length, 1, 'nothing runs after stop() has returned');
      });

      async function newTopic(): Promise<string> {
        const topic = `test.${randomUUID()}`;
        await bus.ensureTopics([topic]);
        await bus.ensureTopics([topic]); // again: nothing happens
        return topic;
      }

      interface Collecting extends Partial<ConsumeOptions> {
        topics: string[];
        beforeEach?: () => unknown;
        stepMs?: number;
      }

      async function collect(
        { beforeEach, stepMs, ...options }: Collecting,
        on: EventBus = bus,
      ): Promise<{ received: ReceivedMessage[]; consumption: Consumption }> {
        const received: ReceivedMessage[] = [];
        const consumption = await on.consume({
          group: randomUUID(),
          ...options,
          async onMessages(batch) {
            beforeEach?.();
            if (stepMs) await sleep(stepMs);
            received.push(...batch);
          },
        });
        return { received, consumption };
      }
    },
  );
}

function message(topic: string, key: string, n: number): Message {
  return { topic, key, headers: { ce_type: 'test', unicode: 'ключ' }, value: String(n) };
}

/** `count` messages for each of `keys` keys, interleaved. */
function messages(topic: string, keys: number, count: number, prefix = 'key-'): Message[] {
  return Array.from({ length: keys * count }, (_, n) =>
    message(topic, `${prefix}${n % keys}`, Math.floor(n / keys)),
  );
}

function byKey(list: Message[]): Record<string, (string | null)[]> {
  return Object.fromEntries(
    [...Map.groupBy(list, ({ key }) => key)].map(([key, of]) => [key, of.map(m => m.value)]),
  );
}

function distinct(list: Message[]): Message[] {
  return [...new Map(list.toReversed().map(one => [`${one.key} ${one.value}`, one])).values()];
}

/** The first occurrences, in the order in which they came. */
function distinctByKey(list: Message[]): Record<string, (string | null)[]> {
  return Object.fromEntries(
    Object.entries(byKey(list)).map(([key, values]) => [key, [...new Set(values)]]),
  );
}
