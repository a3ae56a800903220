import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

const STOP_TIMEOUT_MS = 12_000;
const ERROR_LINES = 20;

export interface ServiceOptions {
  name: string;
  /** The program's file. */
  module: string;
  env: Record<string, string>;
  /** Flags of Node, beside those of every service. */
  nodeFlags?: string[];
  /** What it prints is kept here. */
  logFile: string;
  /** Told of each line it prints. */
  onLine(line: string): void;
  /** It ended, and nobody had asked it to. */
  onUnexpectedExit(reason: string): void;
}

/** One of the system's processes. */
export class Service {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  readonly #exited: Promise<string>;
  readonly #lastLines: string[] = [];
  #isStopping = false;
  #isReady = false;

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.#log = createWriteStream(options.logFile, { flags: 'a' });
    this.#child = fork(options.module, {
      env: { ...inheritedEnv(), ...options.env, GAMEGRAPH_LAUNCHED: '1' },
      // Small heaps: eight processes fit where one with Node's defaults would spread out.
      execArgv: [
        ...['--enable-source-maps', '--max-semi-space-size=4', '--max-old-space-size=384'],
        ...(options.nodeFlags ?? []),
      ],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', line => {
        this.#log.write(`${line}\n`);
        this.#lastLines.push(line);
        if (this.#lastLines.length > ERROR_LINES) this.#lastLines.shift();
        options.onLine(line);
      });
    }
    this.#exited = new Promise(resolve => {
      this.#child.once('exit', (code, signal) => {
        const reason = signal ?? `exit ${code}`;
        resolve(reason);
        this.#log.end();
        if (this.#isReady && !this.#isStopping) options.onUnexpectedExit(reason);
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves with why it ended, whoever ended it. */
  get exited(): Promise<string> {
    return this.#exited;
  }

  /** What it says of itself when it serves. @throws Error with its last words when it ends before */
  async ready<T>(): Promise<T> {
    const ready = new Promise<T>(resolve => {
      this.#child.on('message', message => {
        const { ready: said } = message as { ready?: T };
        if (said) resolve(said);
      });
    });
    const ended = this.#exited.then(reason => {
      throw new Error(`${this.name} did not start (${reason}).\n${this.#lastLines.join('\n')}`);
    });
    const said = await Promise.race([ready, ended]);
    ended.catch(() => {});
    this.#isReady = true;
    return said;
  }

  /** Asks it to finish what it has in hand; after a while it is made to end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    this.#child.kill('SIGTERM');
    await this.#exited;
    clearTimeout(hard);
  }

  /** Tells it something, for drills. */
  send(message: object): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** kill -9, for drills. */
  async kill(): Promise<void> {
    this.#isStopping = true;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** What a service needs of its parent's environment. Nothing else gets in by accident. */
function inheritedEnv(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'TZ',
    'LANG',
    'NODE_EXTRA_CA_CERTS',
    'NODE_OPTIONS',
    'TMPDIR',
    'SystemRoot',
  ];
  return Object.fromEntries(
    names.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}
