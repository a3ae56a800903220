import {
  badInput,
  faultOfText,
  record,
  RequiresScopes,
  requireViewer,
  transact,
} from '@gamegraph/subgraph-kit';
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { Build, lockVisible } from './build.entity.js';

@Resolver()
export class BuildModerationResolver {
  @Mutation(() => Build, {
    description: 'Makes a build private until it is unhidden; the author reads why.',
  })
  @RequiresScopes('builds:moderate')
  hideBuild(
    @Arg('id', () => ID) id: string,
    @Arg('reason', () => String) reason: string,
    @Ctx() context: BuildsContext,
  ) {
    const { userId: by } = requireViewer(context);
    const fault = faultOfText(reason, { max: 500 });
    if (fault) throw badInput(`reason ${fault}.`);
    return transact(context.em, async tx => {
      const at = context.now();
      const build = await lockVisible(tx, context, id);
      record(tx, build.hide({ reason, by, at: at.toISOString() }), at);
      return build;
    });
  }

  @Mutation(() => Build, {
    description: 'Lets the author show a build again. It stays private until they do.',
  })
  @RequiresScopes('builds:moderate')
  unhideBuild(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    return transact(context.em, async tx => {
      const build = await lockVisible(tx, context, id);
      const event = build.unhide();
      if (event) record(tx, event, context.now());
      return build;
    });
  }
}
