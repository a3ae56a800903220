import type { WhatChanged } from '../core.js';
import type { Figures } from '../http/metrics.js';
import { Link } from './link.js';
import { Tally } from './tally.js';

/** How many of the processes that are one router serve at this moment. */
export interface TeamState {
  serving: number;
  wanted: number;
  /** Whether all have served at once; from then on, one that is replaced is nobody's business. */
  isReady: boolean;
}

/** What a process of a router does for the others. */
export interface TeamWork {
  /** Something has changed, and somebody is about to know. */
  changed(change: WhatChanged): void;
  figures(): Promise<Figures>;
}

/** The processes that serve as one router, on one port. */
export interface Team {
  readonly state: TeamState;
  /** Which one this is; undefined where there is one alone. */
  readonly worker: number | undefined;
  /** The one port, where another process has it already. */
  readonly port: number | undefined;
  /** Counts one more of each in all processes; returns the name of what there may be no more of, if any. */
  take(limits: Record<string, number>): Promise<string | undefined> | string | undefined;
  release(names: string[]): void;
  /** Resolves when all others know that something has changed; not there where there are none. */
  readonly tellChange: ((change: WhatChanged) => Promise<void>) | undefined;
  /** The figures of all; not there where there are no others. */
  readonly figures: (() => Promise<Figures[]>) | undefined;
  /** Before it serves: from then on it is told of changes. */
  join(work: TeamWork): Promise<void> | void;
}

/** A router that is one process. */
export class Alone implements Team {
  readonly state = { serving: 1, wanted: 1, isReady: true };
  readonly worker = undefined;
  readonly port = undefined;
  readonly tellChange = undefined;
  readonly figures = undefined;
  readonly #tally = new Tally();

  take(limits: Record<string, number>): string | undefined {
    return this.#tally.take(limits);
  }

  release(names: string[]): void {
    this.#tally.release(names);
  }

  join(): void {}
}

/** One of several processes, which share limits, figures and changes through their parent. */
export class Member implements Team {
  state: TeamState;
  readonly #link: Link;
  #work: TeamWork | undefined;
  /** A round of telling all others, and the one that begins when it is done. */
  #round: Promise<void> | undefined;
  #nextRound: Promise<void> | undefined;
  #untold: WhatChanged[] = [];

  /** @param stop ends this process in order, be it serving yet or not */
  constructor(
    readonly worker: number,
    { wanted, port }: { wanted: number; port: number | undefined },
    stop: () => void,
  ) {
    this.port = port;
    this.state = { serving: 0, wanted, isReady: false };
    this.#link = new Link(message => process.send!(message, undefined, undefined, () => {}), {
      changed: (changes: WhatChanged[]) => changes.forEach(each => this.#work?.changed(each)),
      figures: () => this.#work?.figures() ?? [],
      state: (state: TeamState) => void (this.state = state),
      stop,
    });
    process.on('message', message => this.#link.receive(message));
  }

  readonly port: number | undefined;

  join(work: TeamWork): Promise<void> {
    this.#work = work;
    return this.#link.ask('joins');
  }

  serves(url: string): Promise<void> {
    return this.#link.ask('serves', url);
  }

  take(limits: Record<string, number>): Promise<string | undefined> {
    return this.#link.ask('take', limits);
  }

  release(names: string[]): void {
    void this.#link.ask('release', names);
  }

  readonly figures = (): Promise<Figures[]> => this.#link.ask('figures');

  /** What changes while others are being told waits for the next round, with all else that does. */
  readonly tellChange = (change: WhatChanged): Promise<void> => {
    this.#untold.push(change);
    if (!this.#round) return (this.#round = this.#tell());
    return (this.#nextRound ??= this.#round.then(() => {
      this.#nextRound = undefined;
      return (this.#round = this.#tell());
    }));
  };

  #tell(): Promise<void> {
    const changes = this.#untold;
    this.#untold = [];
    const round: Promise<void> = this.#link.ask<void>('changed', changes).then(() => {
      if (!this.#nextRound && this.#round === round) this.#round = undefined;
    });
    return round;
  }
}
