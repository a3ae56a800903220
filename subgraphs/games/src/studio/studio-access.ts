import {
  forbidden,
  type GraphContext,
  loaderOf,
  unauthenticated,
  type Viewer,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { StudioMember, type StudioPermission } from './studio.entity.js';

type Asking = Pick<GraphContext, 'em' | 'viewer'>;

/** A viewer with this permission may do everything for every studio. */
export const MODERATE = 'games:moderate';

/** Whether the viewer may know what a studio has not published. */
export async function isInsider({ em, viewer }: Asking, studioId: string): Promise<boolean> {
  if (!viewer) return false;
  return viewer.permissions.has(MODERATE) || (await memberOf(em, viewer, studioId)) !== null;
}

/** @throws GraphError FORBIDDEN naming the permission that is missing */
export async function requireStudioPermission(
  { em, viewer }: Asking,
  studioId: string,
  permission: StudioPermission,
): Promise<void> {
  if (!viewer) throw unauthenticated();
  if (viewer.permissions.has(MODERATE)) return;
  const member = await memberOf(em, viewer, studioId);
  if (!member?.permissions.includes(permission)) {
    throw forbidden(`This needs the permission ${permission} of the studio, or ${MODERATE}.`);
  }
}

function memberOf(
  em: EntityManager,
  { userId }: Viewer,
  studioId: string,
): Promise<StudioMember | null> {
  const loader = loaderOf<string, StudioMember | null>(em, 'StudioMember.viewer', async ids => {
    const found = await em.find(StudioMember, { userId, studioId: { $in: [...new Set(ids)] } });
    const byStudio = new Map(found.map(member => [member.studioId, member]));
    return ids.map(id => byStudio.get(id) ?? null);
  });
  return loader.load(studioId);
}
