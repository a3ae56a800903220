import {
  Authenticated,
  badInput,
  Connection,
  ConnectionArgs,
  type GraphContext,
  listOf,
  MoneyInput,
  notFound,
  query,
  record,
  Refusal,
  requireViewer,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { isISO31661Alpha2 } from 'class-validator';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import { ANYWHERE, Game } from '../game/game.entity.js';
import { GameIncomplete } from '../game/game.refusals.js';
import { lockGame } from '../game/lock-game.js';
import { isInsider } from '../studio/studio-access.js';
import { StudioPermission } from '../studio/studio.entity.js';
import { User } from '../user/user.stub.js';
import { Discount } from './discount.type.js';
import { PriceChange, PriceChangeKind } from './price-change.entity.js';
import { PriceOffer } from './price-offer.type.js';
import { ScheduleDiscountInput } from './price.inputs.js';
import { DiscountCoolingDown, DiscountOverlaps, PriceFrozen } from './price.refusals.js';

const DAY_MS = 86_400_000;
const DISCOUNT_DAYS_MAX = 14;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

@ObjectType({ description: 'The log of the prices of a game, newest first.' })
class PriceChangeConnection extends Connection(PriceChange, 'PriceChange') {}

const SetPriceResult = createUnionType({
  name: 'SetPriceResult',
  types: () => [Game, PriceFrozen] as const,
});

const RemovePriceResult = createUnionType({
  name: 'RemovePriceResult',
  types: () => [Game, PriceFrozen, GameIncomplete] as const,
});

const ScheduleDiscountResult = createUnionType({
  name: 'ScheduleDiscountResult',
  types: () => [Game, DiscountOverlaps, DiscountCoolingDown] as const,
});

const Region = () =>
  Arg('region', () => String, {
    description: 'ISO 3166-1 alpha-2, or `*` for all regions without a price of their own.',
  });

@Resolver(() => Game)
export class GamePriceResolver {
  @Mutation(() => SetPriceResult, {
    description: 'Sets the price of a region. Needs the permission EDIT_PRICES of the studio.',
  })
  @Authenticated()
  setPrice(
    @Arg('gameId', () => ID) gameId: string,
    @Region() region: string,
    @Arg('price', () => MoneyInput) price: MoneyInput,
    @Ctx() context: GraphContext,
  ) {
    const fault = faultOfPrice(price);
    if (fault) throw badInput(fault);
    return reprice(context, gameId, region, PriceChangeKind.PRICE_SET, (game, where, at) =>
      game.setPrice(where, price, at),
    );
  }

  @Mutation(() => RemovePriceResult, {
    description:
      'Takes the price of a region back. Needs the permission EDIT_PRICES of the studio.',
  })
  @Authenticated()
  removePrice(
    @Arg('gameId', () => ID) gameId: string,
    @Region() region: string,
    @Ctx() context: GraphContext,
  ) {
    return reprice(context, gameId, region, PriceChangeKind.PRICE_REMOVED, (game, where, at) =>
      game.removePrice(where, at),
    );
  }

  @Mutation(() => ScheduleDiscountResult, {
    description:
      'Lowers all prices of a game for some days, and freezes them until then. Needs the permission EDIT_PRICES of the studio.',
  })
  @Authenticated()
  scheduleDiscount(
    @Arg('input', () => ScheduleDiscountInput) input: ScheduleDiscountInput,
    @Ctx() context: GraphContext,
  ) {
    const { gameId, percent, endsAt } = input;
    const { userId } = requireViewer(context);
    const at = context.now();
    const startsAt = input.startsAt ?? at;
    if (startsAt < at) throw badInput('startsAt lies in the past. Leave it out to start at once.');
    const days = (endsAt.getTime() - startsAt.getTime()) / DAY_MS;
    if (!(days >= 1 && days <= DISCOUNT_DAYS_MAX)) {
      throw badInput(`A discount lasts for 1 to ${DISCOUNT_DAYS_MAX} days.`);
    }
    const discount = {
      ...{ id: uuidv7(), percent },
      ...{ startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() },
    };
    return transact(context.em, async tx => {
      const id = uuidOf('Game', gameId);
      const game = await lockGame(tx, context, id, StudioPermission.EDIT_PRICES);
      const outcome = game.scheduleDiscount(discount, at);
      if (outcome instanceof Refusal) return outcome;
      const kind = PriceChangeKind.DISCOUNT_SCHEDULED;
      tx.persist(PriceChange.of(game.id, userId, at, { kind, discount }));
      record(tx, outcome, at);
      return game;
    });
  }

  @Mutation(() => Game, {
    description:
      'Ends a discount, or takes back one that is to come. Needs the permission EDIT_PRICES of the studio.',
  })
  @Authenticated()
  cancelDiscount(@Arg('id', () => ID) id: string, @Ctx() context: GraphContext) {
    const { userId } = requireViewer(context);
    const discountId = uuidOf('Discount', id);
    return transact(context.em, async tx => {
      const at = context.now();
      const wanted = JSON.stringify([{ id: discountId }]);
      const [found] = await query<{ id: string }>(
        tx,
        sql`SELECT id FROM game WHERE discounts @> ${wanted}::jsonb`,
      );
      if (!found) throw notFound('Discount');
      const game = await lockGame(tx, context, found.id, StudioPermission.EDIT_PRICES);
      const cancelled = game.cancelDiscount(discountId, at);
      if (!cancelled) throw notFound('Discount');
      const { discount, event } = cancelled;
      const kind = PriceChangeKind.DISCOUNT_CANCELLED;
      tx.persist(PriceChange.of(game.id, userId, at, { kind, discount }));
      record(tx, event, at);
      return game;
    });
  }

  @FieldResolver(() => PriceOffer, {
    nullable: true,
    description: 'What it costs in a region now. Null where it has no price.',
  })
  price(
    @Root() game: Game,
    @Arg('region', () => String, {
      nullable: true,
      description:
        'ISO 3166-1 alpha-2. If not given: `*`, all regions without a price of their own.',
    })
    region: string | null | undefined,
    @Ctx() { now }: GraphContext,
  ) {
    return game.offerIn(regionOf(region ?? ANYWHERE), now());
  }

  @FieldResolver(() => [PriceOffer], { description: 'What it costs now, by region.' })
  prices(@Root() game: Game, @Ctx() { now }: GraphContext) {
    return game.offers(now());
  }

  @FieldResolver(() => [Discount], {
    description: 'The discount that is live; for members of the studio also those to come.',
  })
  async discounts(@Root() game: Game, @Ctx() context: GraphContext) {
    const at = context.now();
    const planned = game.plannedDiscounts(at);
    if (planned.length === 0 || (await isInsider(context, game.studioId))) return planned;
    return planned.filter(({ startsAt }) => new Date(startsAt) <= at);
  }

  @FieldResolver(() => PriceChangeConnection, {
    nullable: true,
    description: 'The log of its prices, newest first. For members of the studio.',
  })
  async priceChanges(
    @Root() { id, studioId }: Game,
    @Args() args: ConnectionArgs,
    @Ctx() context: GraphContext,
  ) {
    if (!(await isInsider(context, studioId))) return null;
    return listOf(context.em, 'Game.priceChanges', { column: sql`e.game_id`, id }, args, {
      entity: PriceChange,
      orderBy: [{ by: sql`e.changed_at`, type: 'timestamptz', descending: true }],
    });
  }
}

@Resolver(() => PriceChange)
export class PriceChangeResolver {
  @FieldResolver(() => User, { description: 'Who did it.' })
  user(@Root() { changedBy }: PriceChange) {
    return new User(changedBy);
  }
}

/** Changes the price of a region, if the game lets it happen, and writes that down. */
function reprice(
  context: GraphContext,
  gameId: string,
  givenRegion: string,
  kind: PriceChangeKind,
  act: (
    game: Game,
    region: string,
    at: Date,
  ) => ReturnType<Game['setPrice']> | ReturnType<Game['removePrice']>,
) {
  const { userId } = requireViewer(context);
  const id = uuidOf('Game', gameId);
  const region = regionOf(givenRegion);
  return transact(context.em, async tx => {
    const at = context.now();
    const game = await lockGame(tx, context, id, StudioPermission.EDIT_PRICES);
    const ownPrice = () => game.prices.find(price => price.region === region) ?? null;
    const priceBefore = ownPrice();
    const outcome = act(game, region, at);
    if (outcome instanceof Refusal) return outcome;
    const priceAfter = ownPrice();
    tx.persist(PriceChange.of(id, userId, at, { kind, region, priceBefore, priceAfter }));
    record(tx, outcome, at);
    return game;
  });
}

/** @throws GraphError BAD_USER_INPUT */
function regionOf(region: string): string {
  if (region !== ANYWHERE && !isISO31661Alpha2(region)) {
    throw badInput(`"${region}" is no region. Regions are ISO 3166-1 alpha-2, as DE, or *.`);
  }
  return region.toUpperCase();
}

function faultOfPrice({ minor, currency }: MoneyInput): string | undefined {
  if (!CURRENCIES.has(currency)) return `"${currency}" is no currency. ISO 4217 has EUR or JPY.`;
  return minor < 0n ? 'A price is not less than 0.' : undefined;
}
