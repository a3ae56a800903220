import { Money, money } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { TransferKind } from '../ledger/transfer.type.js';

export enum TransferDirection {
  IN = 'IN',
  OUT = 'OUT',
}

registerEnumType(TransferDirection, {
  name: 'TransferDirection',
  description: 'Whether money came into a wallet, or went out of it.',
});

/** Transfers as the wallets on both sides see them. `position` is their order. */
export const WALLET_TRANSACTIONS = `
  SELECT op AS id, id AS position, dst AS wallet_id, 'IN' AS direction, dst_balance AS balance_after_minor,
    kind, currency, minor, ref, at FROM transfer
  UNION ALL
  SELECT op, id, src, 'OUT', src_balance, kind, currency, minor, ref, at FROM transfer`;

@Entity({ expression: WALLET_TRANSACTIONS })
@ObjectType({ description: 'A movement of money into a wallet, or out of it. It never changes.' })
export class WalletTransaction {
  @Property({ type: 'uuid' })
  id!: string;

  @Field(() => TransferKind)
  @Property({ type: 'text' })
  kind!: TransferKind;

  @Field(() => TransferDirection)
  @Property({ type: 'text' })
  direction!: TransferDirection;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  minor!: bigint;

  @Property({ type: 'bigint' })
  balanceAfterMinor!: bigint;

  /** The order or the top-up that it was for. */
  @Property({ type: 'uuid' })
  ref!: string;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  at!: Date;

  @Field(() => Money, { description: 'How much, in whichever direction: never negative.' })
  get amount(): Money {
    return money(this.minor, this.currency);
  }

  @Field(() => Money, { description: "The wallet's balance right after it." })
  get balanceAfter(): Money {
    return money(this.balanceAfterMinor, this.currency);
  }
}
