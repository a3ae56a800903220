import { studio, type StudioState } from '@gamegraph/event-contracts';
import { Copy, defineCopy, load, type Viewer } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import type { EntityManager } from '@mikro-orm/postgresql';

/** Who may act for a studio. */
@Entity({ tableName: 'studio_copy' })
export class StudioCopy extends Copy {
  @Property({ type: 'jsonb' })
  members!: StudioState['members'];
}

export const studioCopy = defineCopy({
  name: 'builds.studio',
  of: studio,
  into: StudioCopy,
  columns: ({ members }) => ({ members }),
});

/** Whether somebody may change the data of a studio's games, as `games` sees it. */
export async function mayEditGames(
  em: EntityManager,
  viewer: Viewer | undefined,
  studioId: string,
): Promise<boolean> {
  if (!viewer) return false;
  if (viewer.permissions.has('games:moderate')) return true;
  const members = (await load(em, StudioCopy, studioId))?.members ?? [];
  return members.some(
    ({ userId, permissions }) => userId === viewer.userId && permissions.includes('EDIT_GAMES'),
  );
}
