import { Money, money } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { RegionalPrice } from '../game/game.entity.js';
import { Discount, type DiscountState } from './discount.type.js';

export enum PriceChangeKind {
  PRICE_SET = 'PRICE_SET',
  PRICE_REMOVED = 'PRICE_REMOVED',
  DISCOUNT_SCHEDULED = 'DISCOUNT_SCHEDULED',
  DISCOUNT_CANCELLED = 'DISCOUNT_CANCELLED',
}

registerEnumType(PriceChangeKind, {
  name: 'PriceChangeKind',
  description: 'What was done to the prices of a game.',
});

/** A line of the log of prices. The table takes new ones only. */
@Entity({ tableName: 'price_change' })
@ObjectType({ description: 'What somebody did to the prices of a game, and when.' })
export class PriceChange {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'uuid' })
  changedBy!: string;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  changedAt!: Date;

  @Field(() => PriceChangeKind)
  @Property({ type: 'text' })
  kind!: PriceChangeKind;

  @Field(() => String, { nullable: true, description: 'Whose price it was. Null of a discount.' })
  @Property({ type: 'text', nullable: true })
  region: string | null = null;

  @Property({ type: 'jsonb', nullable: true })
  priceBefore: RegionalPrice | null = null;

  @Property({ type: 'jsonb', nullable: true })
  priceAfter: RegionalPrice | null = null;

  @Field(() => Discount, { nullable: true })
  @Property({ type: 'jsonb', nullable: true })
  discount: DiscountState | null = null;

  static of(
    gameId: string,
    changedBy: string,
    changedAt: Date,
    what: Pick<PriceChange, 'kind'> &
      Partial<Pick<PriceChange, 'region' | 'priceBefore' | 'priceAfter' | 'discount'>>,
  ): PriceChange {
    return Object.assign(new PriceChange(), { gameId, changedBy, changedAt, ...what });
  }

  @Field(() => Money, { nullable: true, description: 'The price of the region before.' })
  get before(): Money | null {
    return this.priceBefore && money(this.priceBefore.minor, this.priceBefore.currency);
  }

  @Field(() => Money, { nullable: true, description: 'The price of the region since.' })
  get after(): Money | null {
    return this.priceAfter && money(this.priceAfter.minor, this.priceAfter.currency);
  }
}
