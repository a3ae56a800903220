import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Person } from '@gamegraph/e2e/person';
import { GREAT_SWORD, PASSWORD, type PublishedGame } from '@gamegraph/e2e/world';
import type { Random } from '@gamegraph/seed/random';
import type { GraphQLFormattedError } from 'graphql';
import {
  DrillBlockDocument,
  DrillBuildDocument,
  DrillDeleteDocument,
  DrillFriendshipDocument,
  DrillGameDocument,
  DrillGoodbyeDocument,
  DrillHandleDocument,
  DrillItemsDocument,
  DrillLikeDocument,
  DrillLookDocument,
  DrillMessageDocument,
  DrillNameDocument,
  DrillPlayDocument,
  DrillPriceDocument,
  DrillPageDocument,
  DrillProfileDocument,
  DrillPurchaseDocument,
  type DrillPurchaseMutation,
  DrillQuoteDocument,
  DrillRefundDocument,
  DrillReleaseDocument,
  DrillRequestDocument,
  DrillRevisionDocument,
  DrillSaveDocument,
  DrillStopDocument,
  DrillTitleOnBuildDocument,
  DrillTopUpDocument,
  DrillUnblockDocument,
  DrillUnfriendDocument,
  DrillVisibilityDocument,
  type TypedDocumentString,
} from './gql/graphql.js';
import type { History, Outcome, Read, Register, Thing } from './history.js';

const RETRY_DELAY_MS = 100;
const PAUSE_POLL_MS = 10;
/** How often somebody reads what may be stale. */
const READ_TIMES_MAX = 10;
/** How long somebody insists on an answer. */
const PATIENCE_MS = 45_000;
/** What a game costs at first, and goes up from. */
const PRICE_MINOR = 1_000;

/** What the answer is while there is no router. */
const UNREACHABLE = {
  data: null,
  errors: [{ message: 'The router is not there.', extensions: { code: 'UNREACHABLE' } }],
};

/** The answer says nothing about what became of the request. */
const UNKNOWN = new Set([
  ...['SUBGRAPH_UNAVAILABLE', 'TIMEOUT', 'IDEMPOTENCY_IN_PROGRESS', 'UNREACHABLE', 'OVERLOADED'],
]);

/** It was not done: somebody else was faster, or took away what it was about. */
const NOT_DONE = new Set(['CONFLICT', 'NOT_FOUND']);

interface Build {
  id: string;
  name: string;
  author: Person;
  game: PublishedGame;
  revision: number;
}

/** A register's write that was acknowledged. */
interface Written {
  /** Its number in the history. */
  n: number;
  token: string;
}

/** What somebody wants to buy. */
interface Wish {
  gameIds: [string, ...string[]];
  funding: 'WALLET' | 'PROVIDER' | 'MIXED';
  /** For whom, if that is somebody else. */
  recipientId?: string;
  voucherCode?: string;
}

/** A wish of which there was no answer, to be had again with its key. */
type Unsettled = () => Promise<unknown>;

/** Many who do everything at once, and have all that they asked and were told written down. */
export class Crowd {
  /** How often each change was tried. */
  readonly tried = new Map<string, number>();
  /** How often each code of an error was the answer. */
  readonly codes = new Map<string, number>();
  /** Errors that nothing that was done explains. */
  readonly surprises: { error: unknown; fault: string | undefined }[] = [];
  /** Who have deleted their accounts, or are about to. */
  readonly #left = new Set<Person>();
  readonly #builds: Build[] = [];
  readonly #orders: { id: string; buyer: Person; gameIds: string[] }[] = [];
  readonly #unsettled: Unsettled[] = [];
  /** Registers that somebody writes just now. */
  readonly #written = new Set<string>();
  /** Game -> how often its price was changed. */
  readonly #prices = new Map<string, number>();
  #busy = 0;
  /** While everybody waits. */
  #going: PromiseWithResolvers<void> | undefined;
  #isOver = false;

  constructor(
    readonly members: {
      players: Person[];
      /** Who are players too, until they delete their accounts. They buy nothing. */
      leavers: Person[];
      games: PublishedGame[];
      /** Of some of the games. */
      bundleId: string;
      /** Of the first game. */
      dlcId: string;
      voucherCode: string;
      chatId: string;
      talkers: Person[];
    },
    private readonly history: History,
  ) {}

  /** Everybody who has not left, nor is about to. */
  get people(): Person[] {
    const { players, leavers, talkers, games } = this.members;
    const founders = games.map(game => game.studio.founder);
    return [...new Set([...players, ...leavers, ...talkers, ...founders])];
  }

  /** Goes on until `work` is done; then what is under way comes to its end. */
  async whilst(work: () => Promise<unknown>, randoms: Random[]): Promise<void> {
    const all = randoms.map(random => this.#live(random));
    try {
      await work();
    } finally {
      this.#isOver = true;
      this.resume();
      await Promise.all(all);
    }
  }

  /** Has what had no answer done, or learns what became of it; and reads what everything is in the end. */
  async settle(): Promise<void> {
    for (const again of this.#unsettled.splice(0)) await again();
    for (const player of this.members.players) await this.#lookAtName(player);
    for (const game of this.members.games) await this.#lookAtGame(game);
    const { players } = this.members;
    for (const [one, other] of pairsOf(players)) await this.#lookAtFriendship(one, other);
    for (const build of this.#builds) await this.#lookAtBuild(build);
  }

  /** Has everybody finish what they are at, and wait. */
  async pause(): Promise<void> {
    this.#going ??= Promise.withResolvers();
    while (this.#busy > 0) await sleep(PAUSE_POLL_MS);
  }

  resume(): void {
    this.#going?.resolve();
    this.#going = undefined;
  }

  async #live(random: Random): Promise<void> {
    const changes = Object.entries(this.#changes(random));
    while (!this.#isOver) {
      await this.#going?.promise;
      const [name, change] = random.pick(changes);
      count(this.tried, name);
      this.#busy++;
      await change().finally(() => this.#busy--);
    }
  }

  #changes(random: Random): Record<string, () => Promise<unknown>> {
    const { players, leavers, games, chatId, talkers, bundleId, dlcId, voucherCode } = this.members;
    const player = () => random.pick(players);
    const anybody = () => random.pick([...players, ...leavers]);
    const game = () => random.pick(games);
    const pair = (people: Person[]) => random.shuffled(people) as [Person, Person];
    const funding = () => random.pick(['WALLET', 'PROVIDER', 'PROVIDER', 'MIXED'] as const);
    const build = () => (this.#builds.length > 0 ? random.pick(this.#builds) : undefined);
    const contentOf = ({ items }: PublishedGame) =>
      random.shuffled([...items]).map(([key, itemId]) => ({
        ...{ slot: key === GREAT_SWORD.key ? 'weapon' : 'ring', itemId },
      }));

    return {
      name: () => {
        const one = player();
        const region = random.pick(['DE', 'FR', 'JP', null]);
        const privacy = { library: random.pick(['PUBLIC', 'FRIENDS', 'PRIVATE'] as const) };
        return this.#write('display name', one.id, one, n => {
          const displayName = `Name ${n}`;
          const input = { displayName, region, privacy };
          return [displayName, () => this.#ask(one, DrillProfileDocument, { input })];
        });
      },
      // A handle that looks like the present one may be taken at any time: with a Cyrillic о, say.
      handle: () => {
        const one = anybody();
        const handle = one.handle.replace('o', random.pick(['o', 'о']));
        return this.#ask(one, DrillHandleDocument, { handle });
      },
      leave: async () => {
        const leaver = random.whole(0, 99) === 0 ? leavers.pop() : undefined;
        if (!leaver) return;
        this.#left.add(leaver);
        await this.#insist(leaver, DrillGoodbyeDocument, { password: PASSWORD });
      },
      page: async () => {
        const { id, studio } = game();
        const tags = random.shuffled(['Strategy', 'Puzzle', 'Racing']).slice(random.whole(0, 2));
        const written = await this.#write('title', id, studio.founder, n => {
          const title = `Title ${n}`;
          const input = { id, texts: [{ locale: 'en', title }], tags };
          return [title, () => this.#ask(studio.founder, DrillPageDocument, { input })];
        });
        if (written) await this.#readTitleOnBuild(id, studio.founder, written);
      },
      price: async () => {
        const { id: gameId, studio } = game();
        const written = await this.#write('price', gameId, studio.founder, () => {
          const changes = (this.#prices.get(gameId) ?? 0) + 1;
          this.#prices.set(gameId, changes);
          const price = { minor: String(PRICE_MINOR + changes), currency: 'EUR' };
          return [
            price.minor,
            () => this.#ask(studio.founder, DrillPriceDocument, { gameId, price }),
          ];
        });
        if (written) await this.#readQuote(gameId, studio.founder, written);
      },
      patch: async () => {
        const { id: gameId, studio } = game();
        const attributes = { damage: random.whole(0, 199), weight: random.whole(0, 99) };
        const items = [{ ...GREAT_SWORD, attributes }];
        await this.#ask(studio.founder, DrillItemsDocument, { gameId, items });
        await this.#ask(studio.founder, DrillReleaseDocument, { gameId });
      },
      topUp: () => this.#topUp(player(), 2_000 + 10 * random.whole(0, 499), random),
      purchase: () => this.#purchase(player(), { gameIds: [game().id], funding: 'WALLET' }, random),
      charge: () => this.#purchase(player(), { gameIds: [game().id], funding: funding() }, random),
      gift: () => {
        const [buyer, { id: recipientId }] = pair(players);
        const wish: Wish = { gameIds: [game().id], funding: funding(), recipientId };
        return this.#purchase(buyer, wish, random);
      },
      voucher: () => {
        const wish: Wish = { gameIds: [game().id], funding: funding(), voucherCode };
        return this.#purchase(player(), wish, random);
      },
      bundle: () => this.#purchase(player(), { gameIds: [bundleId], funding: funding() }, random),
      dlc: () =>
        this.#purchase(
          player(),
          {
            gameIds: random.pick<Wish['gameIds']>([[games[0]!.id, dlcId], [dlcId]]),
            funding: funding(),
          },
          random,
        ),
      refund: async () => {
        if (this.#orders.length === 0) return;
        const { id: orderId, buyer, gameIds } = random.pick(this.#orders);
        // Of some games, the one or the other; those of a bundle go together.
        const some = gameIds.length > 1 && random.chance(0.5) ? [random.pick(gameIds)] : null;
        await this.#refund(buyer, orderId, random, some);
      },
      build: async () => {
        const [author, of] = [player(), game()];
        const visibility = random.pick(['PUBLIC', 'UNLISTED', 'PRIVATE'] as const);
        const { n, told } = this.history.ask();
        const name = `Build ${n}`;
        const input = { gameId: of.id, name, visibility, items: contentOf(of) };
        const answer = await this.#ask(author, DrillBuildDocument, { input });
        const made = answer.data?.createBuild;
        const id = made?.__typename === 'Build' ? made.id : undefined;
        const ids = id ? [uuidIn(id)] : [];
        const creation = { op: 'create', thing: 'build', key: name } as const;
        told({ ...creation, person: author.id, outcome: outcomeOf(answer), ids });
        if (id) this.#builds.push({ id, name, author, game: of, revision: 1 });
      },
      save: async () => {
        const one = build();
        if (!one) return;
        const { id, name, revision, author } = one;
        const items = contentOf(one.game);
        await this.#write('build revision', id, author, () => {
          const input = { id, expectedRevision: revision, name, items };
          const save = () => this.#ask(author, DrillSaveDocument, { input });
          return [
            String(revision + 1),
            async () => {
              const answer = await save();
              // Where it is not known, the next saving finds out: it expects what may not be so.
              if (outcomeOf(answer) !== 'refused') one.revision = revision + 1;
              else await this.#lookAtBuild(one);
              return answer;
            },
          ];
        });
      },
      visibility: async () => {
        const one = build();
        const visibility = random.pick(['PUBLIC', 'PRIVATE'] as const);
        if (one) await this.#ask(one.author, DrillVisibilityDocument, { id: one.id, visibility });
      },
      like: async () => {
        const one = build();
        if (one) await this.#ask(player(), DrillLikeDocument, { id: one.id });
      },
      delete: async () => {
        const [author, of] = [anybody(), game()];
        const input = { gameId: of.id, name: 'Short-lived', items: contentOf(of) };
        const { data } = await this.#ask(author, DrillBuildDocument, { input });
        if (data?.createBuild.__typename === 'Build')
          await this.#ask(author, DrillDeleteDocument, { id: data.createBuild.id });
      },
      friendship: async () => {
        const [one, other] = pair(players);
        const about = pairOf(one, other);
        await this.#write('friendship', about, one, () => [
          'FRIENDS',
          async () => {
            const first = await this.#ask(one, DrillRequestDocument, { userId: other.id });
            const second = await this.#ask(other, DrillRequestDocument, { userId: one.id });
            const isKnown = [first, second].every(answer => outcomeOf(answer) === 'acknowledged');
            return isKnown ? second : UNREACHABLE;
          },
        ]);
      },
      unfriend: () => {
        const [one, other] = pair(players);
        return this.#write('friendship', pairOf(one, other), one, () => [
          'NONE',
          () => this.#ask(one, DrillUnfriendDocument, { userId: other.id }),
        ]);
      },
      block: async () => {
        const [one, other] = pair(players);
        await this.#write('friendship', pairOf(one, other), one, () => [
          'NONE',
          async () => {
            const first = await this.#ask(one, DrillBlockDocument, { userId: other.id });
            await this.#insist(one, DrillUnblockDocument, { userId: other.id });
            return first;
          },
        ]);
      },
      play: async () => {
        const by = player();
        const deviceId = `device ${random.whole(0, 2)}`;
        const { data } = await this.#ask(by, DrillPlayDocument, { gameId: game().id, deviceId });
        if (data?.startPlaySession.__typename !== 'PlaySession') return;
        await this.#ask(by, DrillStopDocument, { id: data.startPlaySession.id });
      },
      message: async () => {
        const by = random.pick(talkers);
        const clientId = randomUUID();
        const input = { chatId, clientId, text: 'Hello' };
        await this.#create('message', by, clientId, random, async () => {
          const answer = await this.#insist(by, DrillMessageDocument, { input });
          const said = answer.data?.sendMessage;
          return [answer, said?.__typename === 'Message' ? said.id : undefined];
        });
      },
      look: async () => {
        if (this.#orders.length === 0) return this.#lookAtName(player());
        const { id: orderId, buyer } = random.pick(this.#orders);
        await this.#look(buyer, orderId);
      },
    };
  }

  /** Many refunds of one order at the same time, while it is bought: one of them counts. */
  async raceForRefund(random: Random): Promise<void> {
    const buyer = random.pick(this.members.players);
    await this.#topUp(buyer, 5_000, random);
    const gameIds: Wish['gameIds'] = [random.pick(this.members.games).id];
    const funding = random.pick(['WALLET', 'MIXED'] as const);
    const id = await this.#purchase(buyer, { gameIds, funding }, random);
    if (!id) return;
    const ends = Date.now() + 3_000;
    while (Date.now() < ends)
      await Promise.all(Array.from({ length: 12 }, () => this.#refund(buyer, id, random)));
  }

  async #topUp(buyer: Person, minor: number, random: Random): Promise<void> {
    const idempotencyKey = randomUUID();
    const input = { idempotencyKey, amount: { minor: String(minor), currency: 'EUR' } };
    await this.#create('top-up', buyer, idempotencyKey, random, async () => {
      const answer = await this.#insist(buyer, DrillTopUpDocument, { input }, ({ topUpWallet }) =>
        topUpWallet.__typename === 'TopUp' ? topUpWallet.state !== 'PENDING' : true,
      );
      const made = answer.data?.topUpWallet;
      return [answer, made?.__typename === 'TopUp' ? made.id : undefined];
    });
  }

  /** The order's id, if there is one. */
  async #purchase(buyer: Person, wish: Wish, random: Random): Promise<string | undefined> {
    const { gameIds, funding, recipientId, voucherCode } = wish;
    const [gameId, ...andGameIds] = gameIds;
    const quoted = { gameId, andGameIds, ...(recipientId !== undefined && { recipientId }) };
    const { data } = await this.#ask(buyer, DrillQuoteDocument, quoted);
    if (data?.quoteGame.__typename !== 'Quote') return undefined;
    const idempotencyKey = randomUUID();
    const paid = { funding, ...(voucherCode !== undefined && { voucherCode }) };
    const input = { idempotencyKey, quoteId: data.quoteGame.id, ...paid };
    let id: string | undefined;
    await this.#create('order', buyer, idempotencyKey, random, async () => {
      // Who asks again has the provider asked again what became of the charge.
      const isFinal = ({ purchaseGame }: DrillPurchaseMutation) =>
        purchaseGame.__typename !== 'Order' || purchaseGame.state !== 'PAYING';
      const answer = await this.#insist(buyer, DrillPurchaseDocument, { input }, isFinal);
      const made = answer.data?.purchaseGame;
      if (made?.__typename === 'Order') ({ id } = made);
      return [answer, id];
    });
    if (id) this.#orders.push({ id, buyer, gameIds });
    return id;
  }

  async #refund(
    buyer: Person,
    orderId: string,
    random: Random,
    gameIds: string[] | null = null,
  ): Promise<void> {
    const key = randomUUID();
    const input = { idempotencyKey: key, orderId, gameIds };
    const { told } = this.history.ask();
    const answers = await this.#twice(random, () =>
      this.#insist(buyer, DrillRefundDocument, { input }),
    );
    const kinds = new Set(
      answers.filter(({ data }) => data).map(({ data }) => data!.refundOrder.__typename),
    );
    if (kinds.size > 1)
      this.#surprise({ message: 'One wish had two outcomes.', kinds: [...kinds] });
    const outcome = kinds.has('Order') ? 'acknowledged' : kinds.size > 0 ? 'refused' : 'unknown';
    told({ op: 'other', wish: 'refund', about: orderId, key, person: buyer.id, outcome });
  }

  /** A wish for a thing, sometimes sent twice. What is not known is asked again at the end. */
  async #create(
    thing: Thing,
    by: Person,
    key: string,
    random: Random,
    request: () => Promise<[Answer<unknown>, string | undefined]>,
  ): Promise<void> {
    const { told } = this.history.ask();
    const ids: string[] = [];
    const take = (answers: [Answer<unknown>, string | undefined][]) => {
      for (const [, id] of answers) if (id !== undefined) ids.push(uuidIn(id));
      return ids.length > 0 ? 'acknowledged' : outcomeOf(answers[0]![0]);
    };
    const creation = { op: 'create', thing, key, person: by.id } as const;
    const outcome = take(await this.#twice(random, request));
    if (outcome !== 'unknown') told({ ...creation, outcome, ids });
    else
      this.#unsettled.push(async () =>
        told({ ...creation, outcome: take([await request()]), ids }),
      );
  }

  /** Writes a register that nobody else writes just now. What was acknowledged is returned, with its token. */
  async #write(
    register: Register,
    about: string,
    by: Person,
    prepare: (n: number) => [value: string, send: () => Promise<Answer<unknown>>],
  ): Promise<Written | undefined> {
    const name = `${register} ${about}`;
    if (this.#written.has(name)) return undefined;
    this.#written.add(name);
    try {
      const { n, told } = this.history.ask();
      const [value, send] = prepare(n);
      const answer = await send();
      const outcome = outcomeOf(answer);
      told({ op: 'write', register, about, value, person: by.id, outcome });
      const token = consistencyIn(answer)?.token;
      return outcome === 'acknowledged' && token !== undefined ? { n, token } : undefined;
    } finally {
      this.#written.delete(name);
    }
  }

  /** What a studio has written in the catalogue it reads in the copy that `builds` has. */
  #readTitleOnBuild(gameId: string, founder: Person, written: Written): Promise<void> {
    const read = { register: 'title', about: gameId, from: 'builds', person: founder } as const;
    return this.#readBack(read, written, DrillTitleOnBuildDocument, { gameId }, ({ builds }) => {
      return builds.edges[0]?.node.gameTitle;
    });
  }

  /** The price that a studio has set it is quoted from the copy that `payments` has. */
  #readQuote(gameId: string, founder: Person, written: Written): Promise<void> {
    const read = { register: 'price', about: gameId, from: 'payments', person: founder } as const;
    return this.#readBack(read, written, DrillQuoteDocument, { gameId }, ({ quoteGame }) => {
      return quoteGame.__typename === 'Quote' ? quoteGame.amount.minor : null;
    });
  }

  /** Reads with the token of what was written, and again, as long as the answer says that it may be older. */
  async #readBack<Result, Variables>(
    { person, ...read }: Pick<Read, 'register' | 'about' | 'from'> & { person: Person },
    { n: since, token }: Written,
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
    valueOf: (data: Result) => string | null | undefined,
  ): Promise<void> {
    for (let times = 0, isStale = true; isStale && times < READ_TIMES_MAX; times++) {
      const { told } = this.history.ask();
      const answer = await this.#ask(person, operation, variables, token);
      isStale = consistencyIn(answer)?.stale === true;
      const value = answer.data && valueOf(answer.data);
      if (value != null) told({ op: 'read', ...read, person: person.id, value, since, isStale });
    }
  }

  /** To be called before asking; what it returns, with the answer. */
  #read(register: Register, about: string, by: Person) {
    const { told } = this.history.ask();
    return (value: string | null | undefined) => {
      if (value != null) told({ op: 'read', register, about, person: by.id, value, from: 'owner' });
    };
  }

  /** One's own name, and the title and price of a game that one has, both of its owner and in the receipt. */
  async #look(buyer: Person, orderId: string): Promise<void> {
    const asked = this.history.ask();
    const { data } = await this.#ask(buyer, DrillLookDocument, { orderId });
    if (!data?.order) return;
    const { game, gameTitle } = data.order;
    const told = (
      register: Register,
      about: string,
      value?: string | null,
      from: Read['from'] = 'owner',
    ) =>
      value != null && asked.told({ op: 'read', register, about, person: buyer.id, value, from });
    told('display name', buyer.id, data.me?.displayName);
    told('title', game.id, game.title);
    told('title', game.id, gameTitle, 'payments');
    told('price', game.id, game.price?.base.minor);
  }

  async #lookAtName(player: Person): Promise<void> {
    const told = this.#read('display name', player.id, player);
    const { data } = await this.#ask(player, DrillNameDocument, {});
    told(data?.me?.displayName);
  }

  async #lookAtGame(game: PublishedGame): Promise<void> {
    const { founder } = game.studio;
    const [title, price] = [
      this.#read('title', game.id, founder),
      this.#read('price', game.id, founder),
    ];
    const { data } = await this.#ask(founder, DrillGameDocument, { id: game.id });
    title(data?.game?.title);
    price(data?.game?.price?.base.minor);
  }

  async #lookAtFriendship(one: Person, other: Person): Promise<void> {
    const told = this.#read('friendship', pairOf(one, other), one);
    const { data } = await this.#ask(one, DrillFriendshipDocument, { id: other.id });
    // Somebody's request is no friendship.
    if (data?.user) told(data.user.friendship === 'FRIENDS' ? 'FRIENDS' : 'NONE');
  }

  async #lookAtBuild(build: Build): Promise<void> {
    const told = this.#read('build revision', build.id, build.author);
    const { data } = await this.#ask(build.author, DrillRevisionDocument, { id: build.id });
    if (!data?.build) return;
    build.revision = data.build.revision;
    told(String(data.build.revision));
  }

  /** A client may send a request again while the first is still under way. */
  #twice<T>(random: Random, request: () => Promise<T>): Promise<T[]> {
    return Promise.all(random.whole(0, 2) === 0 ? [request(), request()] : [request()]);
  }

  /** Asks again and again, until it is known what became of it, as long as there is patience. */
  async #insist<Result, Variables>(
    who: Person,
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
    isFinal: (data: Result) => boolean = () => true,
  ): Promise<Answer<Result>> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.#ask(who, operation, variables);
      const isLost = answer.errors?.some(error => codeOf(error) === 'CONFLICT');
      if (outcomeOf(answer) !== 'unknown' && !isLost && (answer.errors || isFinal(answer.data!)))
        return answer;
      if (Date.now() > deadline) return UNREACHABLE;
      await sleep(RETRY_DELAY_MS);
    }
  }

  /** Asks once; with a token, for nothing that is older. */
  async #ask<Result, Variables>(
    who: Person,
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
    token?: string,
  ): Promise<Answer<Result>> {
    const { fault } = this.history;
    const asked = token === undefined ? {} : { extensions: { consistency: { token } } };
    const answer = await who
      .send<Result>(operation.toString(), variables, asked)
      .catch((): Answer<Result> => UNREACHABLE);
    for (const error of answer.errors ?? []) {
      const code = codeOf(error);
      count(this.codes, code);
      const hasLeft = code === 'UNAUTHENTICATED' && this.#left.has(who); // their token is good for nothing
      if (!UNKNOWN.has(code) && !NOT_DONE.has(code) && !hasLeft)
        this.surprises.push({ error, fault });
    }
    // Whoever was not heard waits a moment, as clients do.
    if (outcomeOf(answer) === 'unknown') await sleep(RETRY_DELAY_MS);
    return answer;
  }

  #surprise(error: unknown): void {
    this.surprises.push({ error, fault: this.history.fault });
  }
}

/** What an answer says of a mutation: refused by a refusal, or by an error that says that it was not done. */
function outcomeOf({ data, errors }: Answer<unknown>): Outcome {
  if (errors) return errors.every(error => NOT_DONE.has(codeOf(error))) ? 'refused' : 'unknown';
  const [outcome] = Object.values(data ?? {}) as { __typename?: string }[];
  return REFUSALS.test(outcome?.__typename ?? '') ? 'refused' : 'acknowledged';
}

/** What is made or changed; every other member of a result is a refusal. */
const REFUSALS = /^(?!(User|Game|GameData|Build|Order|TopUp|Message|PlaySession|Quote)$)./;

/** The uuid in a global id: things are known by that in the databases. */
const uuidIn = (id: string) => Buffer.from(id, 'base64url').toString().split(':')[1]!;

/** What an answer says of how new it is. */
const consistencyIn = ({ extensions }: Answer<unknown>) =>
  extensions?.consistency as { token?: string; stale?: boolean } | undefined;

const codeOf = ({ extensions }: GraphQLFormattedError) => String(extensions?.code);

const pairOf = (one: Person, other: Person) => [one.id, other.id].sort().join(' ');

function pairsOf(people: Person[]): [Person, Person][] {
  return people.flatMap((one, n) =>
    people.slice(n + 1).map((other): [Person, Person] => [one, other]),
  );
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
