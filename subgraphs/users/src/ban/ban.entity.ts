import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { v7 as uuidv7 } from 'uuid';

/** Why, by whom and until when an account is suspended. Kept when it is over. */
@Entity({ tableName: 'ban' })
export class Ban {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid', index: true })
  userId!: string;

  @Property({ type: 'text' })
  reason!: string;

  /** The moderator's id. */
  @Property({ type: 'uuid' })
  setBy!: string;

  @Property({ type: 'timestamptz' })
  setAt!: Date;

  /** Null: without end. */
  @Property({ type: 'timestamptz', nullable: true })
  until: Date | null = null;

  @Property({ type: 'timestamptz', nullable: true })
  liftedAt: Date | null = null;

  isInForce(at: Date): boolean {
    return this.liftedAt === null && (this.until === null || at < this.until);
  }
}
