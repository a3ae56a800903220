import { Worker } from 'node:worker_threads';
import type { CheckedFile } from './check-file.js';

const MEMORY_MB_MAX = 512;
const STACK_MB = 4;
const WAITING_MAX = 16;

/**
 * Checks files of rules one after the other, each in a thread of its own, within bounds of time and memory: whatever a file
 * holds, whoever asked gets an answer, and nothing else waits for it.
 */
export class FileChecker {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(private readonly timeoutMs: number) {}

  /** As `checkFile`. What takes too much is told as a fault of the file. */
  async check(text: string): Promise<CheckedFile> {
    if (this.#waiting >= WAITING_MAX) return faulty('Too many are being checked. Try again.');
    this.#waiting++;
    const check = this.#last.then(() => this.#check(text)).finally(() => this.#waiting--);
    this.#last = check.catch(() => {});
    return check;
  }

  async #check(text: string): Promise<CheckedFile> {
    const worker = new Worker(new URL('./file-checker.worker.js', import.meta.url), {
      workerData: text,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB_MAX, stackSizeMb: STACK_MB },
    });
    const timer = setTimeout(() => void worker.terminate(), this.timeoutMs);
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', (error: NodeJS.ErrnoException) => {
          if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
            resolve(tooMuch(`more than ${MEMORY_MB_MAX} MB`));
          else if (error instanceof RangeError) resolve(faulty('It is nested too deeply.'));
          else reject(error);
        });
        // Who has answered, or failed, has said so before.
        worker.once('exit', () => resolve(tooMuch(`longer than ${this.timeoutMs / 1000} s`)));
      });
    } finally {
      clearTimeout(timer);
      await worker.terminate();
    }
  }
}

function tooMuch(what: string): CheckedFile {
  return faulty(`To check it takes ${what}. Make it smaller.`);
}

function faulty(message: string): CheckedFile {
  const faults = [{ path: 'file', message, line: null, column: null }];
  return { rules: null, items: [], expectations: 0, faults, faultsCount: 1 };
}
