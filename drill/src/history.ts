import { createWriteStream, type WriteStream } from 'node:fs';

/** What became of a wish, as far as the one who had it knows. */
export type Outcome =
  /** It was done: they were told so. */
  | 'acknowledged'
  /** It was not done, nor will it be: they were told so. */
  | 'refused'
  /** They had no answer, or one that says nothing of it. */
  | 'unknown';

/** What things of which there may be many: each wish for one makes one, or none. */
export type Thing = 'order' | 'top-up' | 'message' | 'build';

/** What has one value at a time, that one client at a time writes. */
export type Register = 'display name' | 'price' | 'title' | 'friendship' | 'build revision';

interface Asked {
  /** In the order of asking; unique in the history. */
  n: number;
  /** Who asked: a user's id. */
  person: string;
  /** Milliseconds since the drill began. */
  askedAt: number;
  answeredAt: number;
  /** The fault that was on when it was asked. */
  fault: string | undefined;
}

/** Somebody wanted a thing to be made. */
export interface Creation extends Asked {
  op: 'create';
  thing: Thing;
  /** By which the thing can be told from all others. */
  key: string;
  outcome: Outcome;
  /** What every answer to this wish named. */
  ids: string[];
  /** What it takes from the wallet, or puts there. */
  minor?: number;
}

/** Somebody wanted a register to have a value. */
export interface Write extends Asked {
  op: 'write';
  register: Register;
  /** Whose: a user's id, a game's, or a pair's. */
  about: string;
  value: string;
  outcome: Outcome;
}

/** Somebody was told what a register has. */
export interface Read extends Asked {
  op: 'read';
  register: Register;
  about: string;
  value: string;
  /** The owner itself is asked, or the copy that a subgraph has, which may be behind. */
  from: 'owner' | 'payments' | 'builds';
  /** The write whose token was sent, by its `n`: what is told is no older. */
  since?: number;
  /** But the answer said that it may be. */
  isStale?: boolean;
}

/** A wish whose outcome is told by the things that it is about: a refund. */
export interface Other extends Asked {
  op: 'other';
  wish: string;
  about: string;
  key: string;
  outcome: Outcome;
}

/** Somebody who listens was told what is said. */
export interface Heard extends Asked {
  op: 'hear';
  /** Its number in the chat. */
  sequence: number;
  /** They were told that something before it may be missing. */
  isAfterGap: boolean;
}

export type Entry = Creation | Write | Read | Other | Heard;

type Unnumbered<T> = T extends Entry ? Omit<T, keyof Asked> & { person: string } : never;

/** What everybody asked and was told, in memory and as a file of NDJSON. */
export class History {
  readonly entries: Entry[] = [];
  /** Which fault is on. */
  fault: string | undefined;
  readonly #file: WriteStream;
  readonly #began = Date.now();
  #asked = 0;

  constructor(path: string) {
    this.#file = createWriteStream(path);
  }

  /** Begins an entry; the returned function ends it with what became of it. */
  ask(): { n: number; told(entry: Unnumbered<Entry>): void } {
    const asked = { n: ++this.#asked, fault: this.fault, askedAt: Date.now() - this.#began };
    return {
      n: asked.n,
      told: entry => {
        const whole = { ...asked, answeredAt: Date.now() - this.#began, ...entry };
        this.entries.push(whole);
        this.#file.write(`${JSON.stringify(whole)}\n`);
      },
    };
  }

  close(): Promise<void> {
    return new Promise(resolve => this.#file.end(resolve));
  }
}
