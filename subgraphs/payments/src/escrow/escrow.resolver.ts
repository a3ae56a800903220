import {
  Authenticated,
  badInput,
  Connection,
  ConnectionArgs,
  entityOr,
  forbidden,
  list,
  load,
  money,
  notFound,
  once,
  requireViewer,
  tidy,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { fundEscrow, lockWallet } from '../ledger/ledger.js';
import { InsufficientFunds } from '../order/order.refusals.js';
import { payable } from '../top-up/top-up.inputs.js';
import { UserCopy } from '../user/user.projection.js';
import { User } from '../user/user.stub.js';
import { Escrow, EscrowStep } from './escrow.entity.js';
import { EndEscrowInput, OpenEscrowInput, SplitEscrowInput } from './escrow.inputs.js';
import { end } from './escrow.process.js';
import { EscrowEnded } from './escrow.refusals.js';

const LIFETIME_MS_MAX = 365 * 86_400_000;

const OpenEscrowResult = createUnionType({
  name: 'OpenEscrowResult',
  types: () => [Escrow, InsufficientFunds] as const,
});

const EndEscrowResult = createUnionType({
  name: 'EndEscrowResult',
  types: () => [Escrow, EscrowEnded] as const,
});

@ObjectType({ description: 'A list of escrows, newest first.' })
class EscrowConnection extends Connection(Escrow, 'Escrow') {}

@Resolver(() => Escrow)
export class EscrowResolver {
  @Query(() => Escrow, {
    nullable: true,
    description: 'Null when there is none, or none that the viewer may see.',
  })
  @Authenticated()
  async escrow(@Arg('id', () => ID) id: string, @Ctx() { em, viewer }: PaymentsContext) {
    const escrow = await load(em, Escrow, uuidOf('Escrow', id));
    return escrow?.isVisibleTo(viewer) ? escrow : null;
  }

  @Query(() => EscrowConnection, {
    description: 'Those that the viewer is a party or the arbiter of.',
  })
  @Authenticated()
  escrows(@Args() args: ConnectionArgs, @Ctx() context: PaymentsContext) {
    const { userId } = requireViewer(context);
    return list(context.em, args, {
      entity: Escrow,
      where: [sql`${userId} IN (e.payer_id, e.payee_id, e.arbiter_id)`],
      orderBy: [{ by: sql`e.created_at`, type: 'timestamptz', descending: true }],
    });
  }

  @Mutation(() => OpenEscrowResult, {
    description:
      "Sets money from the viewer's wallet aside for somebody else. The payer may release it, the payee may refund it, " +
      'the arbiter may do either or split it; else it ends at its deadline.',
  })
  @Authenticated()
  async openEscrow(
    @Arg('input', () => OpenEscrowInput) input: OpenEscrowInput,
    @Ctx() context: PaymentsContext,
  ) {
    const { userId: payerId } = requireViewer(context);
    const payeeId = uuidOf('User', input.payeeId);
    const arbiterId = input.arbiterId == null ? null : uuidOf('User', input.arbiterId);
    const amount = payable(input.amount);
    const { deadlineAt, atDeadline } = input;
    const outcome = await once(
      context,
      'openEscrow',
      input,
      [InsufficientFunds],
      async (tx, at) => {
        const parties = [payerId, payeeId, arbiterId].filter(id => id !== null);
        if (new Set(parties).size < parties.length)
          throw badInput('The payer, the payee and the arbiter are different users.');
        const known = await tx.count(UserCopy, { id: { $in: parties.slice(1) } });
        if (known < parties.length - 1) throw notFound('User');
        const lifetimeMs = deadlineAt.getTime() - at.getTime();
        if (lifetimeMs <= 0 || lifetimeMs > LIFETIME_MS_MAX)
          throw badInput('The deadline is a time to come, within a year.');
        const wallet = await lockWallet(tx, payerId, amount.currency);
        const missing = amount.minor - (wallet?.balanceMinor ?? 0n);
        if (!wallet || missing > 0n) return new InsufficientFunds(money(missing, amount.currency));
        const escrow = Object.assign(new Escrow(), {
          ...{ payerId, payeeId, arbiterId, walletId: wallet.id, purpose: tidy(input.purpose) },
          ...{ ...amount, deadlineAt, atDeadline, createdAt: at },
        });
        tx.persist(escrow);
        await fundEscrow(tx, { id: escrow.id, walletId: wallet.id, amount }, at);
        return escrow.id;
      },
    );
    return entityOr(context, Escrow, outcome);
  }

  @Mutation(() => EndEscrowResult, { description: 'Gives the money to the payee.' })
  @Authenticated()
  releaseEscrow(
    @Arg('input', () => EndEscrowInput) input: EndEscrowInput,
    @Ctx() context: PaymentsContext,
  ) {
    return endOnce(context, 'releaseEscrow', input, EscrowStep.RELEASE);
  }

  @Mutation(() => EndEscrowResult, { description: 'Gives the money back to the payer.' })
  @Authenticated()
  refundEscrow(
    @Arg('input', () => EndEscrowInput) input: EndEscrowInput,
    @Ctx() context: PaymentsContext,
  ) {
    return endOnce(context, 'refundEscrow', input, EscrowStep.REFUND);
  }

  @Mutation(() => EndEscrowResult, {
    description: 'Gives a part of the money to each. For the arbiter.',
  })
  @Authenticated()
  splitEscrow(
    @Arg('input', () => SplitEscrowInput) input: SplitEscrowInput,
    @Ctx() context: PaymentsContext,
  ) {
    return endOnce(context, 'splitEscrow', input, EscrowStep.SPLIT, input.payeeMinor);
  }

  @FieldResolver(() => User)
  payer(@Root() { payerId }: Escrow) {
    return new User(payerId);
  }

  @FieldResolver(() => User)
  payee(@Root() { payeeId }: Escrow) {
    return new User(payeeId);
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Null when those who operate payments are.',
  })
  arbiter(@Root() { arbiterId }: Escrow) {
    return arbiterId === null ? null : new User(arbiterId);
  }
}

async function endOnce(
  context: PaymentsContext,
  mutation: string,
  input: EndEscrowInput,
  step: EscrowStep,
  payeeMinor?: bigint,
) {
  const viewer = requireViewer(context);
  const id = uuidOf('Escrow', input.escrowId);
  const outcome = await once(context, mutation, input, [EscrowEnded], async (tx, at) => {
    const escrow = await tx.findOne(Escrow, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!escrow?.isVisibleTo(viewer)) throw notFound('Escrow');
    if (!escrow.allows(viewer, step))
      throw forbidden('That is for the other party, or for the arbiter.');
    if (payeeMinor !== undefined && (payeeMinor < 1n || payeeMinor >= escrow.minor))
      throw badInput('Each of the two gets something: the payee at least 1, and less than all.');
    return (await end(tx, escrow, step, at, payeeMinor)) ?? escrow.id;
  });
  return entityOr(context, Escrow, outcome);
}
