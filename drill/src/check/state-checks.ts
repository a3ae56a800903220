import type { Violation } from './violation.js';

export interface OrderRow {
  id: string;
  /** Who is to own what is bought: the buyer, or who was given it. */
  ownerId: string;
  state: string;
  minor: number;
  /** So much of it the provider is charged. */
  chargedMinor: number;
  lines: { gameId: string; minor: number }[];
  refundedGameIds: string[];
}

/** What the provider is charged of the order with the same id. */
export interface PaymentRow {
  id: string;
  state: string;
  minor: number;
  refundedMinor: number;
  /** The provider is still to be asked for something. */
  isDue: boolean;
}

export interface VoucherRow {
  id: string;
  max: number;
  /** How often it was redeemed, by its own count. */
  count: number;
  redeemed: number;
  /** The states of the orders that it was redeemed for. */
  orders: string[];
}

/** A licence whose source is an order. */
export interface LicenceRow {
  orderId: string;
  userId: string;
  gameId: string;
  state: string;
}

export interface TransferRow {
  kind: string;
  /** The order or top-up that it is for. */
  ref: string;
  minor: number;
}

export interface AccountRow {
  id: string;
  /** Those of FLOORED may not be below zero. */
  kind: string;
  currency: string;
  /** By its own row, and what is to be added to it. */
  minor: number;
  /** By its transfers. */
  transferred: number;
}

export interface Head {
  topic: string;
  id: string;
  version: number;
  /** How many of its events are in the archive, and the highest of them. */
  archived: number;
  archivedUpTo: number;
}

export interface Position {
  consumer: string;
  topic: string;
  id: string;
  version: number;
}

const HOLDS = new Set(['HOLD', 'CHARGE']);
const ENDS = new Set(['CAPTURE', 'RELEASE']);
/** Accounts of which nobody may take more than there is. */
const FLOORED = new Set(['WALLET', 'HOLD', 'ESCROW']);

/** What an order's money has done in the end, by the order's state: any other state is no end. */
const MOVED: Record<string, (sums: Sums, order: OrderRow) => boolean> = {
  COMPLETED: ({ held, captured, released, back }, order) =>
    held === order.minor && captured === held && released === 0 && back === refundedOf(order),
  REFUSED: ({ held, captured, released, back }) => released === held && captured + back === 0,
  REFUNDED: ({ held, captured, released, back }, { minor }) =>
    held === minor && captured === minor && released === 0 && back === minor,
  REVERSED: ({ held, captured, released, back }) =>
    held === captured + released && back === captured,
};

interface Sums {
  held: number;
  captured: number;
  released: number;
  back: number;
}

/** How much of an order was asked back, and granted. */
function refundedOf({ lines, refundedGameIds }: OrderRow): number {
  return lines.reduce(
    (sum, { gameId, minor }) => sum + (refundedGameIds.includes(gameId) ? minor : 0),
    0,
  );
}

function sumsOf(moves: TransferRow[]): Sums {
  const sum = (...kinds: string[]) =>
    moves.reduce((total, { kind, minor }) => total + (kinds.includes(kind) ? minor : 0), 0);
  return {
    held: sum('HOLD', 'CHARGE'),
    captured: sum('CAPTURE'),
    released: sum('RELEASE'),
    back: sum('REFUND', 'CHARGEBACK'),
  };
}

/** I1 to I3: what goes in is what comes out, rows are what their transfers say, and nobody owes. */
export function checkLedger(accounts: AccountRow[]): Violation[] {
  const violations: Violation[] = [];
  const wrong = (invariant: string, told: string) =>
    violations.push({ invariant, damage: 'ledger', told });
  for (const [currency, mine] of Map.groupBy(accounts, account => account.currency)) {
    const sum = mine.reduce((total, { minor }) => total + minor, 0);
    if (sum !== 0) wrong('I1', `all accounts in ${currency} add up to ${sum}, not to 0`);
  }
  for (const { id, kind, minor, transferred } of accounts) {
    if (minor !== transferred)
      wrong('I2', `the ${kind} account ${id} has ${minor}, and ${transferred} by its transfers`);
    if (minor < 0 && FLOORED.has(kind))
      wrong('I3', `the ${kind} account ${id} is below zero: ${minor}`);
  }
  return violations;
}

/** I4: each hold ends once. */
export function checkHolds(transfers: TransferRow[]): Violation[] {
  const violations: Violation[] = [];
  for (const [ref, mine] of Map.groupBy(transfers, transfer => transfer.ref)) {
    if (!mine.some(({ kind }) => HOLDS.has(kind))) continue;
    const ends = new Set(mine.map(({ kind }) => kind).filter(kind => ENDS.has(kind)));
    const { held, captured, released } = sumsOf(mine);
    if (ends.size !== 1 || held !== captured + released) {
      violations.push({
        ...{ invariant: 'I4', damage: 'ledger' },
        told: `of the hold of ${ref}, ${held}, ${captured} was captured and ${released} released`,
      });
    }
  }
  return violations;
}

/** I5: an order, its licences and its money tell the same story. */
export function checkOrders(
  orders: OrderRow[],
  licences: LicenceRow[],
  transfers: TransferRow[],
): Violation[] {
  const violations: Violation[] = [];
  const licencesOf = Map.groupBy(licences, licence => licence.orderId);
  const moves = Map.groupBy(transfers, transfer => transfer.ref);
  const owned = new Map<string, string>();
  for (const order of orders) {
    const { id, ownerId, state, minor, lines, refundedGameIds } = order;
    const wrong = (told: string, damage: Violation['damage'] = 'other') =>
      violations.push({ invariant: 'I5', damage, told: `the order ${id} ${told}` });
    const isRight = MOVED[state];
    if (!isRight) {
      wrong(`is still ${state}`);
      continue;
    }
    const licensed = licencesOf.get(id) ?? [];
    const isActive = (gameId: string) =>
      licensed.some(licence => licence.gameId === gameId && licence.state === 'ACTIVE');
    const isPaid = (gameId: string) => state === 'COMPLETED' && !refundedGameIds.includes(gameId);
    for (const { gameId } of lines) {
      if (isPaid(gameId) && !isActive(gameId))
        wrong(`is ${state}, and there is no licence for ${gameId}`, 'lost');
      if (!isPaid(gameId) && isActive(gameId))
        wrong(`is ${state}, and there is a licence for ${gameId}`, 'duplicated');
      if (!isPaid(gameId)) continue;
      const former = owned.get(`${ownerId} ${gameId}`);
      if (former) wrong(`paid for what ${former} had paid for already`, 'duplicated');
      owned.set(`${ownerId} ${gameId}`, id);
    }
    const isOrdered = ({ userId, gameId }: LicenceRow) =>
      userId === ownerId && lines.some(line => line.gameId === gameId);
    if (!licensed.every(isOrdered)) wrong('has a licence for something else');
    const sums = sumsOf(moves.get(id) ?? []);
    if (!isRight(sums, order))
      wrong(`is ${state}, and of ${minor} ${JSON.stringify(sums)}`, 'ledger');
  }
  const known = new Set(orders.map(({ id }) => id));
  for (const { orderId, state } of licences)
    if (state === 'ACTIVE' && !known.has(orderId))
      violations.push({
        ...{ invariant: 'I5', damage: 'duplicated' },
        told: `there is a licence for ${orderId}, and no such order`,
      });
  return violations;
}

/** I5: the provider has kept what an order was charged and not given back, and has nothing set aside; the book says so too. */
export function checkPayments(
  orders: OrderRow[],
  payments: PaymentRow[],
  topUpsMinor: number,
  accounts: AccountRow[],
): Violation[] {
  const violations: Violation[] = [];
  const wrong = (told: string) => violations.push({ invariant: 'I5', damage: 'ledger', told });
  const paymentOf = new Map(payments.map(payment => [payment.id, payment]));
  for (const order of orders.filter(({ chargedMinor }) => chargedMinor > 0)) {
    const { id, state, chargedMinor } = order;
    const payment = paymentOf.get(id);
    // What was charged is given back before what the wallet paid.
    const due = state === 'COMPLETED' ? Math.max(0, chargedMinor - refundedOf(order)) : 0;
    if (!payment || payment.isDue)
      wrong(`the payment of the order ${id} is ${payment?.state ?? 'not there'}, and no end`);
    else if (keptOf(payment) !== due)
      wrong(`the order ${id} is ${state}, and the provider has ${keptOf(payment)}, not ${due}`);
  }
  const received = payments.reduce((sum, payment) => sum + keptOf(payment), topUpsMinor);
  const booked = accounts
    .filter(({ kind }) => kind === 'CLEARING')
    .reduce((sum, { minor }) => sum - minor, 0);
  if (received !== booked) wrong(`the provider has ${received}, and by the book ${booked}`);
  return violations;
}

/** What the provider has of it. What is set aside is nobody's yet, and is counted, so that it is missed if it stays. */
function keptOf({ state, minor, refundedMinor }: PaymentRow): number {
  return state === 'CAPTURED' || state === 'AUTHORISED' ? minor - refundedMinor : 0;
}

/** I5: a voucher is used as often as there are orders with it, and no more than it may be. */
export function checkVouchers(vouchers: VoucherRow[]): Violation[] {
  return vouchers
    .filter(({ max, count, redeemed, orders }) => {
      const isUsed = orders.length === redeemed && !orders.includes('REFUSED');
      return count !== redeemed || count > max || !isUsed;
    })
    .map(({ id, max, count, redeemed, orders }) => ({
      ...{ invariant: 'I5', damage: 'ledger' },
      told: `the voucher ${id}, good for ${max}, counts ${count} of ${redeemed}, for orders ${orders.join()}`,
    }));
}

/** I7: each consumer has had every event of its aggregates, of which none is missing in between. */
export function checkEvents(heads: Head[], positions: Position[]): Violation[] {
  const violations: Violation[] = [];
  const lost = (told: string) => violations.push({ invariant: 'I7', damage: 'lost', told });
  for (const { topic, id, version, archived, archivedUpTo } of heads)
    if (archived !== version || archivedUpTo !== version)
      lost(`${topic} ${id} is at version ${version}, and ${archived} of its events were published`);
  for (const { consumer, topic, id, version, had } of behind(heads, positions))
    lost(`${consumer} has had ${had} of ${version} events of ${topic} ${id}`);
  return violations;
}

/** Where consumers have not had all events. Each is to have those of all aggregates of the topics that it has any of. */
export function behind(heads: Head[], positions: Position[]): (Position & { had: number })[] {
  const had = new Map(
    positions.map(({ consumer, topic, id, version }) => [`${consumer} ${topic} ${id}`, version]),
  );
  const consumersOf = Map.groupBy(positions, ({ topic }) => topic);
  const found: (Position & { had: number })[] = [];
  for (const { topic, id, version } of heads) {
    for (const consumer of new Set(consumersOf.get(topic)?.map(position => position.consumer))) {
      const upTo = had.get(`${consumer} ${topic} ${id}`) ?? 0;
      if (upTo !== version) found.push({ consumer, topic, id, version, had: upTo });
    }
  }
  return found;
}

/** I12: what was set aside is what was poisoned. `id` is the event's, or what was put in its place. */
export function checkDeadLetters(
  told: { id: string; error: string }[],
  injected: Set<string>,
): Violation[] {
  return told
    .filter(({ id }) => !injected.has(id))
    .map(({ id, error }) => ({
      ...{ invariant: 'I12', damage: 'other' },
      told: `the event ${id} is a dead letter: ${error}`,
    }));
}
