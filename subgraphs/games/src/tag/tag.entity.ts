import { badInput, execute, tidy } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { Field, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';

const NAME_MAX = 40;

/** A word for games of a kind. Studios bring new ones by using them; games refer to them by slug. */
@Entity({ tableName: 'tag' })
@ObjectType({ description: 'A word for games of a kind.' })
export class Tag {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Field(() => String, { description: 'What filters take.' })
  @Property({ type: 'text', unique: true })
  slug!: string;

  @Field(() => String, { description: 'As whoever used it first wrote it.' })
  @Property({ type: 'text' })
  name!: string;
}

/** `Role-Playing` and `role playing` are one tag: `role-playing`. */
export function slugOf(name: string): string {
  const words = tidy(name)
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{Nd}+#]+/gu);
  return (words ?? []).join('-');
}

/** Makes the tags that are new. */
export async function keepTags(tx: EntityManager, names: string[]): Promise<void> {
  const wordless = names.find(name => slugOf(name) === '' || [...name].length > NAME_MAX);
  if (wordless !== undefined) {
    throw badInput(
      `"${wordless}" is no tag: it has 1 to ${NAME_MAX} characters, with a letter among them.`,
    );
  }
  const tags = new Map(names.toReversed().map(name => [slugOf(name), tidy(name)])); // the first name stays
  // In one order for all: two transactions that bring the same tags do not wait for each other in a circle.
  const rows = [...tags]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([slug, name]) => ({ id: uuidv7(), slug, name }));
  await execute(
    tx,
    sql`INSERT INTO tag (id, slug, name)
        SELECT id, slug, name FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS t(id uuid, slug text, name text)
        ON CONFLICT (slug) DO NOTHING`,
  );
}
