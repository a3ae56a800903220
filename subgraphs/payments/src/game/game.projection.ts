import { game, type GameState } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** What a game costs somewhere, at some moment. */
export interface Price {
  currency: string;
  baseMinor: bigint;
  /** 0 when no discount runs. */
  discountPercent: number;
  /** What is to be paid: the base less the discount. */
  minor: bigint;
}

/** What quotes and orders need of a game: `games` owns it. */
@Entity({ tableName: 'game_copy' })
export class GameCopy extends Copy {
  @Property({ type: 'text' })
  title!: string;

  /** Whose shares of its sales are. Null in copies that are older than this. */
  @Property({ type: 'uuid', nullable: true })
  studioId!: string | null;

  @Property({ type: 'text' })
  state!: GameState['state'];

  @Property({ type: 'jsonb' })
  prices!: GameState['prices'];

  @Property({ type: 'jsonb' })
  discounts!: GameState['discounts'];

  /** The game that it extends, if it is a DLC. */
  @Property({ type: 'uuid', nullable: true })
  baseGameId!: string | null;

  /** The games that it consists of, if it is a bundle. */
  @Property({ type: 'uuid[]' })
  partIds!: string[];

  /** May be to come: until then it is bought ahead. */
  @Property({ type: 'timestamptz', nullable: true })
  releasedAt!: Date | null;

  /** What it costs in a region (ISO 3166-1 alpha-2); undefined where it is not for sale. */
  priceIn(region: string, at: Date): Price | undefined {
    if (this.state !== 'PUBLISHED') return undefined;
    const price =
      this.prices.find(one => one.region === region) ?? this.prices.find(one => one.region === '*');
    if (!price) return undefined;
    const baseMinor = BigInt(price.minor);
    const discountPercent = this.discountAt(at);
    // Rounded down to a whole minor unit, as the catalogue shows it.
    const minor = (baseMinor * BigInt(100 - discountPercent)) / 100n;
    return { currency: price.currency, baseMinor, discountPercent, minor };
  }

  /** The highest of the discounts that run: they do not add up. */
  private discountAt(at: Date): number {
    const running = this.discounts.filter(
      ({ startsAt, endsAt }) => new Date(startsAt) <= at && at < new Date(endsAt),
    );
    return Math.max(0, ...running.map(({ percent }) => Math.min(percent, 100)));
  }
}

export const gameCopy = defineCopy({
  name: 'payments.game',
  of: game,
  into: GameCopy,
  columns: ({ title, studioId, state, prices, discounts, ...more }) => ({
    ...{ title, studioId, state, prices, discounts },
    ...{ baseGameId: more.baseGameId ?? null, partIds: more.partIds ?? [] },
    releasedAt: more.releasedAt === null ? null : new Date(more.releasedAt),
  }),
});
