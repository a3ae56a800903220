import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@gamegraph/embedded-postgres';
import { JAVA, MAVEN, requireProgram } from './programs.js';

const VERSION = '4.3.1';
const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw';
const READY_TIMEOUT_MS = 60_000;

export interface KafkaBroker {
  /** `host:port`, the same after a restart. */
  address: string;
  /** Starts it again after `stop` or `kill`, with the log it had. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** kill -9: what a power cut would do. */
  kill(): Promise<void>;
  /** Forgets everything that it has stored, as when its disk is lost. It must not run. */
  wipe(): Promise<void>;
  /** Its process, while it runs. */
  pid: number | undefined;
}

/**
 * Starts a real Apache Kafka (KRaft, broker and controller in one JVM) on loopback, from its jars on Maven Central,
 * which are fetched once a version and kept in ~/.cache. Writes only into `directory`.
 *
 * @param reroute given its address, the one that clients are to be told instead
 * @throws MissingProgram when there is no Java or Maven and we may not install them
 */
export async function startKafka(
  directory: string,
  reroute: (address: string) => Promise<string> = async address => address,
): Promise<KafkaBroker> {
  const java = requireProgram(JAVA);
  const jars = await fetchJars();
  const port = await freePort();
  const address = await reroute(`127.0.0.1:${port}`);
  const config = await writeConfig(directory, port, await freePort(), address);
  const flags = [
    ...[
      '-Xms64m',
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-XX:+ExitOnOutOfMemoryError',
    ],
    ...[
      '-XX:SharedArchiveFile=' + join(jars, 'classes.jsa'),
      '-Xshare:auto',
      '-Xlog:cds=off',
      '-Xlog:cds+path=off',
    ],
    ...['-Djava.awt.headless=true', '-Djava.net.preferIPv4Stack=true'],
    ...[
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
    ],
    ...['-cp', await classPath(jars)],
  ];
  const archived = await stat(join(jars, 'classes.jsa')).catch(() => undefined);
  // The class archive halves the start-up; the first broker of a version writes it when it ends.
  if (!archived)
    flags.splice(
      flags.findIndex(f => f.startsWith('-XX:Shared')),
      1,
      '-XX:ArchiveClassesAtExit=' + join(jars, 'classes.jsa'),
    );

  const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', config];
  const formatStorage = () => {
    const args = [...flags.filter(f => !f.startsWith('-XX:Archive')), ...format];
    const { status, stderr } = spawnSync(java, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`Kafka's storage could not be formatted:\n${stderr}`);
  };
  formatStorage();

  let child: ChildProcess | undefined;
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = new Promise(resolve => ending.once('exit', resolve));
    ending.kill(signal);
    await exited;
  };
  const broker: KafkaBroker = {
    address,
    get pid() {
      return child?.pid;
    },
    async start() {
      child = spawn(java, [...flags, 'kafka.Kafka', config], { stdio: ['ignore', 'pipe', 'pipe'] });
      await untilStarted(child);
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async wipe() {
      await rm(join(directory, 'log'), { recursive: true, force: true });
      formatStorage();
    },
  };
  process.once('exit', () => child?.kill('SIGKILL'));
  await broker.start();
  return broker;
}

async function fetchJars(): Promise<string> {
  const cache = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'gamegraph',
    `kafka-${VERSION}`,
  );
  if (await stat(cache).catch(() => undefined)) return cache;
  const maven = requireProgram(MAVEN);
  const unfinished = `${cache}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(unfinished, 'pom.xml'), POM);
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const args = [
    '-q',
    '-B',
    '-f',
    join(unfinished, 'pom.xml'),
    goal,
    `-DoutputDirectory=${unfinished}`,
  ];
  const { status } = spawnSync(maven, [...args, '-DincludeScope=runtime'], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0)
    throw new Error(`Maven could not fetch Apache Kafka ${VERSION}; what it said is above.`);
  await rename(unfinished, cache).catch(() => rm(unfinished, { recursive: true })); // another process was faster
  return cache;
}

async function classPath(jars: string): Promise<string> {
  const names = (await readdir(jars)).filter(name => name.endsWith('.jar')).sort();
  return names.map(name => join(jars, name)).join(':');
}

async function writeConfig(
  directory: string,
  port: number,
  controllerPort: number,
  address: string,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'server.properties');
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${address}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(directory, 'log'),
    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 2,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'num.network.threads': 1,
    'num.io.threads': 2,
    'background.threads': 1,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'log.segment.bytes': 33_554_432,
    'offsets.topic.segment.bytes': 8_388_608,
    'controlled.shutdown.enable': false,
    // A single node that was killed can register again only when its old session has ended.
    'broker.session.timeout.ms': 1_500,
    'broker.heartbeat.interval.ms': 300,
  };
  await writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  return file;
}

/** Its own word that it serves; its port opens seconds earlier. */
async function untilStarted(child: ChildProcess): Promise<void> {
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream
      .setEncoding('utf8')
      .on('data', (text: string) => (output = (output + text).slice(-20_000)));
  }
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!output.includes('Kafka Server started')) {
    if (child.exitCode !== null)
      throw new Error(`Kafka exited (${child.exitCode}) before it was ready:\n${output}`);
    if (Date.now() > deadline)
      throw new Error(`Kafka was not ready within ${READY_TIMEOUT_MS} ms:\n${output}`);
    await sleep(50);
  }
}

// kafka-tools-api is left out: the broker does not need it, and it is missing on Central for some versions.
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>gamegraph</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version>
      <exclusions><exclusion>
        <groupId>org.apache.kafka</groupId><artifactId>kafka-tools-api</artifactId>
      </exclusion></exclusions>
    </dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;
