import { FileChecker } from '@gamegraph/rules';
import { Authenticated, type GraphContext, uuidOf } from '@gamegraph/subgraph-kit';
import { Arg, createUnionType, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { requireGame } from '../game/lock-game.js';
import { StudioPermission } from '../studio/studio.entity.js';
import { changeDraft, type MaybeRevision } from './change-draft.js';
import { BATCH_MAX, putDraftItems } from './draft-items.js';
import { GameDataDraft } from './game-data-draft.entity.js';
import type { DefinedGameData } from './game-data.entity.js';
import { RuleFileFaulty } from './game-data.refusals.js';
import { ExpectedRevision } from './game-data.resolver.js';

const checker = new FileChecker(10_000);

const ImportRulesResult = createUnionType({
  name: 'ImportRulesResult',
  types: () => [GameDataDraft, RuleFileFaulty] as const,
});

@Resolver()
export class RuleFileResolver {
  @Mutation(() => ImportRulesResult, {
    description:
      "Replaces all definitions of the draft of a game's data by those of a file, and puts its items into the draft, in place of those with their keys; other items stay. What the file expects of builds is worked out first. Needs the permission EDIT_GAMES of the studio.",
  })
  @Authenticated()
  async importRules(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('file', () => String, {
      description: 'In the format gamegraph-rules/1, as YAML or JSON: docs/rules.md describes it.',
    })
    file: string,
    @ExpectedRevision() expected: MaybeRevision,
    @Ctx() context: GraphContext,
  ) {
    // Before the file is looked at, which takes a while.
    await requireGame(context.em, context, uuidOf('Game', gameId), StudioPermission.EDIT_GAMES);
    const { rules, items, faults, faultsCount } = await checker.check(file);
    if (!rules || faultsCount > 0) return new RuleFileFaulty(faults, faultsCount);
    return changeDraft(context, gameId, expected, async (tx, draft) => {
      draft.define(rules as unknown as DefinedGameData); // the enums of the graph are texts of the file
      for (let start = 0; start < items.length; start += BATCH_MAX) {
        const batch = items.slice(start, start + BATCH_MAX);
        const inputs = batch.map(item => ({ iconUrl: null, ...item }));
        await putDraftItems(tx, draft.gameId, inputs);
      }
    });
  }
}
