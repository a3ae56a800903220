import { Money } from '@gamegraph/subgraph-kit';
import { Field, ObjectType, registerEnumType } from 'type-graphql';

export enum TransferKind {
  TOP_UP = 'TOP_UP',
  HOLD = 'HOLD',
  CAPTURE = 'CAPTURE',
  RELEASE = 'RELEASE',
  REFUND = 'REFUND',
}

registerEnumType(TransferKind, {
  name: 'TransferKind',
  description: 'Why money moved.',
  valuesConfig: {
    TOP_UP: { description: 'It came from the payment provider into a wallet.' },
    HOLD: { description: 'It was set aside for an order.' },
    CAPTURE: { description: 'The order was completed, and the money set aside for it was taken.' },
    RELEASE: { description: 'The order was refused, and the money set aside for it came back.' },
    REFUND: { description: 'The order was refunded.' },
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
