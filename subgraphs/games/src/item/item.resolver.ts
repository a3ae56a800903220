import {
  Connection,
  ConnectionArgs,
  type GraphContext,
  JsonValue,
  load,
  Public,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { AttributeType } from '../game-data/definitions.js';
import { gameDataOf } from '../game-data/game-data.entity.js';
import { Game } from '../game/game.entity.js';
import { ItemCategory, ItemsArgs, listItems } from './item-list.js';
import { Item, visibleItem } from './item.entity.js';

@ObjectType({ description: 'The items of a game.' })
class ItemConnection extends Connection(Item, 'Item') {
  countCategories!: () => Promise<ItemCategory[]>;

  @Field(() => [ItemCategory], {
    description:
      'Most items first, counted in what the search and all filters but that by category let through.',
  })
  categories(): Promise<ItemCategory[]> {
    return this.countCategories();
  }
}

@ObjectType({ description: 'A figure of an item, as its game defines it.' })
class ItemAttribute {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  unit!: string | null;

  @Field(() => AttributeType)
  type!: AttributeType;

  @Field(() => JsonValue, { description: 'A number, a boolean or a text, by the type.' })
  value!: unknown;
}

@Resolver(() => Item)
export class ItemResolver {
  @Query(() => Item, { nullable: true })
  @Public()
  item(@Arg('id', () => ID) id: string, @Ctx() context: GraphContext) {
    return visibleItem(context, uuidOf('Item', id));
  }

  @FieldResolver(() => [ItemAttribute], {
    description: "Those that it has, in the order of the game's definitions.",
  })
  async attributes(
    @Root() { gameId, attributes, asOfVersion }: Item,
    @Ctx() { em }: GraphContext,
  ): Promise<ItemAttribute[]> {
    const version = asOfVersion ?? (await load(em, Game, gameId))!.dataVersion;
    const data = await gameDataOf(em, gameId, version);
    return data!.attributes
      .filter(({ key }) => Object.hasOwn(attributes, key))
      .map(({ key, name, unit, type }) => ({ key, name, unit, type, value: attributes[key] }));
  }

  @FieldResolver(() => Game)
  game(@Root() { gameId }: Item, @Ctx() { em }: GraphContext) {
    return load(em, Game, gameId);
  }
}

@Resolver(() => Game)
export class GameItemsResolver {
  @FieldResolver(() => ItemConnection)
  items(
    @Root() game: Game,
    @Args() wanted: ItemsArgs,
    @Args() page: ConnectionArgs,
    @Ctx() { em }: GraphContext,
  ) {
    return listItems(em, game, wanted, page);
  }
}
