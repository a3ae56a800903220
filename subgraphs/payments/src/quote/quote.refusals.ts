import { Money, Refusal } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';
import { Game } from '../game/game.stub.js';

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

@ObjectType({
  implements: Refusal,
  description: 'Who is to have it owns it already; of a bundle, all of it.',
})
export class GameOwnedAlready extends Refusal {
  constructor() {
    super('This game is owned already.');
  }
}

@ObjectType({
  implements: Refusal,
  description: 'A DLC needs its base game: owned, or in the same order.',
})
export class BaseGameMissing extends Refusal {
  /** A uuid: kept with the outcome of a purchase. */
  baseGameId: string;

  constructor(baseGameId: string) {
    super('This needs its base game. Buy that first, or both in one order.');
    this.baseGameId = baseGameId;
  }

  @Field(() => Game, { description: 'What is needed.' })
  get baseGame(): Game {
    return new Game(this.baseGameId);
  }
}

@ObjectType({ implements: Refusal, description: 'A gift is for somebody else.' })
export class GiftNotPossible extends Refusal {
  constructor() {
    super('A gift is for somebody else. Leave the recipient out to buy for yourself.');
  }
}
