import { libraryEntry } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** Whether somebody owns a game, or did: a row for both, so that a rebuild never shows the past as present. */
@Entity({ tableName: 'library_entry_copy' })
export class LibraryEntryCopy extends Copy {
  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'boolean' })
  isOwned!: boolean;
}

export const libraryEntryCopy = defineCopy({
  name: 'social.library-entry',
  of: libraryEntry,
  into: LibraryEntryCopy,
  columns: ({ userId, gameId, isOwned }) => ({ userId, gameId, isOwned }),
});
