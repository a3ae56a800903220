import { Authenticated, uuidOf } from '@gamegraph/subgraph-kit';
import { Arg, createUnionType, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { GameCopy } from '../game/game.projection.js';
import { ItemCopy } from '../item/item.projection.js';
import { type BuildCode, decodeBuild } from './build-code.js';
import { begin, BuildInPart } from './build-saving.js';
import { BuildVisibility } from './build-visibility.js';
import { Build } from './build.entity.js';
import { BuildFaulty } from './build.refusals.js';

const ImportBuildResult = createUnionType({
  name: 'ImportBuildResult',
  types: () => [Build, BuildInPart, BuildFaulty] as const,
});

@Resolver()
export class BuildImportResolver {
  @Mutation(() => ImportBuildResult, {
    description: 'Makes a private build of an `exportCode`, be it from another installation.',
  })
  @Authenticated()
  async importBuild(
    @Arg('code', () => String) code: string,
    @Arg('gameId', () => ID, {
      nullable: true,
      description: 'Of which game it is meant to be; refused when it is of another.',
    })
    gameId: string | null | undefined,
    @Arg('isPartial', () => Boolean, {
      defaultValue: false,
      description: 'Whether to leave out what the game has no place for, rather than to refuse.',
    })
    isPartial: boolean,
    @Ctx() context: BuildsContext,
  ) {
    const decoded = await decodeBuild(code);
    if ('faults' in decoded) return new BuildFaulty(decoded.faults);
    const { game: slug, name, notes, parameters } = decoded;
    const game = await context.em.findOne(GameCopy, { slug, state: { $ne: 'DRAFT' } });
    if (!game) {
      const message = `There is no game "${slug}" here.`;
      return new BuildFaulty([{ path: 'game', message, cure: 'Import it where the game is.' }]);
    }
    if (gameId != null && uuidOf('Game', gameId) !== game.id) {
      const cure = `Import it as a build of ${game.title}.`;
      return new BuildFaulty([{ path: 'game', message: `It is a build of ${game.title}.`, cure }]);
    }
    const items = await itemsWithin(context, decoded, game.id);
    const visibility = BuildVisibility.PRIVATE;
    const wanted = { items, parameters, isPartial };
    return begin(context, { gameId: game.id, name, notes, visibility }, wanted);
  }
}

async function itemsWithin(
  { em, gameData }: BuildsContext,
  { items, dataVersion }: BuildCode,
  gameId: string,
) {
  const keys = [...new Set(items.map(({ item }) => item))];
  const found = await em.find(ItemCopy, { gameId, key: { $in: keys } });
  const ids = new Map(found.map(({ key, id }) => [key, id]));
  const newest = (await gameData.newest(em, gameId))?.version ?? 0;
  const cure =
    dataVersion !== null && dataVersion > newest
      ? `It was saved for version ${dataVersion} of the game’s data, which is at ${newest} here: wait for that, or import it in part.`
      : 'Import it in part, or put another in its place where it comes from.';
  return items.map(({ slot, item: key, socket }) => ({
    ...{ slot, itemId: ids.get(key) },
    unknown: { message: `There is no item "${key}" in this game.`, cure },
    ...(socket && { socket }),
  }));
}
