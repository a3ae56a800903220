/** A question to another process, or the answer to one. */
interface Message {
  /** So that it is not taken for a message of a library's. */
  link: 'ask' | 'answer';
  id: number;
  what?: string;
  body?: unknown;
}

/** Name of a question -> what answers it. */
export type Answers = Record<string, (body: never) => unknown>;

/** Questions and answers between two processes, over the channel that Node gives them. */
export class Link {
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;

  constructor(
    private readonly send: (message: Message) => void,
    private readonly answers: Answers,
  ) {}

  /** Rejects when the other process ends first. */
  ask<T>(what: string, body?: unknown): Promise<T> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.send({ link: 'ask', id, what, body });
    return waiting.promise as Promise<T>;
  }

  receive(received: unknown): void {
    const { link, id, what, body } = received as Message;
    if (link === 'ask') {
      const answer = this.answers[what!]!;
      void Promise.resolve(answer(body as never)).then(told =>
        this.send({ link: 'answer', id, body: told }),
      );
    } else if (link === 'answer') {
      this.#waiting.get(id)?.resolve(body);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('The other process ended.'));
    this.#waiting.clear();
  }
}
