import { defineAggregate, defineEnding, defineEvent } from '@gamegraph/event-bus';
import { z } from 'zod';

export const BuildState = z.object({
  id: z.uuid(),
  gameId: z.uuid(),
  authorId: z.uuid(),
  name: z.string(),
  /** PUBLIC is listed; UNLISTED is for those who have its id or share code. */
  visibility: z.enum(['PUBLIC', 'UNLISTED', 'PRIVATE']),
  publishedAt: z.iso.datetime().nullable(),
  /** 1, 2, 3 …: each save is one. */
  revision: z.number().int().positive(),
  /** The version of the game's data that the present revision was made for. */
  dataVersion: z.number().int().nonnegative(),
  forkedFromId: z.uuid().nullable(),
  likesCount: z.number().int().nonnegative(),
  /** Whether a later version of the data made something else of it. */
  needsReview: z.boolean(),
  /** Which version that was; null while there is nothing to review. */
  patchVersion: z.number().int().nullable().optional(),
});

export type BuildState = z.infer<typeof BuildState>;

export const build = defineAggregate({
  topic: 'builds.build',
  description: 'A character build: items of one game in slots.',
  state: BuildState,
});

export const buildCreated = defineEvent(
  'BuildCreated',
  build,
  'created',
  'Somebody made a build, or forked one.',
);

export const buildUpdated = defineEvent(
  'BuildUpdated',
  build,
  'updated',
  'It was saved, shown, hidden, liked, or a patch of its game concerns it.',
);

export const buildDeleted = defineEnding(
  'BuildDeleted',
  build,
  'deleted',
  'Its author deleted it.',
);
