import type { Content, FightDefinition, RuleItem } from '@gamegraph/rules';
import { badInput, uuidOf } from '@gamegraph/subgraph-kit';
import { contentOf } from '../build/build-content.js';
import { type Build, requireVisible } from '../build/build.entity.js';
import type { BuildsContext } from '../context.js';
import type { GameData } from '../game-data/game-data-versions.js';

/**
 * What somebody wants builds to fight.
 *
 * @throws GraphError BAD_USER_INPUT when their game has no such fight, or it is not of so many sides
 */
export async function fightOf(
  context: BuildsContext,
  builds: Build[],
  input: { fight: string; opponentId?: string | null },
): Promise<{ fight: FightDefinition; data: GameData; opponent: Build | null }> {
  const opponent =
    input.opponentId == null
      ? null
      : await requireVisible(context, uuidOf('Build', input.opponentId));
  const { gameId } = builds[0]!;
  if ([...builds, opponent].some(build => build && build.gameId !== gameId))
    throw badInput('All builds are of one game.');
  const data = await context.gameData.newest(context.em, gameId);
  const fights = data?.rules.rules.fights ?? [];
  const fight = fights.find(({ key }) => key === input.fight);
  if (!data || !fight) {
    const known = fights.map(({ key }) => key).join(', ') || 'none';
    throw badInput(
      `There is no fight ${JSON.stringify(input.fight)} in this game. There are: ${known}.`,
    );
  }
  if (fight.target && opponent)
    throw badInput(`${fight.name} is against a target: leave opponentId out.`);
  if (!fight.target && !opponent)
    throw badInput(`${fight.name} is a fight of two builds: say the other by opponentId.`);
  return { fight, data, opponent };
}

/** What a build consists of now, as a computation keeps it. */
export async function plainContentOf(context: BuildsContext, build: Build): Promise<Content> {
  const { placements, parameters } = (await contentOf(context, build)).content;
  return {
    placements: placements.map(({ slot, item, socket }) => ({
      ...{ slot, item: item && plainItem(item) },
      ...(socket && { socket }),
    })),
    parameters,
  };
}

export function plainItem({
  key,
  name,
  category,
  slots,
  attributes,
  isRemoved,
}: RuleItem): RuleItem {
  return { key, name, category, slots, attributes, isRemoved };
}
