import { type GameDataState, gameDataReleased } from '@gamegraph/event-contracts';
import { RuleSet, rulesOf } from '@gamegraph/rules';
import { loaderOf } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import {
  AttributeDefinition,
  ModifierDefinition,
  ParameterDefinition,
  RuleDefinition,
  SlotDefinition,
  StatDefinition,
  TableDefinition,
} from './definitions.js';
import { FightDefinition } from './fight-definitions.js';

/** What the items of a game are made of, and the rules of its builds. */
@ObjectType()
export abstract class DefinedGameData {
  @Field(() => [AttributeDefinition])
  @Property({ type: 'jsonb' })
  attributes: AttributeDefinition[] = [];

  @Field(() => [ParameterDefinition])
  @Property({ type: 'jsonb' })
  parameters: ParameterDefinition[] = [];

  @Field(() => [SlotDefinition])
  @Property({ type: 'jsonb' })
  slots: SlotDefinition[] = [];

  @Field(() => [TableDefinition])
  @Property({ type: 'jsonb' })
  tables: TableDefinition[] = [];

  @Field(() => [StatDefinition])
  @Property({ type: 'jsonb' })
  stats: StatDefinition[] = [];

  @Field(() => [ModifierDefinition])
  @Property({ type: 'jsonb' })
  modifiers: ModifierDefinition[] = [];

  @Field(() => [RuleDefinition])
  @Property({ type: 'jsonb' })
  rules: RuleDefinition[] = [];

  @Field(() => String, {
    nullable: true,
    description:
      'The key of the attribute that is what an item costs, in the game’s own money. Without one, nothing costs anything.',
  })
  @Property({ type: 'text', nullable: true })
  cost: string | null = null;

  @Field(() => [FightDefinition])
  @Property({ type: 'jsonb' })
  fights: FightDefinition[] = [];
}

/** A version of a game's data. The table takes new ones only. */
@Entity({ tableName: 'game_data' })
@ObjectType({
  description:
    "A version of a game's data: what its items are made of, and the rules of its builds.",
})
export class GameData extends DefinedGameData {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  gameId!: string;

  @Field(() => Int, { description: '1, 2, 3 …' })
  @Property({ type: 'integer' })
  version!: number;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  releasedAt!: Date;

  @Field(() => String, { nullable: true, description: 'What is new, in plain text.' })
  @Property({ type: 'text', nullable: true })
  notes: string | null = null;

  static release(
    definitions: DefinedGameData,
    release: Pick<GameData, 'gameId' | 'version' | 'notes' | 'releasedAt'>,
  ) {
    const data = Object.assign(new GameData(), rulesOf(definitions), release);
    return { data, event: gameDataReleased(data.state()) };
  }

  /** What others may know, and keep copies of. */
  state(): GameDataState {
    const { id, gameId, version, notes, releasedAt } = this;
    return {
      ...{ id, gameId, version, notes, ...RuleSet.parse(rulesOf(this)) },
      releasedAt: releasedAt.toISOString(),
    };
  }
}

/** A version of a game's data, or null: one statement for all that are asked for in one moment. */
export function gameDataOf(
  em: EntityManager,
  gameId: string,
  version: number,
): Promise<GameData | null> {
  const loader = loaderOf<{ gameId: string; version: number }, GameData | null>(
    em,
    'GameData.version',
    async keys => {
      const found = await em.find(GameData, { $or: [...keys] });
      const byKey = new Map(found.map(data => [`${data.gameId} ${data.version}`, data]));
      return keys.map(key => byKey.get(`${key.gameId} ${key.version}`) ?? null);
    },
  );
  return loader.load({ gameId, version });
}
