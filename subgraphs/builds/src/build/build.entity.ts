import {
  type BuildState,
  buildCreated,
  buildDeleted,
  buildUpdated,
} from '@gamegraph/event-contracts';
import { type Content, costOfBuild } from '@gamegraph/rules';
import { conflict, load, Node, notFound, tidy, uuidOf, type Viewer } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { BuildsContext } from '../context.js';
import type { GameData } from '../game-data/game-data-versions.js';
import type { ItemCopy } from '../item/item.projection.js';
import { BuildRevision } from './build-revision.entity.js';
import { BuildVisibility } from './build-visibility.js';
import { BuildHidden, BuildIsOwn } from './build.refusals.js';

/** Why, by whom and when a build was hidden. */
interface Hiding {
  reason: string;
  by: string;
  /** RFC 3339. */
  at: string;
}

/** What patches made of a build since it was saved. */
interface StandingPatch {
  /** Of the game's data, that made it so. */
  version: number;
  digest: string;
}

/** What somebody wants a build to consist of, when the game has all of it. */
export interface SoundContent {
  content: Content<ItemCopy>;
  data: GameData;
}

@Entity({ tableName: 'build' })
@ObjectType({ description: 'A character build: items of one game, put into slots.' })
@Node<BuildsContext, Build>('Build', (id, context) => loadVisible(context, id))
export class Build {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  authorId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'How to play it, in plain text.' })
  @Property({ type: 'text', nullable: true })
  notes: string | null = null;

  @Field(() => BuildVisibility)
  @Property({ type: 'text' })
  visibility!: BuildVisibility;

  @Field(() => Int, { description: '1, 2, 3 …: each save is one.' })
  @Property({ type: 'integer' })
  revision!: number;

  @Field(() => Int, { description: 'The version of the game’s data that it was saved for.' })
  @Property({ type: 'integer' })
  dataVersion!: number;

  @Field(() => Boolean, {
    description:
      'Whether a later version of the game’s data made something else of it (`patch`). Saving it settles that.',
  })
  @Property({ type: 'boolean' })
  needsReview!: boolean;

  /** Which version of the game's data that was; null while there is nothing to review. */
  @Property({ type: 'integer', nullable: true })
  patchVersion: number | null = null;

  /** Of what it made of it, to tell whether that is new. */
  @Property({ type: 'text', nullable: true })
  patchDigest: string | null = null;

  /** Of the present revision, to look builds up by. */
  @Property({ type: 'uuid[]' })
  itemIds!: string[];

  /** As it was last worked out, to look builds up by; null where the game says of nothing what it costs. */
  @Property({ type: 'double', nullable: true })
  cost: number | null = null;

  /** Perhaps gone by now, or not for everyone to know. */
  @Property({ type: 'uuid', nullable: true })
  forkedFromId: string | null = null;

  @Field(() => Int)
  @Property({ type: 'integer' })
  likesCount: number = 0;

  @Field(() => String, { description: 'Eight characters that lead here: `buildByShareCode`.' })
  @Property({ type: 'text' })
  shareCode!: string;

  @Field(() => Date, { nullable: true, description: 'When it was first shown to everyone.' })
  @Property({ type: 'timestamptz', nullable: true })
  publishedAt: Date | null = null;

  @Property({ type: 'jsonb', nullable: true })
  hiding: Hiding | null = null;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Field(() => Date, { description: 'When its author last changed it.' })
  @Property({ type: 'timestamptz' })
  updatedAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'Why a moderator has hidden it; it cannot be shown until that is undone.',
  })
  get hiddenReason(): string | null {
    return this.hiding?.reason ?? null;
  }

  static begin(
    about: {
      authorId: string;
      gameId: string;
      name: string;
      notes: string | null;
      visibility: BuildVisibility;
      shareCode: string;
    },
    sound: SoundContent,
    at: Date,
  ) {
    const { authorId, gameId, shareCode } = about;
    const build = Object.assign(new Build(), {
      ...{ authorId, gameId, shareCode, revision: 0, createdAt: at },
    });
    build.describe(about);
    build.show(about.visibility, at);
    const revision = build.nextRevision(sound, at);
    return { build, revision, event: buildCreated(build.state()) };
  }

  /**
   * A copy of a saved state, which stays pinned to what it was pinned to.
   *
   * @param patch what patches made of it since it was saved
   */
  static fork(
    source: Build,
    from: { revision: BuildRevision; patch: StandingPatch | null },
    about: { authorId: string; name: string; shareCode: string },
    at: Date,
  ) {
    if (source.hiding) return new BuildHidden(source.hiding.reason);
    const build = Object.assign(new Build(), {
      ...{ authorId: about.authorId, shareCode: about.shareCode, name: tidy(about.name) },
      ...{ gameId: source.gameId, notes: source.notes, forkedFromId: source.id },
      ...{ visibility: BuildVisibility.PRIVATE, createdAt: at, updatedAt: at },
      ...{ revision: 1, dataVersion: from.revision.dataVersion, needsReview: false },
      itemIds: itemIdsOf(from.revision),
      cost: source.cost,
    });
    const revision = from.revision.copy({ buildId: build.id, name: build.name }, at);
    build.setPatch(from.patch);
    return { build, revision, event: buildCreated(build.state()) };
  }

  /** What is not given stays as it is; notes that are null are emptied. */
  save(about: { name?: string | null; notes?: string | null }, sound: SoundContent, at: Date) {
    this.describe(about);
    const revision = this.nextRevision(sound, at);
    return { revision, event: buildUpdated(this.state()) };
  }

  /** @throws GraphError CONFLICT that tells the present revision, when it is another */
  requireRevision(expected: number): void {
    if (this.revision === expected) return;
    throw conflict(
      `This build is at revision ${this.revision} by now, not ${expected}. Look at it, then save again.`,
      { presentRevision: this.revision },
    );
  }

  /** Returns nothing when nothing is new, as do those below. */
  setVisibility(visibility: BuildVisibility, at: Date) {
    if (visibility === this.visibility) return undefined;
    if (this.hiding) return new BuildHidden(this.hiding.reason);
    this.show(visibility, at);
    return buildUpdated(this.state());
  }

  hide(hiding: Hiding) {
    this.hiding = { ...hiding, reason: tidy(hiding.reason) };
    this.visibility = BuildVisibility.PRIVATE;
    return buildUpdated(this.state());
  }

  /** It stays private: whether it is shown again is for its author to say. */
  unhide() {
    if (!this.hiding) return undefined;
    this.hiding = null;
    return buildUpdated(this.state());
  }

  like(by: string) {
    if (by === this.authorId) return new BuildIsOwn();
    this.likesCount++;
    return buildUpdated(this.state());
  }

  unlike() {
    this.likesCount--;
    return buildUpdated(this.state());
  }

  /** What patches make of it by now. The same again is no news, whatever version of the data is the newest. */
  review(patch: StandingPatch | null) {
    const digest = patch?.digest ?? null;
    if (digest === this.patchDigest && this.needsReview === (patch !== null)) return undefined;
    this.setPatch(patch);
    return buildUpdated(this.state());
  }

  delete() {
    return buildDeleted({ id: this.id });
  }

  isVisibleTo(viewer: Viewer | undefined): boolean {
    if (this.visibility !== BuildVisibility.PRIVATE) return true;
    if (!viewer) return false;
    return (
      viewer.userId === this.authorId ||
      (this.hiding !== null && viewer.permissions.has('builds:moderate'))
    );
  }

  /** Whether it may be named to somebody who has not named it. */
  isListedFor(viewer: Viewer | undefined): boolean {
    return this.visibility === BuildVisibility.PUBLIC || viewer?.userId === this.authorId;
  }

  /** What others may know, and keep copies of. */
  state(): BuildState {
    const { id, gameId, authorId, name, visibility, publishedAt, revision } = this;
    const { dataVersion, forkedFromId, likesCount, needsReview, patchVersion } = this;
    return {
      ...{ id, gameId, authorId, name, visibility, revision },
      ...{ dataVersion, forkedFromId, likesCount, needsReview, patchVersion },
      publishedAt: publishedAt?.toISOString() ?? null,
    };
  }

  private setPatch(patch: StandingPatch | null): void {
    this.needsReview = patch !== null;
    this.patchVersion = patch?.version ?? null;
    this.patchDigest = patch?.digest ?? null;
  }

  private describe({ name, notes }: { name?: string | null; notes?: string | null }): void {
    if (name != null) this.name = tidy(name);
    if (notes !== undefined) this.notes = notes === null ? null : tidy(notes) || null;
  }

  private show(visibility: BuildVisibility, at: Date): void {
    this.visibility = visibility;
    if (visibility === BuildVisibility.PUBLIC) this.publishedAt ??= at;
    this.updatedAt = at;
  }

  private nextRevision({ content, data }: SoundContent, at: Date): BuildRevision {
    const { id: buildId, gameId, name, notes } = this;
    this.revision++;
    const revision = BuildRevision.pin(
      { buildId, gameId, name, notes, number: this.revision },
      content,
      data,
      at,
    );
    this.dataVersion = data.version;
    this.itemIds = itemIdsOf(revision);
    this.cost = costOfBuild(data.rules.rules, content);
    this.setPatch(null);
    this.updatedAt = at;
    return revision;
  }
}

/** The build with this id, or null when there is none that the viewer may see. */
export async function loadVisible(
  { em, viewer }: BuildsContext,
  id: string,
): Promise<Build | null> {
  const build = await load(em, Build, id);
  return build?.isVisibleTo(viewer) ? build : null;
}

/** @throws GraphError NOT_FOUND when there is none that the viewer may see */
export async function requireVisible(context: BuildsContext, id: string): Promise<Build> {
  const build = await loadVisible(context, id);
  if (!build) throw notFound('Build');
  return build;
}

/**
 * The build with this global id, for changing it.
 *
 * @throws GraphError NOT_FOUND when there is none that the viewer may see
 */
export async function lockVisible(
  tx: EntityManager,
  { viewer }: BuildsContext,
  id: string,
): Promise<Build> {
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const build = await tx.findOne(Build, uuidOf('Build', id), { lockMode });
  if (!build?.isVisibleTo(viewer)) throw notFound('Build');
  return build;
}

function itemIdsOf({ pins }: BuildRevision): string[] {
  return [...new Set(pins.map(({ itemId }) => itemId))];
}
