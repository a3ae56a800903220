import { IdempotentInput } from '@gamegraph/subgraph-kit';
import { ArrayMaxSize, IsOptional, MaxLength } from 'class-validator';
import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { OrderState } from './order.entity.js';

export enum OrderFunding {
  WALLET = 'WALLET',
  PROVIDER = 'PROVIDER',
  MIXED = 'MIXED',
}

registerEnumType(OrderFunding, {
  name: 'OrderFunding',
  description: 'What pays for an order.',
  valuesConfig: {
    WALLET: { description: 'The wallet of the currency, all of it.' },
    PROVIDER: { description: 'The payment provider is charged all of it.' },
    MIXED: { description: 'The wallet what it has, and the payment provider the rest.' },
  },
});

@InputType({ description: 'What to buy, at the price of a quote.' })
export class PurchaseGameInput extends IdempotentInput {
  @Field(() => ID)
  quoteId!: string;

  @Field(() => OrderFunding, { nullable: true, description: 'If not given: WALLET.' })
  funding?: OrderFunding | null;

  @Field(() => String, { nullable: true, description: 'Of a voucher, which takes a part off.' })
  @IsOptional()
  @MaxLength(64)
  voucherCode?: string | null;
}

@InputType({ description: 'Which order to give back.' })
export class RefundOrderInput extends IdempotentInput {
  @Field(() => ID)
  orderId!: string;

  @Field(() => [ID], {
    nullable: true,
    description: 'Which of its games; if not given: all. Those of a bundle go together.',
  })
  @IsOptional()
  @ArrayMaxSize(1_000)
  gameIds?: string[] | null;
}

@InputType({ description: 'Which orders. What is not given does not matter.' })
export class OrderFilter {
  @Field(() => OrderState, { nullable: true })
  state?: OrderState | null;

  @Field(() => ID, { nullable: true })
  gameId?: string | null;

  @Field(() => ID, { nullable: true })
  buyerId?: string | null;
}

export enum OrderSort {
  NEWEST = 'NEWEST',
  GAME_TITLE = 'GAME_TITLE',
  AMOUNT = 'AMOUNT',
}

registerEnumType(OrderSort, {
  name: 'OrderSort',
  description: 'The order of orders. Amounts by currency, and then from high to low.',
});
