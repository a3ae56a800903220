import { IdempotentInput, query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { IsOptional, Max, Min } from 'class-validator';
import { type RawBuilder, sql } from 'kysely';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Studio } from '../studio/studio.stub.js';

const SHARES_MAX = 100;

@ObjectType({
  description:
    'What a studio has of the prices of its games, from some moment until the next version. It never changes; a refund gives ' +
    'back the share by which was sold.',
})
export class RevenueShare {
  @Field(() => Int)
  version!: number;

  @Field(() => Studio, {
    nullable: true,
    description: 'Null: for all studios without a share of their own.',
  })
  studio!: Studio | null;

  @Field(() => Int, { description: 'In hundredths of a per cent: 7000 is 70 %.' })
  studioBps!: number;

  @Field(() => Date)
  validFrom!: Date;
}

@InputType({ description: 'A share that studios will have.' })
export class AgreeRevenueShareInput extends IdempotentInput {
  @Field(() => ID, {
    nullable: true,
    description: 'For this studio alone; if not given, for all without a share of their own.',
  })
  @IsOptional()
  studioId?: string | null;

  @Field(() => Int, { description: 'In hundredths of a per cent: 0 to 10000.' })
  @Min(0)
  @Max(10_000)
  studioBps!: number;

  @Field(() => Date, { description: 'From when on: not in the past.' })
  validFrom!: Date;
}

/** The newest first, a limited number. */
export async function sharesWhere(
  em: EntityManager,
  condition: RawBuilder<unknown>,
): Promise<RevenueShare[]> {
  const rows = await query<{
    version: number;
    studio_id: string | null;
    studio_bps: number;
    valid_from: string;
  }>(
    em,
    sql`SELECT version, studio_id, studio_bps, valid_from FROM revenue_share WHERE ${condition}
        ORDER BY valid_from DESC, version DESC LIMIT ${SHARES_MAX}`,
  );
  return rows.map(({ version, studio_id, studio_bps, valid_from }) => ({
    ...{ version, studioBps: studio_bps, validFrom: new Date(valid_from) },
    studio: studio_id === null ? null : new Studio(studio_id),
  }));
}
