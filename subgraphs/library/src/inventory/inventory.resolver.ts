import {
  Authenticated,
  Connection,
  ConnectionArgs,
  type GraphContext,
  listOf,
  notFound,
  once,
  query,
  record,
  tryUuidOf,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
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
import { GameNotOwned } from '../entry/entry.refusals.js';
import { lockEntries } from '../entry/locking.js';
import { Game } from '../game/game.stub.js';
import { ItemCopy } from '../item/item.projection.js';
import { Item } from '../item/item.stub.js';
import { operates, requireOperator } from '../studio/operating.js';
import { User } from '../user/user.stub.js';
import { Inventory, InventoryItem, type ItemChange } from './inventory.entity.js';
import { ChangeInventoryInput, type InventoryChange } from './inventory.inputs.js';
import { InventoryFaulty } from './inventory.refusals.js';
import { keepQuantities } from './keeping.js';

@ObjectType({ description: 'Items that somebody has, in the order in which the game got them.' })
class InventoryItemConnection extends Connection(InventoryItem, 'InventoryItem') {}

const ChangeInventoryResult = createUnionType({
  name: 'ChangeInventoryResult',
  types: () => [Inventory, InventoryFaulty, GameNotOwned] as const,
});

@Resolver(() => Inventory)
export class InventoryResolver {
  @Mutation(() => ChangeInventoryResult, {
    description:
      'Gives a player items of a game, and takes items away. For those who operate the game, such as its servers; the ' +
      'player must own it.',
  })
  @Authenticated()
  async changeInventory(
    @Arg('input', () => ChangeInventoryInput) input: ChangeInventoryInput,
    @Ctx() context: GraphContext,
  ) {
    const whose = { userId: uuidOf('User', input.userId), gameId: uuidOf('Game', input.gameId) };
    await requireOperator(context, whose.gameId);
    const refusals = [InventoryFaulty, GameNotOwned];
    const outcome = await once(context, 'changeInventory', input, refusals, async (tx, at) => {
      const [entry] = await lockEntries(tx, whose);
      if (await isDeleted(tx, whose.userId)) throw notFound('User');
      if (!entry?.isOwned) return new GameNotOwned('This player does not own the game.');
      const inventory = (await tx.findOne(Inventory, whose)) ?? Inventory.of(whose);
      const result = inventory.change(await readChanges(tx, whose.gameId, input.changes));
      if (result instanceof InventoryFaulty) return result;
      if (result.changed.size > 0) {
        tx.persist(inventory);
        await keepQuantities(tx, inventory, result.changed);
        record(tx, result.event, at);
      }
      return inventory.id;
    });
    return typeof outcome === 'string' ? Inventory.of(whose) : outcome;
  }

  @FieldResolver(() => User)
  user(@Root() { userId }: Inventory) {
    return new User(userId);
  }

  @FieldResolver(() => Game)
  game(@Root() { gameId }: Inventory) {
    return new Game(gameId);
  }

  @FieldResolver(() => InventoryItemConnection)
  items(
    @Root() { userId, gameId }: Inventory,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: GraphContext,
  ) {
    const parent = { column: sql`e.user_id`, id: userId };
    return listOf(em, `Inventory.items ${gameId}`, parent, args, {
      entity: InventoryItem,
      from: sql`(SELECT item_id AS id, quantity, user_id, game_id FROM inventory_item) AS e`,
      where: [sql`e.game_id = ${gameId}`],
      orderBy: [],
    });
  }
}

@Resolver(() => InventoryItem)
export class InventoryItemResolver {
  @FieldResolver(() => Item)
  item(@Root() { id }: InventoryItem) {
    return new Item(id);
  }
}

@Resolver(() => User)
export class UserInventoryResolver {
  @FieldResolver(() => Inventory, {
    nullable: true,
    description:
      'What somebody has of the items of a game; null to others than them and those who operate the game.',
  })
  async inventory(
    @Root() { id: userId }: User,
    @Arg('gameId', () => ID) gameId: string,
    @Ctx() context: GraphContext,
  ) {
    const whose = { userId, gameId: uuidOf('Game', gameId) };
    const isTheirs = context.viewer?.userId === userId;
    return isTheirs || (await operates(context, whose.gameId)) ? Inventory.of(whose) : null;
  }
}

/** The changes with their items' ids, where the game has such items. */
async function readChanges(
  tx: EntityManager,
  gameId: string,
  changes: InventoryChange[],
): Promise<ItemChange[]> {
  const itemIds = changes.map(({ itemId }) => tryUuidOf('Item', itemId));
  const id = { $in: itemIds.filter(one => one !== undefined) };
  const known = new Set((await tx.find(ItemCopy, { gameId, id })).map(copy => copy.id));
  return changes.map(({ by, to }, n) => {
    const itemId = itemIds[n];
    return { itemId: itemId && known.has(itemId) ? itemId : undefined, by, to };
  });
}

async function isDeleted(tx: EntityManager, userId: string): Promise<boolean> {
  const [found] = await query(tx, sql`SELECT 1 FROM deleted_user WHERE id = ${userId}`);
  return found !== undefined;
}
