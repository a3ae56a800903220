import type { Transaction } from './database.js';

export type Kind = 'TOP_UP' | 'HOLD' | 'CHARGE' | 'CAPTURE' | 'RELEASE' | 'REFUND';

/** A wallet, or the hold of an order, which has the order's id. What the platform has is the sum of its transfers. */
export interface Account {
  id: string;
  kind: 'WALLET' | 'HOLD';
  input: bigint;
  output: bigint;
}

export interface Transfer {
  kind: Kind;
  src: string;
  dst: string;
  minor: bigint;
  /** The order or the top-up that it is for. */
  ref: string;
}

/** What the constraints of the ledger do not let happen. */
export class LedgerRefusal extends Error {
  override name = 'LedgerRefusal';
}

export const CLEARING = 'clearing';
export const REVENUE = 'revenue';

type Book = Pick<Transaction, 'get' | 'set'>;

/** A model of post() in the database of payments, and of the constraints behind it: model.test.ts compares the two. */
export function post(book: Book, { kind, src, dst, minor, ref }: Transfer): void {
  move(book, src, 0n, minor);
  move(book, dst, minor, 0n);
  const earlier = book.get<Transfer[]>(`transfers ${ref}`) ?? [];
  if (kind !== 'REFUND' && earlier.some(one => one.kind === kind))
    throw new LedgerRefusal('one_of_each_kind');
  const isEnd = (of: Kind) => of === 'CAPTURE' || of === 'RELEASE';
  if (isEnd(kind) && earlier.some(one => isEnd(one.kind)))
    throw new LedgerRefusal('one_terminal_per_hold');
  const sumOf = (of: Kind) =>
    earlier.filter(one => one.kind === of).reduce((sum, one) => sum + one.minor, 0n);
  if (kind === 'REFUND' && sumOf('REFUND') + minor > sumOf('CAPTURE'))
    throw new LedgerRefusal('refunds_at_most_captured');
  book.set(`transfers ${ref}`, [...earlier, { kind, src, dst, minor, ref }]);
}

function move(book: Book, id: string, input: bigint, output: bigint): void {
  if (id === CLEARING || id === REVENUE) return;
  const account = book.get<Account>(`account ${id}`);
  if (!account) throw new LedgerRefusal('no such account');
  const moved = { ...account, input: account.input + input, output: account.output + output };
  if (moved.output > moved.input) throw new LedgerRefusal('account_not_below_zero');
  book.set(`account ${id}`, moved);
}

/** Does nothing when there is such an account. */
export function openAccount(book: Book, id: string, kind: Account['kind']): void {
  if (!book.get(`account ${id}`)) book.set(`account ${id}`, { id, kind, input: 0n, output: 0n });
}
