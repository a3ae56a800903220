import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from '@gamegraph/e2e/person';
import { type Client, createClient, type FormattedExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import { DrillHearDocument, type DrillHearSubscription } from './gql/graphql.js';
import type { History } from './history.js';

const AGAIN_DELAY_MS = 200;
/** How often somebody asks for what is missing before they go on without. */
const GAPS_MAX = 5;

/** Of an event's extensions: from where to go on, and whether something before it may be missing. */
interface Told {
  consistency?: { token?: string };
  subscription?: { gap?: boolean };
}

/** Somebody who hears what is said in a chat and, whatever ends that, goes on behind the last that they heard. */
export class Listener {
  /** How often they began, and went on. */
  times = 0;
  /** What they heard last, by its number in the chat. */
  lastHeard = 0;
  #token: string | undefined;
  /** How often in a row something was missing. */
  #gaps = 0;
  #client: Client | undefined;
  #isOver = false;
  readonly #listening: Promise<void>;

  constructor(
    private readonly person: Person,
    private readonly chatId: string,
    private readonly history: History,
  ) {
    this.#listening = this.#listen();
  }

  /** Hangs up, and goes on. */
  goOn(): void {
    this.#client?.terminate();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#client?.terminate();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    while (!this.#isOver) {
      await this.#listenOnce().catch(() => {}); // the connection is lost, or there is none yet
      if (!this.#isOver) await sleep(AGAIN_DELAY_MS);
    }
  }

  async #listenOnce(): Promise<void> {
    const client = createClient({
      url: this.person.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: () => this.person.headers,
      retryAttempts: 0,
    });
    this.#client = client;
    this.times++;
    const [token, chatId] = [this.#token, this.chatId];
    const extensions = token === undefined ? {} : { consistency: { token } };
    const asked = { query: DrillHearDocument.toString(), variables: { chatId }, extensions };
    try {
      for await (const event of client.iterate<DrillHearSubscription, Told>(asked)) {
        const gap = event.extensions?.subscription?.gap === true;
        // What is missing comes to who goes on from the last that they heard; unless it is too much.
        if (gap && ++this.#gaps < GAPS_MAX) return;
        if (!this.#hear(event, gap)) return;
        this.#gaps = 0;
      }
    } finally {
      await client.dispose();
    }
  }

  /** Returns whether it was to be understood. */
  #hear(
    { data, errors, extensions }: FormattedExecutionResult<DrillHearSubscription, Told>,
    isAfterGap: boolean,
  ): boolean {
    const token = extensions?.consistency?.token;
    if (errors || !data || token === undefined) return false;
    this.#token = token;
    this.lastHeard = data.messageAdded.sequence;
    const { told } = this.history.ask();
    told({ op: 'hear', person: this.person.id, sequence: this.lastHeard, isAfterGap });
    return true;
  }
}
