import {
  type Content,
  type Placement,
  type Setting,
  type StatValue,
  workOut,
} from '@gamegraph/rules';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { GameData } from '../game-data/game-data-versions.js';
import type { ItemCopy } from '../item/item.projection.js';
import { BuildStat } from './build-outcome.type.js';

/** An item in a slot as it was when a revision was saved. */
export interface Pin extends Pick<
  ItemCopy,
  'key' | 'name' | 'category' | 'iconUrl' | 'slots' | 'attributes'
> {
  /** The slot's key. */
  slot: string;
  itemId: string;
  /** Of what is in a socket: of which pin, and which of its sockets. */
  socket?: Placement['socket'];
}

/** A saved state of a build. It never changes. */
@Entity({ tableName: 'build_revision' })
@ObjectType({ description: 'A saved state of a build, pinned to a version of its game’s data.' })
export class BuildRevision {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  buildId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  @Field(() => Int, { description: '1, 2, 3 …' })
  @Property({ type: 'integer' })
  number!: number;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  notes!: string | null;

  @Field(() => Int, { description: 'The version of the game’s data that it was made for.' })
  @Property({ type: 'integer' })
  dataVersion!: number;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  savedAt!: Date;

  @Property({ type: 'jsonb' })
  pins!: Pin[];

  @Property({ type: 'jsonb' })
  parameters!: Setting[];

  @Field(() => [BuildStat], { description: 'As they were when it was saved.' })
  @Property({ type: 'jsonb' })
  stats!: StatValue[];

  /** Pins what a build consists of to what its items and its game's data are now. */
  static pin(
    build: Pick<BuildRevision, 'buildId' | 'gameId' | 'number' | 'name' | 'notes'>,
    content: Content<ItemCopy>,
    data: GameData,
    at: Date,
  ): BuildRevision {
    return Object.assign(new BuildRevision(), build, {
      dataVersion: data.version,
      savedAt: at,
      pins: content.placements.map(({ slot, item, socket }): Pin => {
        const { id: itemId, key, name, category, iconUrl, slots, attributes } = item;
        const pinned = { slot, itemId, key, name, category, iconUrl, slots, attributes };
        return { ...pinned, ...(socket && { socket }) };
      }),
      parameters: [...content.parameters],
      stats: workOut(data.rules, content).stats,
    });
  }

  /** The same for another build. */
  copy(build: Pick<BuildRevision, 'buildId' | 'name'>, at: Date): BuildRevision {
    const { gameId, notes, dataVersion, pins, parameters, stats } = this;
    return Object.assign(new BuildRevision(), {
      ...{ ...build, gameId, notes, number: 1, savedAt: at },
      ...{ dataVersion, pins, parameters, stats },
    });
  }
}
