import { conflict, tidy } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType } from 'type-graphql';
import { DefinedGameData } from './game-data.entity.js';

/** What the next version of a game's data is to be: all definitions, and the items that are to change (`DraftItem`). */
@Entity({ tableName: 'game_data_draft' })
@ObjectType({ description: "What the next version of a game's data is to be." })
export class GameDataDraft extends DefinedGameData {
  @PrimaryKey({ type: 'uuid' })
  gameId!: string;

  @Field(() => Int, { description: 'Goes up with each change of the draft.' })
  @Property({ type: 'integer' })
  revision: number = 0;

  static begin(gameId: string): GameDataDraft {
    return Object.assign(new GameDataDraft(), { gameId });
  }

  /**
   * Says that the draft is being changed.
   *
   * @throws GraphError CONFLICT when it is not as whoever changes it believes
   */
  touch(expectedRevision: number | null | undefined): void {
    this.requireRevision(expectedRevision);
    this.revision++;
  }

  /** @throws GraphError CONFLICT when it is not as whoever asks believes */
  requireRevision(expectedRevision: number | null | undefined): void {
    if (expectedRevision != null && expectedRevision !== this.revision) {
      throw conflict(
        `The draft is at revision ${this.revision}, and no longer at ${expectedRevision}. Look at it again.`,
        { draftRevision: this.revision },
      );
    }
  }

  define(definitions: DefinedGameData): void {
    this.attributes = definitions.attributes.map(tidied);
    this.parameters = definitions.parameters.map(tidied);
    this.slots = definitions.slots.map(tidied);
    this.tables = definitions.tables.map(tidied);
    this.stats = definitions.stats.map(tidied);
    this.modifiers = definitions.modifiers.map(tidied);
    this.rules = definitions.rules.map(tidied);
    this.cost = definitions.cost;
    this.fights = definitions.fights.map(tidied);
  }
}

function tidied<T extends object>(definition: T): T {
  const fields = Object.entries(definition) as [string, unknown][];
  return Object.fromEntries(
    fields.map(([name, value]) => [name, typeof value === 'string' ? tidy(value) : value]),
  ) as T;
}
