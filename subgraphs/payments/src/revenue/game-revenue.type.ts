import { Money, money } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Game } from '../game/game.stub.js';

/** A row of a report: counted when it is asked for, and kept nowhere. */
@Entity({ expression: 'SELECT NULL' })
@ObjectType({ description: 'What a game earned in one currency, over some time.' })
export class GameRevenue {
  /** The game's. */
  @Property({ type: 'uuid' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'As the game is called now.' })
  @Property({ type: 'text' })
  title!: string | null;

  @Field(() => Int, {
    description: 'Purchases that were completed. Those that cost nothing do not count.',
  })
  @Property({ type: 'integer' })
  orders!: number;

  @Field(() => Int, { description: 'Refunds that were given, whenever the purchase was.' })
  @Property({ type: 'integer' })
  refunds!: number;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  netMinor!: bigint;

  @Field(() => Money, {
    description: 'What was taken, less what was given back: it may be negative.',
  })
  get net(): Money {
    return money(this.netMinor, this.currency);
  }

  @Field(() => Game)
  get game(): Game {
    return new Game(this.id);
  }
}

@InputType({ description: 'Of what time, and in which currency.' })
export class RevenueFilter {
  @Field(() => Date, { nullable: true, description: 'From then on.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Before then.' })
  to?: Date | null;

  @Field(() => String, { description: 'ISO 4217. Amounts of different currencies never mix.' })
  currency!: string;
}

export enum RevenueSort {
  NET = 'NET',
  ORDERS = 'ORDERS',
  REFUNDS = 'REFUNDS',
  GAME_TITLE = 'GAME_TITLE',
}

registerEnumType(RevenueSort, {
  name: 'RevenueSort',
  description: 'The order of games in a report; figures from high to low.',
});
