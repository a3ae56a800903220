import type { Fault, Setting, StatValue } from '@gamegraph/rules';
import {
  forbidden,
  record,
  requireViewer,
  transact,
  violatedConstraint,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ObjectType } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { keepStats } from './build-figures.js';
import type { BuildVisibility } from './build-visibility.js';
import { Build, lockVisible } from './build.entity.js';
import { BuildFault, BuildFaulty } from './build.refusals.js';
import { type Proposal, propose, soundOrFaulty, soundPart, type WantedItem } from './proposal.js';

const CODES_TRIED_MAX = 5;

@ObjectType({ description: 'A build, without what its game has no place for.' })
export class BuildInPart {
  @Field(() => Build)
  build: Build;

  @Field(() => [BuildFault], { description: 'What was left out of what was wanted, and why.' })
  leftOut: BuildFault[];

  constructor(build: Build, leftOut: Fault[]) {
    this.build = build;
    this.leftOut = leftOut;
  }
}

/** What a build is to consist of. */
export interface Wanted {
  items: WantedItem[];
  parameters: readonly Setting[];
  /** Whether to leave out what the game has no place for, rather than to refuse. */
  isPartial?: boolean;
}

/** The viewer's build, to change it. */
export async function lockOwn(
  tx: EntityManager,
  context: BuildsContext,
  id: string,
): Promise<Build> {
  const { userId } = requireViewer(context);
  const build = await lockVisible(tx, context, id);
  if (build.authorId !== userId) throw forbidden('This build is somebody else’s. Fork it.');
  return build;
}

/** A new build of the viewer's. */
export function begin(
  context: BuildsContext,
  about: { gameId: string; name: string; notes: string | null; visibility: BuildVisibility },
  wanted: Wanted,
): Promise<Build | BuildInPart | BuildFaulty> {
  const { userId: authorId } = requireViewer(context);
  return withShareCode(context, async (tx, shareCode) => {
    const part = soundOf(await propose(tx, context, about.gameId, wanted), wanted);
    if (part instanceof BuildFaulty) return part;
    const at = context.now();
    const begun = Build.begin({ ...about, authorId, shareCode }, part.sound, at);
    return told(await keep(tx, begun, at), part.leftOut);
  });
}

/** The next revision of a build. Of `about`, what is not given stays as it is. */
export async function saveAs(
  tx: EntityManager,
  context: BuildsContext,
  build: Build,
  about: { name?: string | null; notes?: string | null },
  wanted: Wanted,
): Promise<Build | BuildInPart | BuildFaulty> {
  const part = soundOf(await propose(tx, context, build.gameId, wanted), wanted);
  if (part instanceof BuildFaulty) return part;
  const at = context.now();
  return told(await keep(tx, { build, ...build.save(about, part.sound, at) }, at), part.leftOut);
}

function soundOf(proposal: Proposal, { isPartial = false }: Wanted) {
  if (isPartial) return soundPart(proposal);
  const sound = soundOrFaulty(proposal);
  return sound instanceof BuildFaulty ? sound : { sound, leftOut: [] };
}

function told(build: Build, leftOut: Fault[]): Build | BuildInPart {
  return leftOut.length > 0 ? new BuildInPart(build, leftOut) : build;
}

export async function keep(
  tx: EntityManager,
  {
    build,
    revision,
    event,
    stats = revision.stats,
  }: ReturnType<typeof Build.begin> & { stats?: StatValue[] },
  at: Date,
): Promise<Build> {
  tx.persist([build, revision]);
  record(tx, event, at);
  await keepStats(tx, [{ buildId: build.id, gameId: build.gameId, stats }]);
  return build;
}

/** Codes are made at random; one that is taken already is made anew. */
export async function withShareCode<T>(
  { em, newShareCode }: BuildsContext,
  work: (tx: EntityManager, shareCode: string) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(em, tx => work(tx, newShareCode()));
    } catch (error) {
      const isTaken = violatedConstraint(error) === 'build_share_code_unique';
      if (!isTaken || attempt === CODES_TRIED_MAX) throw error;
    }
  }
}
