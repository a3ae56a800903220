import { load, Money, money, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import type { PaymentsContext } from '../context.js';

/** An account of the ledger that is somebody's. It is read here, and written by ledger/ledger.ts alone. */
@Entity({ tableName: 'account' })
@ObjectType({ description: 'Money of one currency that somebody has on this platform.' })
@Node<PaymentsContext, Wallet>('Wallet', async (id, { em, viewer }) => {
  const wallet = await load(em, Wallet, id);
  return viewer && wallet?.userId === viewer.userId ? wallet : null;
})
export class Wallet {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  kind!: string;

  /** Null for accounts that are nobody's, which are no wallets. */
  @Property({ type: 'uuid', nullable: true })
  userId!: string | null;

  /** Null for a wallet: its owner is a user. */
  @Property({ type: 'uuid', nullable: true })
  ownerId!: string | null;

  @Field(() => String, { description: 'ISO 4217.' })
  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  input!: bigint;

  @Property({ type: 'bigint' })
  output!: bigint;

  /** Of a hold: what was captured, and not given back. */
  @Property({ type: 'bigint' })
  refundable!: bigint;

  @Field(() => Money, { description: 'What can be spent: without what is held.' })
  get balance(): Money {
    return money(this.input - this.output, this.currency);
  }
}
