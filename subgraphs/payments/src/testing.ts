import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  type GameState,
  gameCreated,
  gameUpdated,
  type LicenceState,
  licenceGranted,
  licenceKept,
  licenceRefused,
  licenceRevoked,
} from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { paymentsWith } from './subgraph.js';
import { FakeProvider } from './top-up/provider/fake-provider.js';
import type { PaymentProvider } from './top-up/provider/payment-provider.js';

export const SECRET = 'x'.repeat(32);

export const TOP_UP = `mutation ($input: TopUpWalletInput!) { topUpWallet(input: $input) {
  __typename ... on TopUp { id state amount { minor currency } wallet { id balance { minor } } } ... on Refusal { message } } }`;
export const QUOTE = `mutation ($gameId: ID!, $region: String!, $andGameIds: [ID!], $recipientId: ID) {
  quoteGame(gameId: $gameId, region: $region, andGameIds: $andGameIds, recipientId: $recipientId) {
  __typename ... on Quote { id amount { minor currency } basePrice { minor } discountPercent expiresAt game { id }
    lines { game { id } amount { minor } bundle { id } isRefunded } }
  ... on BaseGameMissing { baseGame { id } } ... on Refusal { message } } }`;
export const PURCHASE = `mutation ($input: PurchaseGameInput!) { purchaseGame(input: $input) {
  __typename ... on Order { id state reason amount { minor currency } }
  ... on PriceChanged { quoted { minor currency } current { minor currency } }
  ... on InsufficientFunds { missing { minor currency } } ... on Refusal { message } } }`;
export const REFUND = `mutation ($input: RefundOrderInput!) { refundOrder(input: $input) {
  __typename ... on Order { id state } ... on RefundNotPossible { reason } ... on Refusal { message } } }`;

/** Somebody of a test: their uuid, their global id, and who they are to `ask`. */
export interface Somebody {
  userId: string;
  id: string;
  by: { userId: string };
}

/** A game of a test, with what `games` announced of it last. */
export interface SomeGame {
  id: string;
  state: GameState;
}

type Node = Answer['data'];

/** The subgraph, and what its tests begin with and look at. */
export interface TestPayments extends TestSubgraph {
  givenUser(): Somebody;
  /** A game on sale everywhere for this. */
  givenGame(minor?: string, currency?: string, more?: Partial<GameState>): Promise<SomeGame>;
  change(game: SomeGame, to: Partial<GameState>): Promise<void>;
  /** Somebody with this much in a wallet. */
  givenPayer(minor: string, currency?: string): Promise<Somebody>;
  topUp(user: Somebody, minor: string, currency?: string, idempotencyKey?: string): Promise<Node>;
  quote(user: Somebody, game: SomeGame, region?: string, more?: object): Promise<Node>;
  purchase(user: Somebody, quoteId: string, idempotencyKey?: string): Promise<Node>;
  /** Quotes and purchases, which must go well. Returns the order. */
  givenOrder(user: Somebody, game: SomeGame): Promise<Node>;
  /** An order that is COMPLETED. */
  givenPurchase(user: Somebody, game: SomeGame): Promise<Node>;
  refund(user: Somebody, orderId: string, idempotencyKey?: string): Promise<Node>;
  /** The answers that `library` gives about an order, always with the same licence. */
  licence(orderId: string): Answers;
  order(user: Somebody, orderId: string): Promise<Node>;
  balance(user: Somebody): Promise<{ balance: string; held: string } | undefined>;
  /** Fails unless the book balances, and every account is what its transfers say. */
  assertBalanced(): Promise<void>;
}

interface Answers {
  granted(): ReturnType<typeof licenceGranted>;
  refused(reason?: string): ReturnType<typeof licenceRefused>;
  revoked(playtimeSeconds?: number): ReturnType<typeof licenceRevoked>;
  kept(playtimeSeconds: number, reason?: string | null): ReturnType<typeof licenceKept>;
}

export const OPERATOR = { userId: uuidv7(), permissions: ['payments:operate'] };

export const newKey = () => randomUUID();

export const uuidIn = (id: string) => Buffer.from(id, 'base64url').toString().split(':')[1]!;

export async function testPayments(
  provider: PaymentProvider = new FakeProvider({ secret: SECRET }),
): Promise<TestPayments> {
  const graph = await testSubgraph(paymentsWith(() => provider));
  let count = 0;

  const givenUser = () => {
    const userId = uuidv7();
    return { userId, id: globalId('User', userId), by: { userId } };
  };

  const givenGame: TestPayments['givenGame'] = async (minor = '1999', currency = 'EUR', more) => {
    const state: GameState = {
      ...{ id: uuidv7(), studioId: uuidv7(), slug: `game-${++count}`, title: `Game ${count}` },
      ...{ coverUrl: null, tags: [], platforms: [], state: 'PUBLISHED', releasedAt: null },
      ...{ dataVersion: 0, prices: [{ region: '*', currency, minor }], discounts: [] },
      ...more,
    };
    await graph.deliver(gameCreated(state));
    return { id: globalId('Game', state.id), state };
  };

  const topUp: TestPayments['topUp'] = async (user, minor, currency = 'EUR', key = newKey()) => {
    const input = { idempotencyKey: key, amount: { minor, currency } };
    return (await graph.data(TOP_UP, { input }, user.by)).topUpWallet;
  };

  const quote: TestPayments['quote'] = async (user, game, region = 'DE', more = {}) =>
    (await graph.data(QUOTE, { gameId: game.id, region, ...more }, user.by)).quoteGame;

  const purchase: TestPayments['purchase'] = async (user, quoteId, idempotencyKey = newKey()) =>
    (await graph.data(PURCHASE, { input: { idempotencyKey, quoteId } }, user.by)).purchaseGame;

  const givenOrder: TestPayments['givenOrder'] = async (user, game) => {
    const order = await purchase(user, (await quote(user, game)).id);
    assert.equal(order.__typename, 'Order', order.message);
    return order;
  };

  const licences = new Map<string, string>();
  const licence: TestPayments['licence'] = orderId => {
    const id = licences.get(orderId) ?? uuidv7();
    licences.set(orderId, id);
    const state: LicenceState = {
      ...{ id, userId: uuidv7(), gameId: uuidv7(), source: 'ORDER', sourceId: uuidIn(orderId) },
      ...{ state: 'ACTIVE', reason: null, playtimeSeconds: 0, grantedAt: null },
    };
    return {
      granted: () => licenceGranted(state),
      refused: (reason = 'owned already') => licenceRefused({ ...state, state: 'REFUSED', reason }),
      revoked: (playtimeSeconds = 0) =>
        licenceRevoked({ ...state, state: 'REVOKED', reason: 'refunded', playtimeSeconds }),
      kept: (playtimeSeconds, reason = null) => licenceKept({ ...state, playtimeSeconds, reason }),
    };
  };

  const order: TestPayments['order'] = async (user, id) => {
    const ORDER = `query ($id: ID!) { order(id: $id) { state reason completedAt
      transactions { kind amount { minor } } refundEligibility { isEligible reason until } } }`;
    return (await graph.data(ORDER, { id }, user.by)).order;
  };

  return {
    ...graph,
    ...{ givenUser, givenGame, topUp, quote, purchase, givenOrder, licence, order },
    async change(game, to) {
      Object.assign(game.state, to);
      await graph.deliver(gameUpdated(game.state));
    },
    async givenPayer(minor, currency) {
      const user = givenUser();
      assert.equal((await topUp(user, minor, currency)).state, 'CAPTURED');
      return user;
    },
    async givenPurchase(user, game) {
      const placed = await givenOrder(user, game);
      await graph.deliver(licence(placed.id).granted());
      return placed;
    },
    async refund(user, orderId, idempotencyKey = newKey()) {
      return (await graph.data(REFUND, { input: { idempotencyKey, orderId } }, user.by))
        .refundOrder;
    },
    async balance(user) {
      const SELECTION = '{ wallets { balance { minor } held { minor } } }';
      const [{ wallets }] = await graph.entities('User', [user.id], SELECTION, user.by);
      const [wallet] = wallets;
      return wallet && { balance: wallet.balance.minor, held: wallet.held.minor };
    },
    async assertBalanced() {
      const AUDIT = `{ ledgerAudit { sums { minor currency }
        differences { accountId kind balance { minor } transferred { minor } } } }`;
      const { ledgerAudit } = await graph.data(AUDIT, {}, OPERATOR);
      assert.deepEqual(ledgerAudit.differences, []);
      for (const { minor, currency } of ledgerAudit.sums) assert.equal(minor, '0', currency);
    },
  };
}
