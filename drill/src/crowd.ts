import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@gamegraph/seed/random';
import { until } from '@gamegraph/test-support';
import type { GraphQLFormattedError } from 'graphql';
import {
  FloodBlockDocument,
  FloodBuildDocument,
  FloodDeleteDocument,
  FloodGoodbyeDocument,
  FloodHandleDocument,
  FloodItemsDocument,
  FloodLikeDocument,
  FloodMessageDocument,
  FloodPageDocument,
  FloodPlayDocument,
  FloodPriceDocument,
  FloodProfileDocument,
  FloodPurchaseDocument,
  FloodQuoteDocument,
  FloodRefundDocument,
  FloodReleaseDocument,
  FloodRequestDocument,
  FloodSaveDocument,
  FloodStopDocument,
  FloodTopUpDocument,
  FloodUnblockDocument,
  FloodUnfriendDocument,
  FloodVisibilityDocument,
  type TypedDocumentString,
} from '../gql/graphql.js';
import type { Answer, Person } from '../person.js';
import { GREAT_SWORD, PASSWORD, type PublishedGame } from '../world.js';

const RETRY_DELAY_MS = 100;

/** What the answer is while there is no router. */
const UNREACHABLE = {
  data: null,
  errors: [{ message: 'The router is not there.', extensions: { code: 'UNREACHABLE' } }],
};

/** The answer says nothing about what became of the request. */
const UNKNOWN = new Set([
  ...['SUBGRAPH_UNAVAILABLE', 'TIMEOUT', 'IDEMPOTENCY_IN_PROGRESS', 'UNREACHABLE'],
]);

/** It was not done: somebody else was faster, or took away what it was about. */
const NOT_DONE = new Set(['CONFLICT', 'NOT_FOUND']);

interface Build {
  id: string;
  author: Person;
  game: PublishedGame;
  revision: number;
}

/** Many who do everything at once, and remember what they were told. */
export class Crowd {
  /** How often each change was tried. */
  readonly tried = new Map<string, number>();
  /** How often each code of an error was the answer. */
  readonly codes = new Map<string, number>();
  /** Errors that nothing that was done explains. */
  readonly surprises: unknown[] = [];
  /** Of all wishes that were answered by an order. */
  readonly orderIds = new Set<string>();
  /** Buyer -> what the provider was charged. */
  readonly paidIn = new Map<Person, number>();
  readonly messageIds = new Set<string>();
  /** Who have deleted their accounts, or are about to. */
  readonly #left = new Set<Person>();
  readonly #builds: Build[] = [];
  readonly #orders: { id: string; buyer: Person }[] = [];
  #isOver = false;

  constructor(
    private readonly members: {
      players: Person[];
      /** Who are players too, until they delete their accounts. They buy nothing. */
      leavers: Person[];
      games: PublishedGame[];
      chatId: string;
      talkers: Person[];
    },
  ) {}

  /** Goes on until `work` is done; then what is under way comes to its end. */
  async whilst(work: () => Promise<unknown>, seed: number, size: number): Promise<void> {
    const all = Array.from({ length: size }, (_, n) => this.#live(new Random(seed + n)));
    try {
      await work();
    } finally {
      this.#isOver = true;
      await Promise.all(all);
    }
  }

  async #live(random: Random): Promise<void> {
    const changes = Object.entries(this.#changes(random));
    while (!this.#isOver) {
      const [name, change] = random.pick(changes);
      count(this.tried, name);
      await change();
    }
  }

  #changes(random: Random): Record<string, () => Promise<unknown>> {
    const { players, leavers, games, chatId, talkers } = this.members;
    const player = () => random.pick(players);
    const anybody = () => random.pick([...players, ...leavers]);
    const game = () => random.pick(games);
    const pair = (people: Person[]) => random.shuffled(people) as [Person, Person];
    const build = () => (this.#builds.length > 0 ? random.pick(this.#builds) : undefined);
    const contentOf = ({ items }: PublishedGame) =>
      random.shuffled([...items]).map(([key, itemId]) => ({
        ...{ slot: key === GREAT_SWORD.key ? 'weapon' : 'ring', itemId },
      }));

    return {
      profile: () => {
        const region = random.pick(['DE', 'FR', 'JP', null]);
        const privacy = { library: random.pick(['PUBLIC', 'FRIENDS', 'PRIVATE'] as const) };
        const displayName = `Name ${random.whole(0, 999)}`;
        return this.#try(anybody(), FloodProfileDocument, {
          input: { displayName, region, privacy },
        });
      },
      // A handle that looks like the present one may be taken at any time: with a Cyrillic о, say.
      handle: () => {
        const one = anybody();
        const handle = one.handle.replace('o', random.pick(['o', 'о']));
        return this.#try(one, FloodHandleDocument, { handle });
      },
      leave: async () => {
        const leaver = random.whole(0, 19) === 0 ? leavers.pop() : undefined;
        if (!leaver) return;
        this.#left.add(leaver);
        await this.#insist(leaver, FloodGoodbyeDocument, { password: PASSWORD });
      },
      page: () => {
        const { id, studio } = game();
        const texts = [{ locale: 'en', title: `Title ${random.whole(0, 999)}` }];
        const tags = random.shuffled(['Strategy', 'Puzzle', 'Racing']).slice(random.whole(0, 2));
        return this.#try(studio.founder, FloodPageDocument, { input: { id, texts, tags } });
      },
      price: () => {
        const { id: gameId, studio } = game();
        const price = { minor: String(1_000 + random.whole(0, 999)), currency: 'EUR' };
        return this.#try(studio.founder, FloodPriceDocument, { gameId, price });
      },
      patch: async () => {
        const { id: gameId, studio } = game();
        const attributes = { damage: random.whole(0, 199), weight: random.whole(0, 99) };
        const items = [{ ...GREAT_SWORD, attributes }];
        await this.#try(studio.founder, FloodItemsDocument, { gameId, items });
        await this.#try(studio.founder, FloodReleaseDocument, { gameId });
      },
      topUp: async () => {
        const buyer = player();
        const minor = 1_000 + 10 * random.whole(0, 499);
        const amount = { minor: String(minor), currency: 'EUR' };
        const input = { idempotencyKey: randomUUID(), amount };
        const [data] = await this.#twice(random, () =>
          this.#insist(buyer, FloodTopUpDocument, { input }, ({ topUpWallet }) =>
            topUpWallet.__typename === 'TopUp' ? topUpWallet.state !== 'PENDING' : true,
          ),
        );
        if (data?.topUpWallet.__typename === 'TopUp' && data.topUpWallet.state === 'CAPTURED')
          this.paidIn.set(buyer, (this.paidIn.get(buyer) ?? 0) + minor);
      },
      purchase: async () => {
        const buyer = player();
        const quote = await this.#try(buyer, FloodQuoteDocument, { gameId: game().id });
        if (quote?.quoteGame.__typename !== 'Quote') return;
        const input = { idempotencyKey: randomUUID(), quoteId: quote.quoteGame.id };
        const answers = await this.#twice(random, () =>
          this.#insist(buyer, FloodPurchaseDocument, { input }),
        );
        const id = this.#oneId(
          answers.map(data =>
            data?.purchaseGame.__typename === 'Order' ? data.purchaseGame.id : undefined,
          ),
        );
        if (id === undefined) return;
        this.orderIds.add(id);
        this.#orders.push({ id, buyer });
      },
      refund: async () => {
        if (this.#orders.length === 0) return;
        const { id: orderId, buyer } = random.pick(this.#orders);
        const input = { idempotencyKey: randomUUID(), orderId };
        await this.#twice(random, () => this.#insist(buyer, FloodRefundDocument, { input }));
      },
      build: async () => {
        const [author, of] = [anybody(), game()];
        const visibility = random.pick(['PUBLIC', 'UNLISTED', 'PRIVATE'] as const);
        const input = { gameId: of.id, name: 'Build', visibility, items: contentOf(of) };
        const data = await this.#try(author, FloodBuildDocument, { input });
        if (data?.createBuild.__typename !== 'Build') return;
        this.#builds.push({ id: data.createBuild.id, author, game: of, revision: 1 });
      },
      save: async () => {
        const one = build();
        if (!one) return;
        const { id, revision } = one;
        const items = contentOf(one.game);
        const input = { id, expectedRevision: revision, name: `Build ${revision}`, items };
        const data = await this.#try(one.author, FloodSaveDocument, { input });
        if (data?.saveBuild.__typename === 'Build') one.revision = data.saveBuild.revision;
      },
      visibility: async () => {
        const one = build();
        const visibility = random.pick(['PUBLIC', 'PRIVATE'] as const);
        if (one) await this.#try(one.author, FloodVisibilityDocument, { id: one.id, visibility });
      },
      like: async () => {
        const one = build();
        if (one) await this.#try(player(), FloodLikeDocument, { id: one.id });
      },
      delete: async () => {
        if (this.#builds.length < 20) return;
        const [{ author, id }] = this.#builds.splice(
          random.whole(0, this.#builds.length - 1),
          1,
        ) as [Build];
        await this.#try(author, FloodDeleteDocument, { id });
      },
      friendship: async () => {
        const [one, other] = pair([...players, ...leavers]);
        await this.#try(one, FloodRequestDocument, { userId: other.id });
        await this.#try(other, FloodRequestDocument, { userId: one.id });
      },
      unfriend: () => {
        const [one, other] = pair([...players, ...leavers]);
        return this.#try(one, FloodUnfriendDocument, { userId: other.id });
      },
      block: async () => {
        const [one, other] = pair(players);
        await this.#try(one, FloodBlockDocument, { userId: other.id });
        await this.#insist(one, FloodUnblockDocument, { userId: other.id });
      },
      play: async () => {
        const by = player();
        const deviceId = `device ${random.whole(0, 2)}`;
        const data = await this.#try(by, FloodPlayDocument, { gameId: game().id, deviceId });
        if (data?.startPlaySession.__typename !== 'PlaySession') return;
        await this.#try(by, FloodStopDocument, { id: data.startPlaySession.id });
      },
      message: async () => {
        const input = { chatId, clientId: randomUUID(), text: 'Hello' };
        const by = random.pick(talkers);
        const answers = await this.#twice(random, () =>
          this.#insist(by, FloodMessageDocument, { input }),
        );
        const id = this.#oneId(
          answers.map(data =>
            data?.sendMessage.__typename === 'Message' ? data.sendMessage.id : undefined,
          ),
        );
        if (id !== undefined) this.messageIds.add(id);
      },
    };
  }

  /** A client may send a request again while the first is still under way. */
  #twice<T>(random: Random, request: () => Promise<T>): Promise<T[]> {
    return Promise.all(random.whole(0, 2) === 0 ? [request(), request()] : [request()]);
  }

  /** What the answers to one wish are about: all the same, or nothing. */
  #oneId(ids: (string | undefined)[]): string | undefined {
    if (new Set(ids).size > 1) this.surprises.push({ message: 'One wish had two outcomes.', ids });
    return ids[0];
  }

  /** Asks once. Null when it was not done, or nobody knows whether. */
  async #try<Result, Variables>(
    who: Person,
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result | null> {
    const { data, errors } = await this.#ask(who, operation, variables);
    return errors ? null : data;
  }

  /** Asks again and again, until it is known what became of it. Null when it was not done. */
  async #insist<Result, Variables>(
    who: Person,
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
    isFinal: (data: Result) => boolean = () => true,
  ): Promise<Result | null> {
    const { data } = await until(
      'there is an answer',
      async () => {
        const answer = await this.#ask(who, operation, variables);
        const codes = answer.errors?.map(codeOf) ?? [];
        if (codes.some(code => UNKNOWN.has(code) || code === 'CONFLICT')) return null;
        return answer.errors || isFinal(answer.data!) ? answer : null;
      },
      { timeoutMs: 60_000 },
    );
    return data;
  }

  async #ask<Result, Variables>(
    who: Person,
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Answer<Result>> {
    const answer = await who
      .send<Result>(operation.toString(), variables)
      .catch((): Answer<Result> => UNREACHABLE);
    for (const error of answer.errors ?? []) {
      const code = codeOf(error);
      count(this.codes, code);
      const hasLeft = code === 'UNAUTHENTICATED' && this.#left.has(who); // their token is good for nothing
      if (!UNKNOWN.has(code) && !NOT_DONE.has(code) && !hasLeft) this.surprises.push(error);
    }
    // Whoever was not heard waits a moment, as clients do.
    if (answer.errors?.some(error => UNKNOWN.has(codeOf(error)))) await sleep(RETRY_DELAY_MS);
    return answer;
  }
}

const codeOf = ({ extensions }: GraphQLFormattedError) => String(extensions?.code);

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
