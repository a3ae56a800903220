import { Authenticated, requireViewer } from '@gamegraph/subgraph-kit';
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { cancel, resume } from './computation-asking.js';
import { requireComputation, uuidOfComputation } from './computation-view.js';
import { Computation } from './computation.type.js';

@Resolver()
export class ComputationResolver {
  @Mutation(() => Computation, {
    description:
      'Says that the viewer does not want it any more. It stops, unless somebody else asked for it too; what it has come to is kept.',
  })
  @Authenticated()
  async cancelComputation(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    return this.changed(context, id, cancel);
  }

  @Mutation(() => Computation, {
    description: 'Has one go on, from where it was, that was cancelled or has failed.',
  })
  @Authenticated()
  async resumeComputation(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    return this.changed(context, id, resume);
  }

  private async changed(context: BuildsContext, id: string, change: typeof cancel) {
    const uuid = uuidOfComputation(id);
    await requireComputation(context, uuid);
    await change(context, requireViewer(context).userId, uuid);
    return requireComputation({ ...context, em: context.em.fork() }, uuid);
  }
}
