import { studio, type StudioState } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** Who are members of a studio: `games` owns it. */
@Entity({ tableName: 'studio_copy' })
export class StudioCopy extends Copy {
  @Property({ type: 'jsonb' })
  members!: StudioState['members'];
}

export const studioCopy = defineCopy({
  name: 'payments.studio',
  of: studio,
  into: StudioCopy,
  columns: ({ members }) => ({ members }),
});
