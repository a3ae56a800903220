import { transact } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { endEscrow, openWallet } from '../ledger/ledger.js';
import { TransferKind } from '../ledger/transfer.type.js';
import { Escrow, EscrowDeadline, EscrowState, EscrowStep } from './escrow.entity.js';
import type { EscrowEnded } from './escrow.refusals.js';

const END_MAX = 500;

const KINDS = {
  [EscrowStep.RELEASE]: TransferKind.ESCROW_RELEASE,
  [EscrowStep.REFUND]: TransferKind.ESCROW_REFUND,
  [EscrowStep.SPLIT]: TransferKind.ESCROW_SPLIT,
} as const;

/** Ends an escrow whose row is locked, and gives its money to whom it is for then. */
export async function end(
  tx: EntityManager,
  escrow: Escrow,
  step: EscrowStep,
  at: Date,
  payeeMinor?: bigint,
): Promise<EscrowEnded | undefined> {
  const refusal = escrow.end(step, at, payeeMinor);
  if (refusal) return refusal;
  const { id, walletId: payerWalletId, payeeId, currency, amount } = escrow;
  const ofPayee = escrow.payeeMinor!;
  const shares = [
    ...(ofPayee > 0n ? [{ dst: await openWallet(tx, payeeId, currency), minor: ofPayee }] : []),
    ...(ofPayee < amount.minor ? [{ dst: payerWalletId, minor: amount.minor - ofPayee }] : []),
  ];
  await endEscrow(tx, { id, amount }, KINDS[step], shares, at);
  return undefined;
}

/** Ends escrows whose deadline is over, as was agreed when they were opened. */
export async function endAtDeadline(em: EntityManager, now: Date): Promise<void> {
  const due = await em.find(
    Escrow,
    { state: EscrowState.FUNDED, deadlineAt: { $lte: now } },
    { orderBy: { deadlineAt: 'asc' }, limit: END_MAX, fields: ['id'] },
  );
  for (const { id } of due) {
    await transact(em, async tx => {
      const escrow = await tx.findOneOrFail(Escrow, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const isRelease = escrow.atDeadline === EscrowDeadline.RELEASE;
      // Who ended it meanwhile has ended it.
      await end(tx, escrow, isRelease ? EscrowStep.RELEASE : EscrowStep.REFUND, now);
    });
  }
}
