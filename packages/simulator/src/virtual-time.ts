interface Due {
  atMs: number;
  /** What is due at the same moment happens in the order in which it was asked for. */
  n: number;
  run(): void;
}

/** The clock of a simulated world: it stands still while something happens, and then leaps to what comes next. */
export class VirtualTime {
  nowMs = 0;
  #count = 0;
  readonly #queue: Due[] = []; // a binary heap

  after(delayMs: number, run: () => void): void {
    this.#push({ atMs: this.nowMs + delayMs, n: this.#count++, run });
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise(resolve => this.after(delayMs, resolve));
  }

  /** Lets time pass until `isOver` says so, or the moment has come. Returns whether it was over by then. */
  async run(untilMs: number, isOver: () => boolean): Promise<boolean> {
    for (;;) {
      const due = this.#queue[0];
      if (!due || due.atMs > untilMs) return isOver();
      const isLater = due.atMs > this.nowMs;
      if (isLater && isOver()) return true;
      this.#pop();
      this.nowMs = due.atMs;
      due.run();
      await allPromises();
    }
  }

  #push(due: Due): void {
    const queue = this.#queue;
    let at = queue.push(due) - 1;
    for (; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!isBefore(due, queue[parent]!)) break;
      queue[at] = queue[parent]!;
      at = parent;
    }
    queue[at] = due;
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop()!;
    if (queue.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isBefore(queue[child + 1]!, queue[child]!)) child++;
      if (!isBefore(queue[child]!, last)) break;
      queue[at] = queue[child]!;
      at = child;
    }
    queue[at] = last;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.n < b.n);
}

/** Until all that waits for nothing but promises has run. */
function allPromises(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
