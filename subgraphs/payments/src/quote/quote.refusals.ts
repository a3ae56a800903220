import { Money, Refusal } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';

@ObjectType({
  implements: Refusal,
  description: 'The game is not on offer, or has no price in this region.',
})
export class GameNotForSale extends Refusal {
  constructor() {
    super('This game is not for sale here.');
  }
}

@ObjectType({ implements: Refusal, description: 'The quote is not good any more.' })
export class QuoteExpired extends Refusal {
  constructor() {
    super('This quote has expired. Ask for another.');
  }
}

@ObjectType({
  implements: Refusal,
  description:
    'The game costs less by now than was quoted, or is sold in another currency. (When it costs more, the quote is ' +
    'honoured.)',
})
export class PriceChanged extends Refusal {
  @Field(() => Money)
  quoted: Money;

  @Field(() => Money)
  current: Money;

  constructor(quoted: Money, current: Money) {
    super('The price has changed since it was quoted. Ask for another quote.');
    this.quoted = quoted;
    this.current = current;
  }
}
