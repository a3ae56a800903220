import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JAVA, type KafkaBroker, MAVEN, skipWithout, startKafka } from '@gamegraph/test-support';
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
