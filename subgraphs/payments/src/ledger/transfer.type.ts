import { Money } from '@gamegraph/subgraph-kit';
import { Field, ObjectType, registerEnumType } from 'type-graphql';

export enum TransferKind {
  TOP_UP = 'TOP_UP',
  HOLD = 'HOLD',
  CHARGE = 'CHARGE',
  CAPTURE = 'CAPTURE',
  RELEASE = 'RELEASE',
  REFUND = 'REFUND',
  CHARGEBACK = 'CHARGEBACK',
  SHARE = 'SHARE',
  SHARE_BACK = 'SHARE_BACK',
  PAYOUT = 'PAYOUT',
  ESCROW = 'ESCROW',
  ESCROW_RELEASE = 'ESCROW_RELEASE',
  ESCROW_REFUND = 'ESCROW_REFUND',
  ESCROW_SPLIT = 'ESCROW_SPLIT',
}

registerEnumType(TransferKind, {
  name: 'TransferKind',
  description: 'Why money moved.',
  valuesConfig: {
    TOP_UP: { description: 'It came from the payment provider into a wallet.' },
    HOLD: { description: 'It was set aside for an order.' },
    CHARGE: { description: 'It came from the payment provider, and was set aside for an order.' },
    CAPTURE: { description: 'The order was completed, and the money set aside for it was taken.' },
    RELEASE: { description: 'The order was refused, and the money set aside for it went back.' },
    REFUND: { description: 'The order was refunded.' },
    CHARGEBACK: { description: 'The payment provider took back what the payer disputed.' },
    SHARE: { description: "The studio's share of what was taken for a game." },
    SHARE_BACK: { description: 'The studio gave back its share of what was refunded.' },
    PAYOUT: { description: 'It was paid out to the studio.' },
    ESCROW: { description: 'It was put into escrow.' },
    ESCROW_RELEASE: { description: 'The escrow was released to its payee.' },
    ESCROW_REFUND: { description: 'The escrow was given back to its payer.' },
    ESCROW_SPLIT: { description: 'The arbiter split the escrow.' },
  },
});

@ObjectType({ description: 'A movement of the money of one order. It never changes.' })
export class OrderTransaction {
  @Field(() => TransferKind)
  kind!: TransferKind;

  @Field(() => Money)
  amount!: Money;

  @Field(() => Date)
  at!: Date;
}
