import {
  licenceGranted,
  licenceKept,
  licenceRefused,
  licenceRevoked,
  type LicenceState as AnnouncedLicence,
} from '@gamegraph/event-contracts';
import { type GraphContext, load, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';

/** Who has played for as long as this gets no money back. */
const REFUNDABLE_SECONDS = 2 * 60 * 60;

export enum LicenceSource {
  ORDER = 'ORDER',
  GRANT = 'GRANT',
}

registerEnumType(LicenceSource, {
  name: 'LicenceSource',
  description: 'Where a licence comes from. Clients must expect further values.',
  valuesConfig: {
    ORDER: { description: 'It was bought.' },
    GRANT: { description: 'An operator of the platform gave it.' },
  },
});

export enum LicenceState {
  ACTIVE = 'ACTIVE',
  REFUSED = 'REFUSED',
  REVOKED = 'REVOKED',
}

registerEnumType(LicenceState, {
  name: 'LicenceState',
  valuesConfig: {
    ACTIVE: { description: 'The game may be played.' },
    REFUSED: { description: 'It was never granted.' },
    REVOKED: { description: 'It is not good any more.' },
  },
  description: 'Whether a licence is good.',
});

/** For whom, which game, and what it comes from: the last two are a licence's identity. */
export interface LicenceOrigin {
  userId: string;
  gameId: string;
  source: LicenceSource;
  sourceId: string;
}

/**
 * A right to play a game, or the lasting word that there is none from this source.
 *
 * REFUSED for good; or ACTIVE, and then perhaps REVOKED for good. An active one from an order has a reason when a refund
 * was asked for and the licence was kept.
 */
@Entity({ tableName: 'licence' })
@ObjectType({ description: 'A right to play a game, and where it comes from.' })
@Node<GraphContext, Licence>('Licence', async (id, { em, viewer }) => {
  const licence = viewer ? await load(em, Licence, id) : null;
  const isTheirs =
    licence?.userId === viewer?.userId || viewer?.permissions.has('payments:operate');
  return isTheirs ? licence : null;
})
export class Licence {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  @Field(() => LicenceSource)
  @Property({ type: 'text' })
  source!: LicenceSource;

  /** The order's, or one of the grant's own. */
  @Property({ type: 'uuid' })
  sourceId!: string;

  @Field(() => LicenceState)
  @Property({ type: 'text' })
  state!: LicenceState;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was given, refused, revoked, or kept against a wish for a refund.',
  })
  @Property({ type: 'text', nullable: true })
  reason: string | null = null;

  /** Of the game, when the state was decided. */
  @Property({ type: 'integer' })
  playtimeSeconds: number = 0;

  @Field(() => Date, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  grantedAt: Date | null = null;

  @Field(() => Date, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null = null;

  static grant(origin: LicenceOrigin, reason: string | null, playtimeSeconds: number, at: Date) {
    const state = LicenceState.ACTIVE;
    const given = { ...origin, state, reason, playtimeSeconds, grantedAt: at };
    const licence = Object.assign(new Licence(), given);
    return { licence, event: licence.answer() };
  }

  static refuse(origin: LicenceOrigin, reason: string) {
    const state = LicenceState.REFUSED;
    const licence = Object.assign(new Licence(), { ...origin, state, reason });
    return { licence, event: licence.answer() };
  }

  /** Whether it was good at each moment between the two. */
  covers(from: Date, to: Date): boolean {
    return (
      this.grantedAt !== null &&
      this.grantedAt <= from &&
      (this.revokedAt === null || to <= this.revokedAt)
    );
  }

  /** The answer to the purchase it comes from, as often as that asks. */
  answer() {
    return this.state === LicenceState.ACTIVE
      ? licenceGranted(this.announced())
      : licenceRefused(this.announced());
  }

  revoke(reason: string, playtimeSeconds: number, at: Date) {
    Object.assign(this, { state: LicenceState.REVOKED, reason, playtimeSeconds, revokedAt: at });
    return licenceRevoked(this.announced());
  }

  /** The answer to a wish for a refund; once it is decided, always the same. */
  answerRefund(playtimeSeconds: number, at: Date) {
    if (this.state === LicenceState.REFUSED) return licenceRefused(this.announced());
    if (this.state === LicenceState.REVOKED) return licenceRevoked(this.announced());
    const isDecided = this.reason !== null;
    if (!isDecided && playtimeSeconds < REFUNDABLE_SECONDS)
      return this.revoke('refunded', playtimeSeconds, at);
    if (!isDecided) Object.assign(this, { reason: 'played for too long', playtimeSeconds });
    return licenceKept(this.announced());
  }

  /** What others may know, and keep copies of. */
  announced(): AnnouncedLicence {
    const { id, userId, gameId, source, sourceId, state, reason, playtimeSeconds } = this;
    return {
      ...{ id, userId, gameId, source, sourceId, state, reason, playtimeSeconds },
      grantedAt: this.grantedAt?.toISOString() ?? null,
    };
  }
}
