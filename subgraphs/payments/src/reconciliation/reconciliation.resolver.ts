import {
  badInput,
  Connection,
  ConnectionArgs,
  DateTime,
  list,
  RequiresScopes,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Arg, Args, Ctx, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { PaymentMismatch } from './payment-mismatch.entity.js';
import { reconcile } from './reconcile.js';

const DAYS_MAX = 31;

@ObjectType({ description: 'Charges of which the payment provider and we do not say the same.' })
class PaymentMismatchConnection extends Connection(PaymentMismatch, 'PaymentMismatch') {}

const From = () => Arg('from', () => DateTime, { description: 'Of charges begun from then on.' });
const To = () => Arg('to', () => DateTime, { description: 'Before then.' });

@Resolver()
export class ReconciliationResolver {
  @Query(() => PaymentMismatchConnection, {
    description:
      'Where the payment provider’s report and we differ, newest first, with the cure of each. The last day is compared each ' +
      'hour; `reconcilePayments` compares any other time.',
  })
  @RequiresScopes('payments:operate')
  paymentReconciliation(
    @From() from: Date,
    @To() to: Date,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: PaymentsContext,
  ) {
    return list(em, args, {
      entity: PaymentMismatch,
      where: [sql`e.charged_at >= ${from}`, sql`e.charged_at < ${to}`],
      orderBy: [{ by: sql`e.charged_at`, type: 'timestamptz', descending: true }],
    });
  }

  @Mutation(() => Int, {
    description:
      'Compares the payment provider’s report of a time with ours, 31 days at most, and keeps what differs for ' +
      '`paymentReconciliation`. Moves no money. Answers how many charges were compared.',
  })
  @RequiresScopes('payments:operate')
  reconcilePayments(
    @From() from: Date,
    @To() to: Date,
    @Ctx() { em, provider, now }: PaymentsContext,
  ) {
    const days = (to.getTime() - from.getTime()) / 86_400_000;
    if (!(days > 0 && days <= DAYS_MAX))
      throw badInput(`It is a time of at most ${DAYS_MAX} days, from before to.`);
    return reconcile(em, provider, { from, to }, now());
  }
}
