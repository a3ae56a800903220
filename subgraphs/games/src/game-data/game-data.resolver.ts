import { faultsOfRuleSet } from '@gamegraph/rules';
import {
  Authenticated,
  badInput,
  Connection,
  ConnectionArgs,
  faultOfText,
  forbidden,
  type GraphContext,
  JsonValue,
  listOf,
  load,
  tidy,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Game, visibleGame } from '../game/game.entity.js';
import { lockGame } from '../game/lock-game.js';
import { ItemInput } from '../item/item.inputs.js';
import { isInsider } from '../studio/studio-access.js';
import { StudioPermission } from '../studio/studio.entity.js';
import { changeDraft, lockDraft, type MaybeRevision } from './change-draft.js';
import { DraftItem } from './draft-item.entity.js';
import { changedItems, type ItemChange, putDraftItems, removeDraftItems } from './draft-items.js';
import { GameDataDraft } from './game-data-draft.entity.js';
import { haveDefinitionsChanged, releaseDraft } from './game-data-release.js';
import { GameData, gameDataOf } from './game-data.entity.js';
import { GameDataInput } from './game-data.inputs.js';
import { GameDataFaulty, GameDataUnchanged } from './game-data.refusals.js';

const KEYS_SHOWN_MAX = 1_000;

@ObjectType({ description: 'The items of a draft that are to change, by key.' })
class DraftItemConnection extends Connection(DraftItem, 'DraftItem') {}

@ObjectType({
  description: `What a release would change. Of the keys of items, the first ${KEYS_SHOWN_MAX} of each kind.`,
})
class GameDataDifference {
  @Field(() => Boolean)
  areDefinitionsChanged!: boolean;

  @Field(() => [String])
  added!: string[];

  @Field(() => [String])
  changed!: string[];

  @Field(() => [String])
  removed!: string[];

  @Field(() => Int, { description: 'How many items are added, changed or removed, shown or not.' })
  itemsCount!: number;
}

const ReleaseGameDataResult = createUnionType({
  name: 'ReleaseGameDataResult',
  types: () => [GameData, GameDataFaulty, GameDataUnchanged] as const,
});

export const ExpectedRevision = () =>
  Arg('expectedDraftRevision', () => Int, {
    nullable: true,
    description: 'The revision that the change is meant for; CONFLICT when it has moved on.',
  });

@Resolver(() => GameDataDraft)
export class GameDataDraftResolver {
  @Query(() => GameDataDraft, {
    nullable: true,
    description: "What the next version of a game's data is to be. For members of its studio.",
  })
  @Authenticated()
  async gameDataDraft(@Arg('gameId', () => ID) gameId: string, @Ctx() context: GraphContext) {
    const game = await visibleGame(context, uuidOf('Game', gameId));
    if (!game) return null;
    if (!(await isInsider(context, game.studioId))) {
      throw forbidden('This is for members of the studio.');
    }
    return context.em.findOneOrFail(GameDataDraft, { gameId: game.id });
  }

  @Mutation(() => GameDataDraft, {
    description:
      "Replaces all definitions of the draft of a game's data. Needs the permission EDIT_GAMES of the studio.",
  })
  @Authenticated()
  editGameData(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('input', () => GameDataInput) input: GameDataInput,
    @ExpectedRevision() expected: MaybeRevision,
    @Ctx() context: GraphContext,
  ) {
    const faults = faultsOfRuleSet(input);
    if (faults.length > 0) {
      const [{ path, message, offset }] = faults as [(typeof faults)[number]];
      const where = offset === undefined ? path : `${path} at ${offset}`;
      throw badInput(`${where}: ${message}`, { fields: faults.slice(0, 100) });
    }
    return changeDraft(context, gameId, expected, async (_, draft) => draft.define(input));
  }

  @Mutation(() => GameDataDraft, {
    description:
      "Puts up to 500 items into the draft of a game's data, in place of those with their keys. Needs the permission EDIT_GAMES of the studio.",
  })
  @Authenticated()
  putItems(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('items', () => [ItemInput]) items: ItemInput[],
    @ExpectedRevision() expected: MaybeRevision,
    @Ctx() context: GraphContext,
  ) {
    return changeDraft(context, gameId, expected, (tx, { gameId: id }) =>
      putDraftItems(tx, id, items),
    );
  }

  @Mutation(() => GameDataDraft, {
    description:
      'Takes up to 500 items out of the draft; those that are released leave the game with the next release. Needs the permission EDIT_GAMES of the studio.',
  })
  @Authenticated()
  removeItems(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('keys', () => [String]) keys: string[],
    @ExpectedRevision() expected: MaybeRevision,
    @Ctx() context: GraphContext,
  ) {
    return changeDraft(context, gameId, expected, (tx, { gameId: id }) =>
      removeDraftItems(tx, id, keys),
    );
  }

  @Mutation(() => ReleaseGameDataResult, {
    description:
      "Makes the draft the next version of the game's data, for everyone, for good. Needs the permission PUBLISH of the studio.",
  })
  @Authenticated()
  releaseGameData(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('notes', () => String, { nullable: true, description: 'What is new, in plain text.' })
    notes: string | null | undefined,
    @Ctx() context: GraphContext,
  ) {
    const fault = notes == null ? undefined : faultOfText(notes, { max: 5_000, multiline: true });
    if (fault) throw badInput(`notes ${fault}.`);
    const id = uuidOf('Game', gameId);
    return transact(context.em, async tx => {
      const game = await lockGame(tx, context, id, StudioPermission.PUBLISH);
      const draft = await lockDraft(tx, game.id);
      return releaseDraft(tx, game, draft, notes == null ? null : tidy(notes), context.now());
    });
  }

  @FieldResolver(() => GameDataDifference)
  async difference(@Root() { gameId }: GameDataDraft, @Ctx() { em }: GraphContext) {
    const game = (await load(em, Game, gameId))!;
    const changes = await changedItems(em, gameId);
    const keysOf = (kind: ItemChange) =>
      changes
        .filter(({ change }) => change === kind)
        .slice(0, KEYS_SHOWN_MAX)
        .map(({ key }) => key);
    return {
      areDefinitionsChanged: await haveDefinitionsChanged(em, game),
      ...{ added: keysOf('added'), changed: keysOf('changed'), removed: keysOf('removed') },
      itemsCount: changes.length,
    };
  }

  @FieldResolver(() => DraftItemConnection, {
    description: 'The items that were put or removed since the last release, by key.',
  })
  items(
    @Root() { gameId }: GameDataDraft,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: GraphContext,
  ) {
    return listOf(em, 'GameDataDraft.items', { column: sql`e.game_id`, id: gameId }, args, {
      entity: DraftItem,
      orderBy: [{ by: sql`e.key`, type: 'text' }],
    });
  }
}

@Resolver(() => DraftItem)
export class DraftItemResolver {
  @FieldResolver(() => JsonValue, { description: 'Values by the keys of attributes.' })
  attributes(@Root() { attributes }: DraftItem) {
    return attributes;
  }
}

@Resolver(() => Game)
export class GameGameDataResolver {
  @FieldResolver(() => GameData, {
    nullable: true,
    description: 'A version of its data; the newest, if not said. Null where there is none.',
  })
  data(
    @Root() { id, dataVersion }: Game,
    @Arg('version', () => Int, { nullable: true }) version: number | null | undefined,
    @Ctx() { em }: GraphContext,
  ) {
    return gameDataOf(em, id, version ?? dataVersion);
  }
}

@Resolver(() => GameData)
export class GameDataResolver {
  @FieldResolver(() => Game)
  game(@Root() { gameId }: GameData, @Ctx() { em }: GraphContext) {
    return load(em, Game, gameId);
  }
}
