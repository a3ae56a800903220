import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process beside this one, that does one thing at a time: so measuring disturbs neither the measured nor this. */
export class Helper {
  readonly #child: ChildProcess;
  #ended: Error | undefined;

  /**
   * @param program of this folder, such as `load.program.js`
   * @param core where it is to run, and nowhere else
   */
  constructor(program: string, core?: number) {
    const pinned = core !== undefined && {
      execPath: 'taskset',
      execArgv: ['-c', String(core), process.execPath, '--enable-source-maps'],
    };
    this.#child = fork(fileURLToPath(new URL(program, import.meta.url)), {
      ...{ execArgv: ['--enable-source-maps'], ...pinned },
    });
    this.#child.once('exit', (code, signal) => {
      this.#ended = new Error(`${program} ended (${signal ?? `exit ${code}`}).`);
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Lets it work. @throws Error when it ends over that */
  ask<Answer>(question: object | string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const ended = () => reject(this.#ended!);
      this.#child.once('exit', ended);
      this.#child.once('message', message => {
        this.#child.off('exit', ended);
        resolve(message as Answer);
      });
      this.#child.send(question);
    });
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    const exited = new Promise(resolve => this.#child.once('exit', resolve));
    this.#child.kill();
    await exited;
  }
}

/** The helper's side: answers questions, until whoever asks them is gone. */
export function answer(work: (question: never) => Promise<unknown>): void {
  process.on('message', message => {
    void work(message as never).then(
      answered => process.send!(answered ?? null),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit());
}
