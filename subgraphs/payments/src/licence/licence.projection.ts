import { licence, type LicenceState } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** Who owns what, as far as we have heard: it spares a hold where the library would refuse. `library` has the last word. */
@Entity({ tableName: 'licence_copy' })
export class LicenceCopy extends Copy {
  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'text' })
  state!: LicenceState['state'];
}

export const licenceCopy = defineCopy({
  name: 'payments.licence',
  of: licence,
  into: LicenceCopy,
  columns: ({ userId, gameId, state }) => ({ userId, gameId, state }),
});
