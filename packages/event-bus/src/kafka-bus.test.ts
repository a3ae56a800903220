import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  JAVA,
  type KafkaBroker,
  MAVEN,
  skipWithout,
  startKafka,
  until,
} from '@gamegraph/test-support';
import { describeEventBus } from './contract-suite.js';
import { KafkaBus } from './kafka-bus.js';

let directory: string;
let broker: KafkaBroker;

const connect = () =>
  new KafkaBus({
    brokers: [broker.address],
    clientId: 'contract-suite',
    partitions: 4,
    log: { warn: () => {} },
  });

describeEventBus({
  name: 'Apache Kafka',
  skip: skipWithout(JAVA, MAVEN),
  async setUp() {
    directory = await mkdtemp(join(tmpdir(), 'gamegraph-kafka-'));
    broker = await startKafka(directory);
  },
  connect,
  async connectTooEarly() {
    await broker.kill();
    return { early: connect(), bringUp: () => broker.start() };
  },
  async breakDown() {
    await broker.kill();
    await broker.start();
  },
  async tearDown() {
    await broker?.stop();
    await rm(directory, { recursive: true, force: true });
  },
});

describe(
  'when Kafka has lost its disk',
  { timeout: 120_000, skip: skipWithout(JAVA, MAVEN) },
  () => {
    let bus: KafkaBus;
    const made: string[] = [];

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'gamegraph-kafka-'));
      broker = await startKafka(directory);
      const onTopicsMade = (topics: string[]) => made.push(...topics);
      const options = { clientId: 'disk', partitions: 1, onTopicsMade, log: { warn: () => {} } };
      bus = new KafkaBus({ brokers: [broker.address], ...options });
    });
    after(async () => {
      await bus.close();
      await broker.stop();
      await rm(directory, { recursive: true, force: true });
    });

    it('its topics are made again, their owners told, and who consumes and publishes goes on', async () => {
      const [used, idle] = [randomUUID(), randomUUID()];
      await bus.ensureTopics([used, idle]);
      const received: string[] = [];
      const topics = [used, idle];
      const onMessages = async (messages: { value: string | null }[]) =>
        void received.push(...messages.map(({ value }) => value!));
      const group = randomUUID();
      const consumption = await bus.consume({ group, topics, onMessages });
      const publish = (topic: string, value: string) =>
        bus.publish([{ topic, key: 'key', headers: {}, value }]);
      await publish(used, 'before');
      await until('it has come', () => received.includes('before'), { timeoutMs: 30_000 });
      await until('all is had', async () => (await bus.lag(group, topics)) === 0);
      made.length = 0;

      await broker.kill();
      await broker.wipe();
      await broker.start();
      await until('all topics are there again', () => topics.every(topic => made.includes(topic)), {
        timeoutMs: 60_000,
      });
      await publish(used, 'after');
      await publish(idle, 'after too');
      const hasAll = () => received.includes('after') && received.includes('after too');
      await until('both have come', hasAll, { timeoutMs: 60_000 });
      const isEven = () =>
        bus.lag(group, topics).then(
          lag => lag === 0,
          () => false,
        );
      await until('all is had', isEven, { timeoutMs: 60_000 });
      await consumption.stop();
    });
  },
);
