import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { money, query, transact } from '@gamegraph/subgraph-kit';
import { until } from '@gamegraph/test-support';
import type { EntityManager } from '@mikro-orm/postgresql';
import fc from 'fast-check';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { issueInvoices } from '../invoice/invoice.process.js';
import { payStudios } from '../payout/payout.process.js';
import { type TestPayments, testPayments } from '../testing.js';
import {
  capture,
  chargeback,
  chargebackOrder,
  creditTopUp,
  endEscrow,
  fundEscrow,
  hold,
  holdCharge,
  type Movement,
  openWallet,
  refund,
  release,
} from './ledger.js';
import { auditChain, sealTransfers } from './seal.js';
import { TransferKind } from './transfer.type.js';

const USERS = 3;
const GAMES = 2;
const CURRENCY = 'EUR';
const DEFAULT_BPS = 7000n;
const MINUTE_MS = 60_000;
/** Of runs, or of making a sequence that fails shorter. */
const LIMITED = { interruptAfterTimeLimit: 2 * MINUTE_MS };

/** What can be wished for. Numbers choose among what there is; a wish for what there is not is no wish. */
const Wish = fc.record({
  what: fc.constantFrom(
    ...([
      'topUp',
      'topUp',
      'place',
      'place',
      'hold',
      'hold',
      'charge',
      'capture',
      'capture',
    ] as const),
    ...([
      'release',
      'refund',
      'refund',
      'refundAll',
      'chargebackOrder',
      'chargebackTopUp',
    ] as const),
    ...(['escrow', 'endEscrow', 'agree', 'payout'] as const),
  ),
  which: fc.nat(7),
  user: fc.nat(USERS - 1),
  minor: fc.integer({ min: 1, max: 1000 }),
  part: fc.nat(1000),
  isRepeated: fc.boolean(),
});
type Wish = typeof Wish extends fc.Arbitrary<infer T> ? T : never;

interface ModelPart {
  game: number;
  minor: bigint;
  share: bigint;
  refunded: bigint;
}

interface ModelOrder {
  movement: Movement & { chargedMinor: bigint };
  user: number;
  isHeld: boolean;
  isCharged: boolean;
  state: 'OPEN' | 'CAPTURED' | 'RELEASED';
  parts: ModelPart[];
  isChargedBack: boolean;
}

/** The money as simple as it can be said: what is where, and no more. */
class Model {
  readonly wallets = Array.from({ length: USERS }, () => 0n);
  readonly debts = Array.from({ length: USERS }, () => 0n);
  /** Each game is of a studio of its own. */
  readonly studios = Array.from({ length: GAMES }, () => 0n);
  readonly paid = Array.from({ length: GAMES }, () => 0n);
  readonly bps = Array.from({ length: GAMES }, () => DEFAULT_BPS);
  readonly topUps: { movement: Movement; user: number; isChargedBack: boolean }[] = [];
  readonly orders: ModelOrder[] = [];
  readonly escrows: { movement: Movement; user: number; hasEnded: boolean }[] = [];

  credit(user: number, minor: bigint): void {
    const paid = min(minor, this.debts[user]!);
    this.debts[user]! -= paid;
    this.wallets[user]! += minor - paid;
  }

  takeBack(user: number, minor: bigint): void {
    const taken = min(minor, this.wallets[user]!);
    this.wallets[user]! -= taken;
    this.debts[user]! += minor - taken;
  }

  /** By game; the studio gives its share of all that was given back so far, rounded down, less what it gave before. */
  giveBack({ parts }: ModelOrder, minor: bigint): void {
    let left = minor;
    for (const part of parts) {
      const given = min(left, part.minor - part.refunded);
      const backOf = (refunded: bigint) => (part.share * refunded) / part.minor;
      this.studios[part.game]! -= backOf(part.refunded + given) - backOf(part.refunded);
      part.refunded += given;
      left -= given;
    }
  }

  capture(order: ModelOrder): void {
    order.state = 'CAPTURED';
    for (const part of order.parts) {
      part.share = (part.minor * this.bps[part.game]!) / 10_000n;
      this.studios[part.game]! += part.share;
    }
  }

  payOut(): void {
    for (const [n, balance] of this.studios.entries()) {
      if (balance <= 0n) continue;
      this.paid[n]! += balance;
      this.studios[n] = 0n;
    }
  }
}

const min = (a: bigint, b: bigint) => (a < b ? a : b);

const restOf = ({ parts }: ModelOrder) =>
  parts.reduce((sum, { minor, refunded }) => sum + minor - refunded, 0n);

const isFunded = ({ movement, isHeld, isCharged }: ModelOrder) =>
  (isHeld || movement.chargedMinor === movement.amount.minor) &&
  (isCharged || movement.chargedMinor === 0n);

/** What the ledger is asked for. */
interface Plan {
  work(em: EntityManager): Promise<unknown>;
  /** What it does in the model; undefined when it is to be refused. */
  effect: (() => void) | undefined;
  /** Whether it may be asked for twice: then the second time changes nothing. */
  isHarmless?: true;
}

/** A world of its own for one sequence: users, games and a time, in a database that others share. */
interface World {
  graph: TestPayments;
  model: Model;
  walletIds: string[];
  games: { id: string; studioId: string }[];
  now: Date;
}

async function newWorld(graph: TestPayments): Promise<World> {
  const walletIds: string[] = [];
  for (let n = 0; n < USERS; n++) {
    const { userId } = graph.givenUser();
    walletIds.push(await transact(graph.em(), tx => openWallet(tx, userId, CURRENCY)));
  }
  const games: World['games'] = [];
  for (let n = 0; n < GAMES; n++) games.push((await graph.givenGame()).state);
  return { graph, model: new Model(), walletIds, games, now: new Date('2030-01-10T00:00:00Z') };
}

function planOf(world: World, wish: Wish): Plan | undefined {
  const { model, walletIds, games } = world;
  const { what, which, user, part } = wish;
  const minor = BigInt(wish.minor);
  world.now = new Date(world.now.getTime() + MINUTE_MS);
  const at = world.now;
  const amount = money(minor, CURRENCY);
  const order = model.orders[which % Math.max(1, model.orders.length)];
  const movement: Movement = { id: uuidv7(), walletId: walletIds[user]!, amount };
  const inOne = (work: (tx: EntityManager) => Promise<void>) => (em: EntityManager) =>
    transact(em, work);
  const plan = (
    isAllowed: boolean,
    work: (tx: EntityManager) => Promise<void>,
    effect: () => void,
  ): Plan => ({ work: inOne(work), effect: isAllowed ? effect : undefined });
  const planRefund = (of: ModelOrder, sum: bigint): Plan => {
    const chargedMinor = part % 2 === 0 ? 0n : min(sum, of.movement.chargedMinor);
    const back = { ...of.movement, amount: money(sum, CURRENCY), chargedMinor, parts: undefined };
    const op = uuidv7();
    const isAllowed = of.state === 'CAPTURED' && sum <= restOf(of);
    return plan(
      isAllowed,
      tx => refund(tx, back, at, op),
      () => {
        model.giveBack(of, sum);
        model.credit(of.user, sum - chargedMinor);
      },
    );
  };
  switch (what) {
    case 'topUp':
      return plan(
        true,
        tx => creditTopUp(tx, movement, at),
        () => {
          model.credit(user, minor);
          model.topUps.push({ movement, user, isChargedBack: false });
        },
      );
    case 'place': {
      const first = (minor * BigInt(part)) / 1000n;
      const parts = [first, minor - first]
        .map((each, game) => ({ game, minor: each, share: 0n, refunded: 0n }))
        .filter(each => each.minor > 0n);
      const chargedMinor = which % 3 === 0 ? first : 0n;
      const sold = parts.map(({ game, minor: price }) => ({
        gameId: games[game]!.id,
        minor: price,
      }));
      model.orders.push({
        ...{ movement: { ...movement, parts: sold, chargedMinor }, user, parts },
        ...{ isHeld: false, isCharged: false, state: 'OPEN', isChargedBack: false },
      });
      return undefined;
    }
    case 'hold': {
      if (!order) return undefined;
      const ofWallet = order.movement.amount.minor - order.movement.chargedMinor;
      return plan(
        !order.isHeld && ofWallet > 0n && model.wallets[order.user]! >= ofWallet,
        tx => hold(tx, order.movement, at),
        () => {
          model.wallets[order.user]! -= ofWallet;
          order.isHeld = true;
        },
      );
    }
    case 'charge':
      return (
        order &&
        plan(
          !order.isCharged && order.movement.chargedMinor > 0n,
          tx => holdCharge(tx, order.movement, at),
          () => {
            order.isCharged = true;
          },
        )
      );
    case 'capture':
      return (
        order &&
        plan(
          order.state === 'OPEN' && isFunded(order),
          tx => capture(tx, order.movement, at),
          () => model.capture(order),
        )
      );
    case 'release':
      return (
        order &&
        plan(
          order.state === 'OPEN' && isFunded(order),
          tx => release(tx, order.movement, at),
          () => {
            order.state = 'RELEASED';
            model.credit(order.user, order.movement.amount.minor - order.movement.chargedMinor);
          },
        )
      );
    case 'refund':
      return order && planRefund(order, minor);
    case 'refundAll':
      return order && restOf(order) > 0n ? planRefund(order, restOf(order)) : undefined;
    case 'chargebackOrder':
      return order?.state === 'CAPTURED'
        ? plan(
            !order.isChargedBack,
            tx => chargebackOrder(tx, { ...order.movement, amount }, at),
            () => {
              const ofSale = min(minor, restOf(order));
              model.giveBack(order, ofSale);
              model.takeBack(order.user, minor - ofSale);
              order.isChargedBack = true;
            },
          )
        : undefined;
    case 'chargebackTopUp': {
      const topUp = model.topUps[which % Math.max(1, model.topUps.length)];
      return (
        topUp &&
        plan(
          !topUp.isChargedBack,
          tx => chargeback(tx, topUp.movement, at),
          () => {
            model.takeBack(topUp.user, topUp.movement.amount.minor);
            topUp.isChargedBack = true;
          },
        )
      );
    }
    case 'escrow':
      return plan(
        model.wallets[user]! >= minor,
        tx => fundEscrow(tx, movement, at),
        () => {
          model.wallets[user]! -= minor;
          model.escrows.push({ movement, user, hasEnded: false });
        },
      );
    case 'endEscrow': {
      const escrow = model.escrows[which % Math.max(1, model.escrows.length)];
      if (!escrow) return undefined;
      const all = escrow.movement.amount.minor;
      const [kind, ofPayee] = (
        [
          [TransferKind.ESCROW_RELEASE, all],
          [TransferKind.ESCROW_REFUND, 0n],
          [TransferKind.ESCROW_SPLIT, (all * BigInt(part)) / 1000n],
        ] as const
      )[part % 3]!;
      const to = [
        { dst: walletIds[user]!, minor: ofPayee },
        { dst: escrow.movement.walletId!, minor: all - ofPayee },
      ].filter(share => share.minor > 0n);
      return plan(
        !escrow.hasEnded,
        tx => endEscrow(tx, escrow.movement, kind, to, at),
        () => {
          model.credit(user, ofPayee);
          model.credit(escrow.user, all - ofPayee);
          escrow.hasEnded = true;
        },
      );
    }
    case 'agree': {
      const game = which % GAMES;
      const bps = BigInt(part * 10);
      return {
        isHarmless: true,
        work: em =>
          query(
            em,
            sql`INSERT INTO revenue_share (studio_id, studio_bps, valid_from, made_at)
                VALUES (${games[game]!.studioId}, ${bps}, ${at}, ${at})`,
          ),
        effect() {
          model.bps[game] = bps;
        },
      };
    }
    case 'payout': {
      world.now = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 2));
      const then = world.now;
      return { isHarmless: true, work: em => payStudios(em, then), effect: () => model.payOut() };
    }
  }
}

const carryOut = ({ work }: Plan, { graph }: World): Promise<Error | undefined> =>
  work(graph.em()).then(
    () => undefined,
    (error: Error) => error,
  );

/** How much there is by the rows, with what is not rolled up yet. */
async function balanceOf({ graph }: World, kind: string, column: string, id: string) {
  const [row] = await query<{ balance: string }>(
    graph.em(),
    sql`SELECT coalesce(sum(a.input - a.output + coalesce(c.change, 0)), 0) AS balance FROM account AS a
        LEFT JOIN LATERAL (SELECT sum(input - output) AS change FROM account_change WHERE account_id = a.id) AS c ON true
        WHERE kind = ${kind} AND ${sql.ref(column)} = ${id}`,
  );
  return BigInt(row!.balance);
}

async function assertAsModelled(world: World): Promise<void> {
  const { graph, model, walletIds, games } = world;
  for (const [n, walletId] of walletIds.entries()) {
    assert.equal(await balanceOf(world, 'WALLET', 'id', walletId), model.wallets[n], `wallet ${n}`);
    const debt = await balanceOf(world, 'DEBT', 'owner_id', walletId);
    assert.equal(debt, -model.debts[n]!, `debt ${n}`);
  }
  for (const [n, { studioId }] of games.entries()) {
    const balance = await balanceOf(world, 'STUDIO', 'owner_id', studioId);
    assert.equal(balance, model.studios[n], `studio ${n}`);
    const [row] = await query<{ paid: string }>(
      graph.em(),
      sql`SELECT coalesce(sum(minor), 0) AS paid FROM payout WHERE studio_id = ${studioId}`,
    );
    assert.equal(BigInt(row!.paid), model.paid[n], `what studio ${n} was paid`);
  }
}

/** What must hold of any ledger, whatever was asked of it: each row that a query finds breaks the rule of its name. */
const BROKEN = {
  'I3: nothing is below zero, but debts are not above': sql`
    SELECT id FROM account WHERE (kind IN ('WALLET', 'HOLD', 'ESCROW') AND input < output) OR (kind = 'DEBT' AND input > output)`,
  'I4: a hold or escrow ends once, and wholly': sql`
    SELECT a.id FROM account AS a JOIN transfer AS t ON t.ref = a.id AND leg = 0
      AND t.kind IN ('CAPTURE', 'RELEASE', 'ESCROW_RELEASE', 'ESCROW_REFUND', 'ESCROW_SPLIT')
    WHERE a.kind IN ('HOLD', 'ESCROW') GROUP BY a.id HAVING count(*) <> 1 OR bool_or(input <> output)`,
  'I5: what was released was not captured, and no more is given back of a game than was captured for it': sql`
    SELECT ref FROM (
      SELECT ref, game_id, sum(minor) FILTER (WHERE t.kind = 'CAPTURE') AS captured,
        sum(minor) FILTER (WHERE t.kind = 'REFUND' OR (t.kind = 'CHARGEBACK' AND s.kind = 'REVENUE')) AS back,
        sum(minor) FILTER (WHERE t.kind = 'SHARE') AS share, sum(minor) FILTER (WHERE t.kind = 'SHARE_BACK') AS share_back
      FROM transfer AS t JOIN account AS s ON s.id = src GROUP BY ref, game_id
    ) AS sold WHERE back > coalesce(captured, 0) OR share_back > coalesce(share, 0) OR share > captured
      OR (back = captured AND coalesce(share_back, 0) <> coalesce(share, 0))`,
  'I6: each step is made once': sql`
    SELECT ref FROM transfer WHERE leg = 0 AND kind <> 'REFUND' GROUP BY ref, kind HAVING count(*) > 1
    UNION ALL SELECT op FROM transfer GROUP BY op HAVING count(DISTINCT ref) > 1`,
  'a payout is posted once, and as it says': sql`
    SELECT payout.id FROM payout LEFT JOIN transfer ON ref = payout.id
    GROUP BY payout.id HAVING payout.minor <> coalesce(sum(transfer.minor), 0)`,
  'invoices have no gap, and are what was captured and given back': sql`
    SELECT seller_id FROM invoice GROUP BY seller_id HAVING max(number) <> count(*)
    UNION ALL SELECT coalesce(i.ref, t.ref) FROM (
      SELECT order_id AS ref, sum(CASE kind WHEN 'RECEIPT' THEN minor ELSE -minor END) AS net FROM invoice GROUP BY order_id
    ) AS i FULL JOIN (
      SELECT ref, sum(CASE kind WHEN 'CAPTURE' THEN minor ELSE -minor END) AS net FROM transfer
      WHERE kind IN ('CAPTURE', 'REFUND', 'CHARGEBACK') AND game_id IS NOT NULL GROUP BY ref
    ) AS t ON i.ref = t.ref WHERE i.net IS DISTINCT FROM t.net`,
};

async function assertSound(graph: TestPayments): Promise<void> {
  await graph.assertBalanced(); // I1 and I2
  await until('all invoices are issued', async () => {
    await issueInvoices(graph.em(), new Date());
    const [row] = await query<{ isLeft: boolean }>(
      graph.em(),
      sql`SELECT EXISTS (SELECT 1 FROM transfer WHERE kind IN ('CAPTURE', 'REFUND', 'CHARGEBACK') AND game_id IS NOT NULL
            AND xid > coalesce((SELECT max(xid) FROM invoice), '0')) AS "isLeft"`,
    );
    return !row!.isLeft;
  });
  for (const [rule, broken] of Object.entries(BROKEN))
    assert.deepEqual(await query(graph.em(), broken), [], rule);
  await sealTransfers(graph.em(), { info() {} } as never, new Date());
  const { broken, checked } = await auditChain(graph.em(), 0, MINUTE_MS);
  assert.ok(checked > 0);
  assert.deepEqual(broken, []);
}

/** One wish after another does what the model says, also when it is repeated. */
const inSequence = (graph: TestPayments) =>
  fc.asyncProperty(fc.array(Wish, { maxLength: 60, size: 'max' }), async wishes => {
    const world = await newWorld(graph);
    for (const wish of wishes) {
      const plan = planOf(world, wish);
      if (!plan) continue;
      const error = await carryOut(plan, world);
      const told = `${wish.what}: ${error?.message}`;
      assert.equal(error === undefined, plan.effect !== undefined, told);
      plan.effect?.();
      if (wish.isRepeated && plan.effect)
        assert.equal(!(await carryOut(plan, world)), plan.isHarmless === true, `again ${told}`);
    }
    await assertAsModelled(world);
  });

/** Wishes that come at once, each of them twice, are carried out once at most. */
const atOnce = (graph: TestPayments) =>
  fc.asyncProperty(
    fc.array(fc.array(Wish, { minLength: 2, maxLength: 8 }), { maxLength: 8, size: 'max' }),
    async batches => {
      const world = await newWorld(graph);
      for (const batch of batches) {
        const plans = batch.flatMap(wish => planOf(world, wish) ?? []);
        const outcomes = await Promise.all(
          plans.map(plan => Promise.all([carryOut(plan, world), carryOut(plan, world)])),
        );
        for (const [n, errors] of outcomes.entries()) {
          const { effect, isHarmless } = plans[n]!;
          const done = errors.filter(error => error === undefined).length;
          assert.ok(done <= 1 || isHarmless, batch.map(({ what }) => what).join());
          if (done > 0) effect?.(); // so that the next batch finds what there is now
        }
      }
    },
  );

describe('any sequence of operations', { timeout: 300_000 }, () => {
  let graph: TestPayments;
  before(async () => {
    graph = await testPayments();
  });
  after(() => graph.stop());

  it('does what a simple model of it does, and leaves a sound book', async () => {
    await fc.assert(inSequence(graph), { numRuns: 30, ...LIMITED });
    await assertSound(graph);
  });

  it('also leaves one when all of it comes at once, and twice', async () => {
    await fc.assert(atOnce(graph), { numRuns: 40, endOnFailure: true, ...LIMITED });
    await assertSound(graph);
  });
});

describe('a planted defect', { timeout: 300_000 }, () => {
  const DEFECTS = {
    'a step that may be made twice': ['DROP INDEX one_of_each_kind'],
    'a wallet that may be overdrawn': [
      'ALTER TABLE account DROP CONSTRAINT account_not_below_zero',
    ],
    'a share that is agreed on and not kept': [
      `CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.studio_bps := 7000; RETURN NEW; END $$`,
      `CREATE TRIGGER forget BEFORE INSERT ON revenue_share FOR EACH ROW EXECUTE FUNCTION forget()`,
    ],
  };
  for (const [name, statements] of Object.entries(DEFECTS)) {
    it(`is found: ${name}`, async () => {
      const graph = await testPayments();
      try {
        for (const statement of statements) await query(graph.em(), sql.raw(statement));
        const found = await fc.check(inSequence(graph), { numRuns: 100, endOnFailure: true });
        assert.equal(found.failed, true);
      } finally {
        await graph.stop();
      }
    });
  }
});
