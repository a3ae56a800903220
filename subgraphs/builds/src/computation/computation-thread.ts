import { Worker } from 'node:worker_threads';
import type { FromThread, Reached, ThreadEnd, ToThread } from './computation.worker.js';

const RULE_SETS_MAX = 20;
/** A step takes 20 ms; who is not heard of for so long will not come back. */
const SILENCE_MS_MAX = 30_000;

/** A thread for one computation at a time. It is started when it is needed, and again when it has died. */
export class ComputationThread {
  #worker: Worker | undefined;
  /** Which rules it has, the oldest first. */
  readonly #rules = new Set<string>();
  #isHalted = false;

  constructor(private readonly options: { kindsUrl: URL; memoryMb: number }) {}

  /**
   * Runs a computation to its end: it is done, was stopped, or failed, be it that the thread has died of it.
   *
   * @param definitionOf reads rules that the thread does not have yet
   */
  async run(
    task: Omit<NonNullable<ToThread['run']>, 'definition'>,
    definitionOf: (rulesId: string) => Promise<unknown>,
    onReport: (report: Reached) => void,
  ): Promise<ThreadEnd> {
    this.#isHalted = false;
    const { rulesId } = task;
    const isKnown = this.#worker && this.#rules.has(rulesId);
    const definition = isKnown ? undefined : await definitionOf(rulesId);
    const worker = (this.#worker ??= this.#start());
    this.#rules.delete(rulesId);
    const forget = [...this.#rules].slice(0, Math.max(0, this.#rules.size + 1 - RULE_SETS_MAX));
    for (const id of forget) this.#rules.delete(id);
    this.#rules.add(rulesId);
    const { promise, resolve } = Promise.withResolvers<ThreadEnd>();
    const die = (problem: string, cause?: unknown) =>
      resolve({ what: 'failed', problem, ...(cause !== undefined && { cause }) });
    const onSilence = () => {
      die('It stood still for too long.');
      this.#forget(worker);
      void worker.terminate();
    };
    let silence = setTimeout(onSilence, SILENCE_MS_MAX);
    const onMessage = (told: FromThread) => {
      clearTimeout(silence);
      if (told.what !== 'report') return resolve(told);
      silence = setTimeout(onSilence, SILENCE_MS_MAX);
      onReport(told);
    };
    const onError = (error: unknown) => {
      const isMemory = (error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY';
      if (isMemory) die('It needs more memory than it may have.');
      else die('It failed by a fault of ours.', error);
    };
    const onExit = () => die('It was stopped from outside.');
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    const stop = this.#isHalted ? { stop: true as const } : {};
    worker.postMessage({ run: { ...task, definition }, forget, ...stop } satisfies ToThread, []);
    const end = await promise;
    clearTimeout(silence);
    worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    return end;
  }

  /** Has what runs stop after its step. */
  halt(): void {
    this.#isHalted = true;
    this.#worker?.postMessage({ stop: true } satisfies ToThread, []);
  }

  async end(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./computation.worker.js', import.meta.url), {
      workerData: { kindsUrl: this.options.kindsUrl.href },
      resourceLimits: { maxOldGenerationSizeMb: this.options.memoryMb },
    });
    worker.unref();
    worker.on('error', () => this.#forget(worker)).on('exit', () => this.#forget(worker));
    return worker;
  }

  #forget(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#rules.clear();
  }
}
