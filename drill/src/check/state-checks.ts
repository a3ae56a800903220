import type { Violation } from './violation.js';

export interface OrderRow {
  id: string;
  buyerId: string;
  gameId: string;
  state: string;
  minor: number;
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
const MOVED: Record<string, (sums: Sums, minor: number) => boolean> = {
  COMPLETED: ({ held, captured, released, back }, minor) =>
    held === minor && captured === minor && released === 0 && back === 0,
  REFUSED: ({ held, captured, released, back }) => released === held && captured + back === 0,
  REFUNDED: ({ held, captured, released, back }, minor) =>
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

/** I5: an order, its licence and its money tell the same story. */
export function checkOrders(
  orders: OrderRow[],
  licences: LicenceRow[],
  transfers: TransferRow[],
): Violation[] {
  const violations: Violation[] = [];
  const licenceOf = new Map(licences.map(licence => [licence.orderId, licence]));
  const moves = Map.groupBy(transfers, transfer => transfer.ref);
  const owned = new Map<string, string>();
  for (const { id, buyerId, gameId, state, minor } of orders) {
    const wrong = (told: string, damage: Violation['damage'] = 'other') =>
      violations.push({ invariant: 'I5', damage, told: `the order ${id} ${told}` });
    const isRight = MOVED[state];
    if (!isRight) {
      wrong(`is still ${state}`);
      continue;
    }
    const licence = licenceOf.get(id);
    const isActive = licence?.state === 'ACTIVE';
    if (isActive !== (state === 'COMPLETED'))
      wrong(
        `is ${state}, and its licence ${licence?.state ?? 'is not there'}`,
        isActive ? 'duplicated' : 'lost',
      );
    if (licence && (licence.userId !== buyerId || licence.gameId !== gameId))
      wrong('has a licence for something else');
    const sums = sumsOf(moves.get(id) ?? []);
    if (!isRight(sums, minor))
      wrong(`is ${state}, and of ${minor} ${JSON.stringify(sums)}`, 'ledger');
    if (state !== 'COMPLETED') continue;
    const former = owned.get(`${buyerId} ${gameId}`);
    if (former) wrong(`paid for what ${former} had paid for already`, 'duplicated');
    owned.set(`${buyerId} ${gameId}`, id);
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
