import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KafkaBus } from '@gamegraph/event-bus';
import { JAVA, type KafkaBroker, MAVEN, skipWithout, startKafka } from '@gamegraph/test-support';
import { describePipeline } from './pipeline-suite.js';

let directory: string;
let broker: KafkaBroker;

describePipeline({
  name: 'Apache Kafka',
  skip: skipWithout(JAVA, MAVEN),
  async setUp() {
    directory = await mkdtemp(join(tmpdir(), 'gamegraph-kafka-'));
    broker = await startKafka(directory);
  },
  connect: () =>
    new KafkaBus({
      brokers: [broker.address],
      clientId: 'pipeline',
      partitions: 4,
      log: { warn: () => {} },
    }),
  async tearDown() {
    await broker?.stop();
    await rm(directory, { recursive: true, force: true });
  },
});
