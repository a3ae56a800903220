import { load, Money, money, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { Game } from '../game/game.stub.js';
import { StudioCopy } from '../studio/studio.projection.js';
import { Studio } from '../studio/studio.stub.js';

@ObjectType({ description: 'What a game brought its studio within one payout.' })
class PayoutLine {
  @Field(() => Game)
  game!: Game;

  @Field(() => String, { nullable: true, description: 'As the game was called then.' })
  title!: string | null;

  @Field(() => Money, { description: "The studio's shares of what was sold." })
  share!: Money;

  @Field(() => Money, { description: 'What it gave back for refunds and chargebacks.' })
  back!: Money;
}

/** As a line is kept, in JSON, which has no whole numbers of that size. */
export interface KeptLine {
  gameId: string;
  title: string | null;
  shareMinor: string;
  backMinor: string;
}

/** It is written by payout.process.ts alone, and never changes. */
@Entity()
@ObjectType({
  description:
    'What a studio is paid for a month. For its members, for analysts, and for those who operate payments.',
})
@Node<PaymentsContext, Payout>('Payout', async (id, context) => {
  const payout = await load(context.em, Payout, id);
  return payout && (await maySeeMoneyOf(payout.studioId, context)) ? payout : null;
})
export class Payout {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  studioId!: string;

  @Property({ type: 'text' })
  currency!: string;

  @Field(() => Date, { nullable: true, description: 'Null of the first: from the beginning.' })
  @Property({ type: 'timestamptz', nullable: true })
  periodFrom!: Date | null;

  @Field(() => Date, { description: 'It covers what happened before this moment.' })
  @Property({ type: 'timestamptz' })
  periodTo!: Date;

  @Property({ type: 'bigint' })
  carriedMinor!: bigint;

  @Property({ type: 'jsonb', fieldName: 'lines' })
  keptLines!: KeptLine[];

  @Property({ type: 'bigint' })
  minor!: bigint;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  madeAt!: Date;

  @Field(() => Money, {
    description: 'What is paid: the lines with what was carried, or zero while that is negative.',
  })
  get amount(): Money {
    return money(this.minor, this.currency);
  }

  @Field(() => Money, {
    description: 'From the payout before: negative when more was given back than was sold.',
  })
  get carried(): Money {
    return money(this.carriedMinor, this.currency);
  }

  @Field(() => Studio)
  get studio(): Studio {
    return new Studio(this.studioId);
  }

  @Field(() => [PayoutLine], { description: 'By game.' })
  get lines(): PayoutLine[] {
    return this.keptLines.map(({ gameId, title, shareMinor, backMinor }) => ({
      ...{ game: new Game(gameId), title },
      share: money(shareMinor, this.currency),
      back: money(backMinor, this.currency),
    }));
  }
}

/** Whether the viewer is a member of the studio, an analyst, or operates payments. */
export async function maySeeMoneyOf(
  studioId: string,
  { em, viewer }: PaymentsContext,
): Promise<boolean> {
  if (!viewer) return false;
  const { userId, permissions } = viewer;
  if (permissions.has('analytics:read') || permissions.has('payments:operate')) return true;
  const studio = await load(em, StudioCopy, studioId);
  return studio?.members.some(member => member.userId === userId) ?? false;
}
