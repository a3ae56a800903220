import { randomBytes } from 'node:crypto';
import { badInput, IdempotentInput, once, RequiresScopes, uuidOf } from '@gamegraph/subgraph-kit';
import { Max, Min } from 'class-validator';
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { Voucher } from './voucher.entity.js';

/** 80 bits: it cannot be guessed, and can be typed. */
const CODE_BYTES = 10;

@InputType({ description: 'A voucher to make.' })
class CreateVoucherInput extends IdempotentInput {
  @Field(() => Int, { description: 'Off the price: 1 to 100.' })
  @Min(1)
  @Max(100)
  percent!: number;

  @Field(() => Int, { description: 'How often it can be redeemed: 1 to 1000000.' })
  @Min(1)
  @Max(1_000_000)
  redemptionsMax!: number;

  @Field(() => Date)
  expiresAt!: Date;

  @Field(() => ID, { nullable: true, description: 'Only for orders of this game or bundle.' })
  gameId?: string | null;
}

@Resolver(() => Voucher)
export class VoucherResolver {
  @Mutation(() => Voucher, { description: 'Makes a voucher, with a code of its own.' })
  @RequiresScopes('payments:operate')
  async createVoucher(
    @Arg('input', () => CreateVoucherInput) input: CreateVoucherInput,
    @Ctx() context: PaymentsContext,
  ) {
    const { percent, redemptionsMax, expiresAt } = input;
    if (expiresAt <= context.now()) throw badInput('expiresAt lies in the past.');
    const gameId = input.gameId == null ? null : uuidOf('Game', input.gameId);
    const id = await once<never>(context, 'createVoucher', input, [], async tx => {
      const code = randomBytes(CODE_BYTES).toString('hex').toUpperCase();
      const made = { code, percent, gameId, redemptionsMax, expiresAt };
      const voucher = Object.assign(new Voucher(), made);
      tx.persist(voucher);
      return voucher.id;
    });
    return context.em.findOneOrFail(Voucher, id);
  }
}
