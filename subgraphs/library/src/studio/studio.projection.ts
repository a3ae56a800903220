import { studio, type StudioState } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** Who may act for a studio. */
@Entity({ tableName: 'studio_copy' })
export class StudioCopy extends Copy {
  @Property({ type: 'jsonb' })
  members!: StudioState['members'];
}

export const studioCopy = defineCopy({
  name: 'library.studio',
  of: studio,
  into: StudioCopy,
  columns: ({ members }) => ({ members }),
});
