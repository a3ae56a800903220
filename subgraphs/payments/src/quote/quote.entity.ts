import { load, Money, money, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { PaymentsContext } from '../context.js';
import type { Line, Offer, OfferRefusal, Pricing, Wish } from './offer.js';
import { PriceChanged, QuoteExpired } from './quote.refusals.js';

const LIFETIME_MS = 10 * 60_000;

/**
 * A promise to sell somebody a game at a price for ten minutes.
 *
 * It is honoured although the price has risen since. When the game costs less by now, or is sold in another currency,
 * the purchase is refused with both figures: nobody pays more than today's price, or another amount than they agreed to.
 */
@Entity({ tableName: 'quote' })
@ObjectType({ description: 'What games cost one, promised for ten minutes.' })
@Node<PaymentsContext, Quote>('Quote', async (id, { em, viewer }) => {
  const quote = await load(em, Quote, id);
  return viewer && quote?.userId === viewer.userId ? quote : null;
})
export class Quote {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' }) // owned by `games`: an id, never a foreign key
  gameId!: string;

  /** For whom it is, if it is a gift. */
  @Property({ type: 'uuid', nullable: true })
  recipientId!: string | null;

  /** All that was asked for, with `gameId` first. */
  @Property({ type: 'uuid[]' })
  gameIds!: string[];

  @Property({ type: 'jsonb' })
  lines!: Line[];

  @Property({ type: 'text' })
  region!: string;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  baseMinor!: bigint;

  @Field(() => Int, { description: 'The discount that runs now; 0 when none does.' })
  @Property({ type: 'integer' })
  discountPercent!: number;

  @Property({ type: 'bigint' })
  minor!: bigint;

  @Field(() => Date, { description: 'Until when the price is promised.' })
  @Property({ type: 'timestamptz' })
  expiresAt!: Date;

  static make(
    asked: { userId: string; recipientId: string | null; gameIds: string[]; region: string },
    offer: Offer,
    at: Date,
  ): Quote {
    const expiresAt = new Date(at.getTime() + LIFETIME_MS);
    const gameId = asked.gameIds[0]!;
    return Object.assign(new Quote(), { ...asked, gameId, ...offer, expiresAt });
  }

  get wish(): Wish {
    const { gameIds, region, userId, recipientId } = this;
    return { gameIds, region, ownerId: recipientId ?? userId };
  }

  get pricing(): Pricing {
    const { region, baseMinor, discountPercent, minor } = this;
    const amounts = { baseMinor: String(baseMinor), quotedMinor: String(minor) };
    return { region, discountPercent, ...amounts, voucherPercent: null };
  }

  @Field(() => Money, {
    description:
      'What is to be paid: the base less the discount, rounded down to a whole minor unit.',
  })
  get amount(): Money {
    return money(this.minor, this.currency);
  }

  @Field(() => Money, { description: 'The price without the discount.' })
  get basePrice(): Money {
    return money(this.baseMinor, this.currency);
  }

  /** Why it is not to be bought by, if so, when this is what would be offered now. */
  refusal(offer: Offer | OfferRefusal, at: Date) {
    if (at >= this.expiresAt) return new QuoteExpired();
    if (!('lines' in offer)) return offer;
    const isKept = offer.currency === this.currency && offer.minor >= this.minor;
    return isKept ? undefined : new PriceChanged(this.amount, money(offer.minor, offer.currency));
  }
}
