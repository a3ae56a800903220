import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { IdempotentInput } from '../idempotency/idempotency.inputs.js';
import { OrderState } from './order.entity.js';

@InputType({ description: 'What to buy, at the price of a quote.' })
export class PurchaseGameInput extends IdempotentInput {
  @Field(() => ID)
  quoteId!: string;
}

@InputType({ description: 'Which order to give back.' })
export class RefundOrderInput extends IdempotentInput {
  @Field(() => ID)
  orderId!: string;
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
