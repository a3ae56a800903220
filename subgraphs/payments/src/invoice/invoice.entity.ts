import { Money, money } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Game } from '../game/game.stub.js';
import { Studio } from '../studio/studio.stub.js';

/** Who sells what no studio is known to. */
export const PLATFORM = '00000000-0000-0000-0000-000000000000';

export enum InvoiceKind {
  RECEIPT = 'RECEIPT',
  CREDIT_NOTE = 'CREDIT_NOTE',
}

registerEnumType(InvoiceKind, {
  name: 'InvoiceKind',
  description: 'What an invoice is for.',
  valuesConfig: {
    RECEIPT: { description: 'What was paid.' },
    CREDIT_NOTE: { description: 'What was given back, or charged back.' },
  },
});

@ObjectType({ description: 'A game on an invoice.' })
class InvoiceLine {
  @Field(() => Game)
  game!: Game;

  @Field(() => String, { nullable: true, description: 'As the game was called then.' })
  title!: string | null;

  @Field(() => Money)
  amount!: Money;
}

/** It is written by invoice.process.ts alone, and never changes. */
@Entity()
@ObjectType({
  description: 'What one seller had for games of an order, or gave back of that. It never changes.',
})
export class Invoice {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  sellerId!: string;

  @Property({ type: 'bigint' })
  number!: bigint;

  @Field(() => InvoiceKind)
  @Property({ type: 'text' })
  kind!: InvoiceKind;

  @Property({ type: 'uuid' })
  orderId!: string;

  /** The operation of the ledger that it is about. */
  @Property({ type: 'uuid' })
  op!: string;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  minor!: bigint;

  @Property({ type: 'jsonb', fieldName: 'lines' })
  keptLines!: { gameId: string; title: string | null; minor: string }[];

  /** Of the operation's transaction: what is later was not looked at yet when this was issued. */
  @Property({ columnType: 'xid8' })
  xid!: string;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  issuedAt!: Date;

  @Field(() => String, {
    name: 'number',
    description: "1, 2, 3 … without a gap among the seller's: receipts and credit notes together.",
  })
  get writtenNumber(): string {
    return String(this.number);
  }

  @Field(() => Money)
  get amount(): Money {
    return money(this.minor, this.currency);
  }

  @Field(() => Studio, { nullable: true, description: 'Null: the platform itself.' })
  get seller(): Studio | null {
    return this.sellerId === PLATFORM ? null : new Studio(this.sellerId);
  }

  @Field(() => [InvoiceLine])
  get lines(): InvoiceLine[] {
    return this.keptLines.map(({ gameId, title, minor }) => ({
      ...{ game: new Game(gameId), title },
      amount: money(minor, this.currency),
    }));
  }
}
