import {
  gameCreated,
  type GameState as AnnouncedGame,
  gamePublished,
  gameUpdated,
  gameWithdrawn,
  priceChanged,
} from '@gamegraph/event-contracts';
import {
  badInput,
  type GraphContext,
  load,
  type Money,
  money,
  Node,
  notFound,
} from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { DiscountState } from '../price/discount.type.js';
import { PriceOffer } from '../price/price-offer.type.js';
import { DiscountCoolingDown, DiscountOverlaps, PriceFrozen } from '../price/price.refusals.js';
import { isInsider } from '../studio/studio-access.js';
import { GamePlatform, GameRequirement, GameState } from './game.enums.js';
import { GameIncomplete, GameNotADraft, GameNotPublished } from './game.refusals.js';

const COOL_DOWN_MS = 30 * 86_400_000;
const LOCALES_MAX = 30;

/** All regions without a price of their own. */
export const ANYWHERE = '*';

export type RegionalPrice = AnnouncedGame['prices'][number];

/** What a game may be changed to. Undefined and null leave as it is, but for the cover, which null takes away. */
export interface GameChange {
  slug?: string | null;
  /** One for each locale that is new or has changed. */
  texts?: { locale: string; title: string }[] | null;
  removedLocales?: string[] | null;
  /** Slugs. */
  tags?: string[] | null;
  platforms?: GamePlatform[] | null;
  coverUrl?: string | null;
}

/** The game if the viewer may know of it: a draft is its studio's secret. */
export async function visibleGame(context: GraphContext, id: string): Promise<Game | null> {
  const game = await load(context.em, Game, id);
  if (game?.state !== GameState.DRAFT) return game;
  return (await isInsider(context, game.studioId)) ? game : null;
}

/**
 * A game, with its page and what it costs. Whoever changes one has locked its row.
 *
 * DRAFT → PUBLISHED → WITHDRAWN, and no way back.
 */
@Entity({ tableName: 'game' })
@ObjectType({ description: 'A game, as the catalogue shows it.' })
@Node<GraphContext, Game>('Game', (id, context) => visibleGame(context, id))
export class Game {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  studioId!: string;

  @Field(() => String, { description: 'The unique name, for addresses.' })
  @Property({ type: 'text' })
  slug!: string;

  @Field(() => String, { description: 'The locale of its own texts, as BCP 47 writes it.' })
  @Property({ type: 'text' })
  language!: string;

  /** In its own language: a copy of what its texts say. Null as long as a draft has none. */
  @Property({ type: 'text', nullable: true })
  title: string | null = null;

  @Field(() => [String], {
    description: 'The locales that it has texts in, as BCP 47 writes them.',
  })
  @Property({ type: 'text[]' })
  locales: string[] = [];

  @Field(() => String, { nullable: true, description: 'Of an image, by https.' })
  @Property({ type: 'text', nullable: true })
  coverUrl: string | null = null;

  /** Slugs. */
  @Property({ type: 'text[]' })
  tags: string[] = [];

  @Field(() => [GamePlatform])
  @Property({ type: 'text[]' })
  platforms: GamePlatform[] = [];

  @Field(() => GameState)
  @Property({ type: 'text' })
  state: GameState = GameState.DRAFT;

  /** The game that it extends, if it is a DLC. */
  @Property({ type: 'uuid', nullable: true })
  baseGameId: string | null = null;

  /** The games that it consists of, if it is a bundle. */
  @Property({ type: 'uuid[]' })
  partIds: string[] = [];

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it was published.' })
  @Property({ type: 'timestamptz', nullable: true })
  releasedAt: Date | null = null;

  @Field(() => Int, {
    description: 'The newest version of its items and rules; 0 while there is none.',
  })
  @Property({ type: 'integer' })
  dataVersion: number = 0;

  /** By region. */
  @Property({ type: 'jsonb' })
  prices: RegionalPrice[] = [];

  /** Those that had not ended when the prices were last touched, by time. */
  @Property({ type: 'jsonb' })
  discounts: DiscountState[] = [];

  @Property({ type: 'timestamptz', nullable: true })
  lastDiscountEndedAt: Date | null = null;

  /** Since its release, in any region. */
  @Property({ type: 'timestamptz', nullable: true })
  priceRaisedAt: Date | null = null;

  /** Kept by events of `library`. */
  @Field(() => Int, { description: 'How many users own it.' })
  @Property({ type: 'integer' })
  ownersCount: number = 0;

  /** Kept by events of `builds`. */
  @Field(() => Int, { description: 'How many builds of it are published.' })
  @Property({ type: 'integer' })
  buildsCount: number = 0;

  static create(
    studioId: string,
    language: string,
    change: GameChange & { slug: string },
    at: Date,
  ) {
    const game = Object.assign(new Game(), { studioId, language, createdAt: at });
    game.change(change);
    return { game, event: gameCreated(game.announced()) };
  }

  change({ slug, texts, removedLocales, tags, platforms, coverUrl }: GameChange) {
    if (this.state !== GameState.DRAFT && platforms?.length === 0) {
      return new GameIncomplete([GameRequirement.PLATFORM]);
    }
    if (removedLocales?.includes(this.language)) {
      throw badInput(`The texts in ${this.language} stay: it is the game's own language.`);
    }
    const kept = this.locales.filter(locale => !removedLocales?.includes(locale));
    const locales = new Set([...kept, ...(texts ?? []).map(({ locale }) => locale)]);
    if (locales.size > LOCALES_MAX) {
      throw badInput(`A game has texts in at most ${LOCALES_MAX} locales.`);
    }
    this.locales = [...locales].sort();
    this.title = texts?.find(({ locale }) => locale === this.language)?.title ?? this.title;
    if (slug != null) this.slug = slug;
    if (tags != null) this.tags = [...new Set(tags)];
    if (platforms != null) this.platforms = [...new Set(platforms)].sort();
    if (coverUrl !== undefined) this.coverUrl = coverUrl;
    return gameUpdated(this.announced());
  }

  /** Shows the game to everyone, once it has all that it needs. */
  publish(at: Date) {
    if (this.state !== GameState.DRAFT) return new GameNotADraft(this.state);
    const missing = [
      ...(this.title === null ? [GameRequirement.TITLE] : []),
      ...(this.platforms.length === 0 ? [GameRequirement.PLATFORM] : []),
      ...(this.prices.length === 0 ? [GameRequirement.PRICE] : []),
    ];
    if (missing.length > 0) return new GameIncomplete(missing);
    this.state = GameState.PUBLISHED;
    this.releasedAt = at;
    return gamePublished(this.announced());
  }

  /** Makes a draft something that is sold to owners of another game alone. */
  extend(base: Game) {
    const fault = this.faultOfChange(this.partIds.length > 0) ?? base.faultAsPart(this);
    if (fault) throw badInput(fault);
    this.baseGameId = base.id;
    return gameUpdated(this.announced());
  }

  /** Makes a draft a set of other games, with a price of its own. */
  bundle(parts: Game[]) {
    const fault =
      this.faultOfChange(this.baseGameId !== null) ??
      parts.map(part => part.faultAsPart(this)).find(Boolean);
    if (fault) throw badInput(fault);
    this.partIds = parts.map(({ id }) => id);
    return gameUpdated(this.announced());
  }

  withdraw() {
    if (this.state !== GameState.PUBLISHED) return new GameNotPublished(this.state);
    this.state = GameState.WITHDRAWN;
    return gameWithdrawn(this.announced());
  }

  setPrice(region: string, { minor, currency }: Money, at: Date) {
    const others = this.prices.filter(price => price.region !== region);
    return this.reprice(region, [...others, { region, currency, minor: String(minor) }], at);
  }

  removePrice(region: string, at: Date) {
    const others = this.prices.filter(price => price.region !== region);
    if (others.length === this.prices.length) throw notFound('Price');
    if (others.length === 0 && this.state !== GameState.DRAFT) {
      return new GameIncomplete([GameRequirement.PRICE]);
    }
    return this.reprice(region, others, at);
  }

  /**
   * Lowers all prices for some days. Before the release nobody has seen any price, so nothing but other discounts puts
   * a launch discount off.
   */
  scheduleDiscount(discount: DiscountState, at: Date) {
    const planned = this.plannedDiscounts(at);
    const [startsAt, endsAt] = [Date.parse(discount.startsAt), Date.parse(discount.endsAt)];
    const isWithin = (distanceMs: number) => (other: DiscountState) =>
      startsAt < Date.parse(other.endsAt) + distanceMs &&
      Date.parse(other.startsAt) < endsAt + distanceMs;
    const overlapping = planned.find(isWithin(0));
    if (overlapping) return new DiscountOverlaps(overlapping);
    const near = planned.filter(isWithin(COOL_DOWN_MS)).map(other => new Date(other.endsAt));
    const since =
      this.state === GameState.DRAFT
        ? []
        : [this.releasedAt, this.priceRaisedAt, this.endOfLastDiscount(at)];
    const passed = Math.max(...[...near, ...since].map(one => one?.getTime() ?? -Infinity));
    const until = passed + COOL_DOWN_MS;
    if (near.length > 0 || startsAt < until) return new DiscountCoolingDown(new Date(until));
    this.plan([...planned, discount], at);
    return priceChanged(this.announced());
  }

  /** Ends a discount that is live, takes one back that is to come. Undefined when it has ended before. */
  cancelDiscount(id: string, at: Date) {
    const planned = this.plannedDiscounts(at);
    const discount = planned.find(one => one.id === id);
    if (!discount) return undefined;
    this.plan(
      planned.filter(one => one !== discount),
      at,
    );
    if (Date.parse(discount.startsAt) <= at.getTime()) this.lastDiscountEndedAt = at;
    return { discount, event: priceChanged(this.announced()) };
  }

  /** Its data has a new version. */
  releaseData() {
    this.dataVersion++;
    return gameUpdated(this.announced());
  }

  /** Live and to come, by time. */
  plannedDiscounts(at: Date): DiscountState[] {
    return this.discounts.filter(({ endsAt }) => Date.parse(endsAt) > at.getTime());
  }

  /** What it costs there, by the price of the region or by that of all others. */
  offerIn(region: string, at: Date): PriceOffer | null {
    const price = this.priceIn(region);
    return price ? this.offer(price, at) : null;
  }

  offers(at: Date): PriceOffer[] {
    return this.prices.map(price => this.offer(price, at));
  }

  /** What others may know, and keep copies of. `state` is something else in a game. */
  announced(): AnnouncedGame {
    const { id, studioId, slug, coverUrl, tags, platforms, state, dataVersion } = this;
    const { baseGameId, partIds } = this;
    return {
      ...{ id, studioId, slug, coverUrl, state, dataVersion, baseGameId },
      partIds: [...partIds],
      title: this.title ?? slug,
      tags: [...tags],
      platforms: [...platforms],
      releasedAt: this.releasedAt?.toISOString() ?? null,
      prices: [...this.prices],
      discounts: [...this.discounts],
    };
  }

  private faultOfChange(isOther: boolean): string | undefined {
    if (this.state !== GameState.DRAFT) return 'Only a draft can become a bundle or a DLC.';
    return isOther ? 'A game is a bundle or a DLC, not both.' : undefined;
  }

  /** Why it cannot be the base or a part of another, if so. */
  private faultAsPart(other: Game): string | undefined {
    if (this.id === other.id) return 'A game is no part of itself.';
    if (this.studioId !== other.studioId) return 'All games of a bundle or DLC are of one studio.';
    return this.partIds.length > 0 ? 'A bundle is no part of anything else.' : undefined;
  }

  private reprice(region: string, prices: RegionalPrice[], at: Date) {
    const last = this.plannedDiscounts(at).at(-1);
    if (last) return new PriceFrozen(new Date(last.endsAt));
    const before = this.priceIn(region);
    this.plan([], at);
    this.prices = prices.sort((a, b) => (a.region < b.region ? -1 : 1));
    const after = this.priceIn(region);
    if (this.state !== GameState.DRAFT && isRise(before, after)) this.priceRaisedAt = at;
    return priceChanged(this.announced());
  }

  private priceIn(region: string): RegionalPrice | undefined {
    const priceOf = (wanted: string) => this.prices.find(price => price.region === wanted);
    return priceOf(region) ?? priceOf(ANYWHERE);
  }

  private offer({ region, currency, minor }: RegionalPrice, at: Date): PriceOffer {
    const [next] = this.plannedDiscounts(at);
    const live = next && Date.parse(next.startsAt) <= at.getTime() ? next : undefined;
    const percent = live?.percent ?? 0;
    return Object.assign(new PriceOffer(), {
      region,
      base: money(minor, currency),
      final: money((BigInt(minor) * BigInt(100 - percent)) / 100n, currency),
      discountPercent: percent,
      discountEndsAt: live ? new Date(live.endsAt) : null,
    });
  }

  private endOfLastDiscount(at: Date): Date | null {
    const ended = this.discounts.findLast(({ endsAt }) => Date.parse(endsAt) <= at.getTime());
    return ended ? new Date(ended.endsAt) : this.lastDiscountEndedAt;
  }

  private plan(discounts: DiscountState[], at: Date): void {
    this.lastDiscountEndedAt = this.endOfLastDiscount(at);
    this.discounts = discounts.sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
  }
}

/** Another currency is taken for a rise where one is replaced: the two cannot be compared. */
function isRise(before: RegionalPrice | undefined, after: RegionalPrice | undefined): boolean {
  if (!before || !after) return false;
  return before.currency === after.currency
    ? BigInt(after.minor) > BigInt(before.minor)
    : before.region === after.region;
}
