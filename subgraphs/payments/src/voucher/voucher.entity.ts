import { globalId, Refusal } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';

/** What is told alike of codes that there never were and of those that are used up: nobody finds codes by trying. */
@ObjectType({
  implements: Refusal,
  description:
    'There is no such voucher, or not for this order, not any more, or not for you again.',
})
export class VoucherNotValid extends Refusal {
  constructor() {
    super('This voucher is not valid for this order.');
  }
}

/** Takes a part off the price of an order, so often, until some time, and once for each user. */
@Entity({ tableName: 'voucher' })
@ObjectType({ description: 'Takes a part off the price of an order.' })
export class Voucher {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Field(() => String, { description: 'What the buyer enters.' })
  @Property({ type: 'text' })
  code!: string;

  @Field(() => Int, { description: 'Off the price, after discounts.' })
  @Property({ type: 'integer' })
  percent!: number;

  /** Null: for any order. */
  @Property({ type: 'uuid', nullable: true })
  gameId!: string | null;

  @Field(() => Int, { description: 'How often it can be redeemed, by so many users.' })
  @Property({ type: 'integer' })
  redemptionsMax!: number;

  @Field(() => Int)
  @Property({ type: 'integer' })
  redemptionsCount: number = 0;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  expiresAt!: Date;

  @Field(() => ID, { name: 'id' })
  get globalId(): string {
    return globalId('Voucher', this.id);
  }

  isGoodFor(gameIds: string[], at: Date): boolean {
    return (
      at < this.expiresAt &&
      this.redemptionsCount < this.redemptionsMax &&
      (this.gameId === null || gameIds.includes(this.gameId))
    );
  }
}
