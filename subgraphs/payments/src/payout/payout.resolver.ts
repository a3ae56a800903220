import {
  badInput,
  Connection,
  ConnectionArgs,
  listOf,
  notFound,
  once,
  query,
  RequiresScopes,
  requireViewer,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Arg, Args, Ctx, FieldResolver, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { StudioCopy } from '../studio/studio.projection.js';
import { Studio } from '../studio/studio.stub.js';
import { maySeeMoneyOf, Payout } from './payout.entity.js';
import { AgreeRevenueShareInput, RevenueShare, sharesWhere } from './revenue-share.type.js';

@ObjectType({ description: 'Payouts, newest first.' })
class PayoutConnection extends Connection(Payout, 'Payout') {}

@Resolver(() => Studio)
export class StudioMoneyResolver {
  @FieldResolver(() => PayoutConnection, {
    nullable: true,
    description:
      'What it is paid for each month. For its members, analysts and those who operate payments.',
  })
  async payouts(
    @Root() { id }: Studio,
    @Args() args: ConnectionArgs,
    @Ctx() context: PaymentsContext,
  ) {
    if (!(await maySeeMoneyOf(id, context))) return null;
    return listOf(
      ...([context.em, 'Studio.payouts', { column: sql`e.studio_id`, id }, args] as const),
      {
        entity: Payout,
        orderBy: [{ by: sql`e.period_to`, type: 'timestamptz', descending: true }],
      },
    );
  }

  @FieldResolver(() => [RevenueShare], {
    nullable: true,
    description:
      'The last versions of what it has of its prices, newest first. For those who may see its payouts.',
  })
  async revenueShares(@Root() { id }: Studio, @Ctx() context: PaymentsContext) {
    if (!(await maySeeMoneyOf(id, context))) return null;
    return sharesWhere(context.em, sql`studio_id = ${id} OR studio_id IS NULL`);
  }

  @Mutation(() => RevenueShare, {
    description:
      'Agrees on what a studio has of its prices from a moment on. What was sold before is not touched, nor are its refunds.',
  })
  @RequiresScopes('payments:operate')
  async agreeRevenueShare(
    @Arg('input', () => AgreeRevenueShareInput) input: AgreeRevenueShareInput,
    @Ctx() context: PaymentsContext,
  ) {
    const { userId } = requireViewer(context);
    const { studioBps, validFrom } = input;
    const studioId = input.studioId == null ? null : uuidOf('Studio', input.studioId);
    const version = await once<never>(context, 'agreeRevenueShare', input, [], async (tx, at) => {
      if (validFrom < at)
        throw badInput('A share is agreed ahead: `validFrom` is not in the past.');
      if (studioId !== null && !(await tx.findOne(StudioCopy, studioId))) throw notFound('Studio');
      const [row] = await query<{ version: number }>(
        tx,
        sql`INSERT INTO revenue_share (studio_id, studio_bps, valid_from, made_by, made_at)
              VALUES (${studioId}, ${studioBps}, ${validFrom}, ${userId}, ${at}) RETURNING version`,
      );
      return String(row!.version);
    });
    const [share] = await sharesWhere(context.em, sql`version = ${version}::int`);
    return share!;
  }
}
