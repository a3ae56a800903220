import { build, buildCreated, buildDeleted, buildUpdated } from '@gamegraph/event-contracts';
import {
  announce,
  buildSubgraph,
  defineSource,
  type SubgraphDefinition,
} from '@gamegraph/subgraph-kit';
import { BuildAnalysisResolver } from './build/build-analysis.resolver.js';
import { BuildComparisonResolver } from './build/build-comparison.resolver.js';
import { BuildEditingResolver } from './build/build-editing.resolver.js';
import { BuildHistoryResolver, BuildRevisionResolver } from './build/build-history.resolver.js';
import { BuildImportResolver } from './build/build-import.resolver.js';
import { BuildLikeResolver } from './build/build-like.resolver.js';
import { BuildModerationResolver } from './build/build-moderation.resolver.js';
import { BuildPatchResolver } from './build/build-patch.resolver.js';
import { BuildRevision } from './build/build-revision.entity.js';
import { Build } from './build/build.entity.js';
import { BuildResolver } from './build/build.resolver.js';
import { authorErasure, erasureJob } from './build/erasure.process.js';
import { LiveAnalysisResolver } from './build/live-analysis.resolver.js';
import { RegionBuilds, RegionBuildsResolver } from './build/region-builds.resolver.js';
import { dataReview, itemReview, reviewJob } from './build/review.process.js';
import { newShareCode } from './build/share-code.js';
import type { Computations } from './computation/computation-asking.js';
import { askerErasure, expiryJob } from './computation/computation-end.process.js';
import { ComputationResolver } from './computation/computation.resolver.js';
import { startComputations } from './computation/computations.js';
import { GameDataVersions } from './game-data/game-data-versions.js';
import { GameDataCopy, gameDataCopy } from './game-data/game-data.projection.js';
import { GameCopy, gameCopy } from './game/game.projection.js';
import { GameResolver } from './game/game.stub.js';
import { impactJob } from './impact/impact.process.js';
import { ImpactResolver } from './impact/impact.resolver.js';
import {
  ProposalCopy,
  proposalCopy,
  ProposedItemsCopy,
  proposedItemsCopy,
} from './impact/proposal.projection.js';
import { InventoryCopy, inventoryCopy } from './inventory/inventory.projection.js';
import { ItemCopy, itemCopy } from './item/item.projection.js';
import { CreateTables } from './migrations/20261121T0900-create-tables.js';
import { DeadLettersAndRebuilds } from './migrations/20261121T1340-dead-letters-and-rebuilds.js';
import { ArchivePositions } from './migrations/20261121T1430-archive-positions.js';
import { AddComputations } from './migrations/20261122T1120-computations.js';
import { AddFigures } from './migrations/20261122T1130-add-figures.js';
import { AddRevisionTexts } from './migrations/20261122T1131-add-revision-texts.js';
import { AddPatches } from './migrations/20261122T1132-patches.js';
import { AddImpactReports } from './migrations/20261122T1135-impact-reports.js';
import { AddInventoryCopies } from './migrations/20261122T1151-inventory-copies.js';
import { OptimisationResolver } from './optimisation/optimisation.resolver.js';
import { SimulationBatchResolver } from './simulation/simulation-batch.resolver.js';
import { SimulationResolver } from './simulation/simulation.resolver.js';
import { StudioCopy, studioCopy } from './studio/studio.projection.js';
import { UserCopy, userCopy } from './user/user.projection.js';
import { UserResolver } from './user/user.stub.js';

interface Services {
  gameData: GameDataVersions;
  newShareCode(): string;
  computations: Computations;
}

/** What players make of the items of a game: builds, what they come to, and what a patch does to them. */
export const builds: SubgraphDefinition<Services> = {
  name: 'builds',
  schema: () =>
    buildSubgraph([
      BuildResolver,
      BuildEditingResolver,
      BuildHistoryResolver,
      BuildPatchResolver,
      BuildImportResolver,
      BuildLikeResolver,
      BuildModerationResolver,
      BuildComparisonResolver,
      BuildAnalysisResolver,
      LiveAnalysisResolver,
      ImpactResolver,
      BuildRevisionResolver,
      RegionBuildsResolver,
      SimulationResolver,
      SimulationBatchResolver,
      OptimisationResolver,
      ComputationResolver,
      GameResolver,
      UserResolver,
    ]),
  entities: [
    Build,
    BuildRevision,
    RegionBuilds,
    GameCopy,
    GameDataCopy,
    ItemCopy,
    InventoryCopy,
    UserCopy,
    StudioCopy,
    ProposalCopy,
    ProposedItemsCopy,
  ],
  migrations: [
    { name: '20261121T0900-create-tables', class: CreateTables },
    { name: '20261121T1340-dead-letters-and-rebuilds', class: DeadLettersAndRebuilds },
    { name: '20261121T1430-archive-positions', class: ArchivePositions },
    { name: '20261122T1120-computations', class: AddComputations },
    { name: '20261122T1130-add-figures', class: AddFigures },
    { name: '20261122T1131-add-revision-texts', class: AddRevisionTexts },
    { name: '20261122T1132-patches', class: AddPatches },
    { name: '20261122T1135-impact-reports', class: AddImpactReports },
    { name: '20261122T1151-inventory-copies', class: AddInventoryCopies },
  ],
  sources: [defineSource(build, Build, { stateOf: one => one.state() })],
  projections: [
    gameCopy,
    gameDataCopy,
    itemCopy,
    inventoryCopy,
    userCopy,
    studioCopy,
    proposalCopy,
    proposedItemsCopy,
  ],
  consumers: [itemReview, dataReview, authorErasure, askerErasure],
  announcers: [
    announce(buildCreated, ({ id }) => [`build:${id}`]),
    announce(buildUpdated, ({ id }) => [`build:${id}`]),
    announce(buildDeleted, ({ id }) => [`build:${id}`]),
  ],
  services: parts => ({
    ...{ gameData: new GameDataVersions(), newShareCode },
    computations: startComputations(parts),
  }),
  jobs: (_, { gameData }) => [reviewJob(gameData), impactJob(gameData), erasureJob, expiryJob],
};
