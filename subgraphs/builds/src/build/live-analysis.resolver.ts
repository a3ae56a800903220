import { badInput, GraphError, notFound, Public, uuidOf } from '@gamegraph/subgraph-kit';
import { Arg, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { contentOf } from './build-content.js';
import { BuildCheck } from './build-outcome.type.js';
import { BuildPatch, patchToldOf } from './build-patch.resolver.js';
import { Build, loadVisible } from './build.entity.js';
import { BuildContentInput } from './build.inputs.js';
import { checked } from './proposal.js';
import { gameDataTopic } from './review.process.js';
import { beginningNow, type Watched, watching } from './watching.js';

@ObjectType({ description: 'What a build comes to now.' })
class BuildAnalysis extends BuildCheck {
  @Field(() => Build, { nullable: true, description: 'Null for one that is not saved.' })
  build!: Build | null;

  @Field(() => BuildPatch, {
    nullable: true,
    description: 'What patches made of it since it was saved; null when that is nothing.',
  })
  patch!: BuildPatch | null;
}

interface Args {
  id?: string | null;
  input?: BuildContentInput | null;
}

@Resolver()
export class LiveAnalysisResolver {
  @Subscription(() => BuildAnalysis, {
    description:
      'What a build comes to: at once, and anew whenever it is saved, or its game releases data. ' +
      'Ends when it is deleted, or the viewer may not see it any more.',
    async subscribe({ args: { id, input }, context }: { args: Args; context: BuildsContext }) {
      if ((id == null) === (input == null)) throw badInput('Give an `id` or an `input`.');
      const { live } = context;
      if (id == null) {
        const gameId = uuidOf('Game', input!.gameId);
        const topic = gameDataTopic(gameId);
        const events = beginningNow(live.subscribe([topic]), { topic, id: gameId });
        return watching(events, async () => 'unsaved' as const);
      }
      const uuid = uuidOf('Build', id);
      const look = async () => {
        const looking = { ...context, em: context.em.fork() };
        const build = await loadVisible(looking, uuid);
        // It may be deleted between the two, as it may be before.
        return build && analysisOf(looking, build).catch(nothingIfGone);
      };
      const build = await loadVisible(context, uuid);
      if (!build) throw notFound('Build');
      const topic = `build:${uuid}`;
      const topics = [topic, gameDataTopic(build.gameId)];
      const events = beginningNow(live.subscribe(topics), { topic, id: uuid });
      return watching(events, look, { isEnding: true });
    },
  })
  @Public()
  buildAnalysis(
    @Root() { seen }: Watched<BuildAnalysis | 'unsaved'>,
    @Arg('id', () => ID, { nullable: true, description: 'Of a build.' })
    _id: string | null | undefined,
    @Arg('input', () => BuildContentInput, {
      nullable: true,
      description: 'What a build that is not saved consists of.',
    })
    input: BuildContentInput | null | undefined,
    @Ctx() context: BuildsContext,
  ): Promise<BuildAnalysis> | BuildAnalysis {
    return seen === 'unsaved'
      ? checked(context, input!).then(check => ({ ...check, build: null, patch: null }))
      : seen;
  }
}

function nothingIfGone(error: unknown): null {
  if (error instanceof GraphError && error.extensions['code'] === 'NOT_FOUND') return null;
  throw error;
}

async function analysisOf(context: BuildsContext, build: Build): Promise<BuildAnalysis> {
  const { stats, violations } = (await contentOf(context, build)).outcome;
  const patch = await patchToldOf(context, build);
  return { build, stats, violations, patch, faults: [] };
}
