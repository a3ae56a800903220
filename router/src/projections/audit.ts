import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../execution/json.js';
import type { Operator } from './operator.js';

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const ROUNDS = 20; // of looking again at what is behind its owner: an event may be under way
const ROUND_MS = 250;
const ROUNDS_MS_MAX = 6_000; // where there is an end to it
const CHUNK = 200; // ids in one request
const PAGES_AHEAD = 2; // that are compared while another is read
const SUSPECTS_MAX = 10_000;
const EXAMPLES_MAX = 5;
const UNKNOWN = -1;

interface Snapshot {
  id: string;
  version: number;
  /** Null of what the owner does not have; told only of those that it is asked for by id. */
  state: { id: string } | null;
}

/** What a copy has of an aggregate, and its owner's word. */
interface Found {
  id: string;
  owner: unknown;
  copy: unknown;
}

interface Suspect extends Found {
  /** Up to which event the copy has come. */
  copyVersion: number;
}

/** One that stayed unequal. */
export interface Difference extends Suspect {
  ownerVersion: number;
  /** The columns that differ; none where a row is missing, is too many, or is a count. */
  fields: string[];
}

/** An event of the owner's that has not had its effect. */
export interface MissingEvent {
  id: string;
  type: string;
  aggregateId: string;
  version: number;
  at: string;
}

/** What an audit of one projection found. */
export interface ProjectionReport {
  subgraph: string;
  projection: string;
  topic: string;
  owner: string;
  compared: number;
  /** Those that stayed unequal though every event had time to come. */
  differing: string[];
  /** How many of these have not had all of their owner's events. */
  behind: number;
  /** The worst: first those that are wrong in spite of having had every event, then those that lack the most. */
  examples: Difference[];
  firstMissing: MissingEvent | undefined;
  /** Whether all that was to be compared was. If not, `endId` is where to go on. */
  isComplete: boolean;
  endId: string | undefined;
  repaired: number;
  /** Of what was repaired, how many differ when looked at again. */
  remaining: number;
}

export interface AuditOptions {
  /** Their names; all, if not said. */
  projections?: string[] | undefined;
  /** How many aggregates of each to compare, chosen at random: 1000 at most. Without it, all. */
  sample?: number | undefined;
  /** Only those behind this one. */
  afterId?: string | undefined;
  repair?: boolean;
  /** When no more is begun, by `performance.now()`. */
  endsAtMs?: number;
}

/** A copy or counter, and the subgraph that owns what it is made of. */
export interface Target {
  subgraph: string;
  projection: string;
  topic: string;
  owner: string;
}

/**
 * Compares copies and counters of a running system with their owners, at equal versions. Neither side is locked: what
 * has not had all of its owner's events is looked at again, until those under way have had time to come.
 */
export async function audit(
  operator: Operator,
  options: AuditOptions = {},
): Promise<ProjectionReport[]> {
  const targets = await targetsOf(operator);
  const reports: ProjectionReport[] = [];
  for (const target of targets) {
    if (options.projections?.includes(target.projection) ?? true)
      reports.push(await new ProjectionAudit(operator, target, options).run());
  }
  return reports;
}

/** Every projection of the system, as the subgraphs declare them. */
export async function targetsOf(operator: Operator): Promise<Target[]> {
  const declared = await Promise.all(
    operator.names.map(async subgraph => ({
      subgraph,
      sources: await operator.get<string[]>(subgraph, 'sources'),
      projections: await operator.get<{ name: string; topic: string }[]>(subgraph, 'projections'),
    })),
  );
  const owners = new Map(
    declared.flatMap(({ subgraph, sources }) => sources.map(topic => [topic, subgraph])),
  );
  return declared.flatMap(({ subgraph, projections }) =>
    projections.map(({ name: projection, topic }) => {
      const owner = owners.get(topic);
      if (!owner) throw new Error(`${projection} copies ${topic}, which no subgraph owns.`);
      return { subgraph, projection, topic, owner };
    }),
  );
}

class ProjectionAudit {
  readonly #suspects = new Map<string, Difference>();
  #compared = 0;
  #isComplete = false;
  #endId: string | undefined;

  constructor(
    private readonly operator: Operator,
    private readonly target: Target,
    private readonly options: AuditOptions,
  ) {}

  async run(): Promise<ProjectionReport> {
    const { sample, afterId = FIRST_ID, repair = false } = this.options;
    if (sample === undefined) await this.#compareAll(afterId);
    else await this.#compareSample(sample);
    await this.#lookAgain();

    const unequal = [...this.#suspects.values()];
    const behind = unequal.filter(isBehind);
    const firstMissing = await this.#firstMissing(behind);
    if (repair) await this.#repair(unequal.map(({ id }) => id));
    // What is derived from all together has its turn when all have had theirs.
    const totals = this.#isComplete ? await this.#totals(repair) : [];

    const worst = unequal.toSorted((a, b) => lackOf(b) - lackOf(a));
    const examples = [
      ...worst.filter(one => !isBehind(one)),
      ...totals.map(found => ({ ...found, fields: [], copyVersion: 0, ownerVersion: 0 })),
      ...worst.filter(isBehind),
    ];
    return {
      ...this.target,
      compared: this.#compared,
      differing: [...new Set([...unequal, ...totals].map(({ id }) => id))],
      behind: behind.length,
      examples: examples.slice(0, EXAMPLES_MAX),
      firstMissing,
      isComplete: this.#isComplete,
      endId: this.#endId,
      repaired: repair ? unequal.length + totals.length : 0,
      remaining: repair ? await this.#remaining(unequal.map(({ id }) => id)) : 0,
    };
  }

  async #compareAll(startId: string): Promise<void> {
    const { endsAtMs = Infinity } = this.options;
    const inWork: { page: Snapshot[]; compared: Promise<void> }[] = [];
    const finish = async (allBut: number) => {
      while (inWork.length > allBut) {
        const { page, compared } = inWork.shift()!;
        await compared;
        this.#compared += page.length;
        this.#endId = page.at(-1)?.id;
      }
    };
    let next = this.#snapshots({ afterId: startId });
    for (let afterId: string | undefined = startId; afterId !== undefined;) {
      const page = await next;
      if (performance.now() > endsAtMs) return finish(0);
      if (endsAtMs < Infinity && this.#suspects.size >= SUSPECTS_MAX) return finish(0);
      const uptoId = page.at(-1)?.id;
      // The owner reads the next page while those before are compared.
      if (uptoId) next = this.#snapshots({ afterId: uptoId });
      const compared = this.#compare(page, { afterId, ...(uptoId && { uptoId }) });
      for (const each of [next, compared]) each.catch(() => undefined); // told when it is that page's turn
      inWork.push({ page, compared });
      await finish(PAGES_AHEAD);
      afterId = uptoId;
    }
    await finish(0);
    this.#isComplete = true;
  }

  async #compareSample(sample: number): Promise<void> {
    const snapshots = await this.#snapshots({ sample: String(sample) });
    this.#compared = snapshots.length;
    await this.#compare(snapshots, { ids: snapshots.map(({ id }) => id) });
    this.#isComplete = true;
  }

  /** Those that have had every event and differ are wrong, whatever comes. The others may be only late. */
  async #lookAgain(): Promise<void> {
    const endsAtMs = (this.options.endsAtMs ?? Infinity) + ROUNDS_MS_MAX;
    for (let round = 0; round < ROUNDS && (round === 0 || performance.now() < endsAtMs); round++) {
      const late = [...this.#suspects.values()].filter(one => one.copyVersion !== one.ownerVersion);
      if (late.length === 0) return;
      await sleep(ROUND_MS);
      for (const ids of chunks(late.map(({ id }) => id))) {
        for (const id of ids) this.#suspects.delete(id);
        await this.#compareThese(ids);
      }
    }
  }

  async #compareThese(ids: string[]): Promise<void> {
    await this.#compare(await this.#snapshots({ ids: ids.join(',') }), { ids });
  }

  async #compare(snapshots: Snapshot[], range: object): Promise<void> {
    const { suspects } = await this.#post<{ suspects: Suspect[] }>('audit', {
      snapshots: snapshots.filter(isPresent),
      range,
    });
    const versions = new Map(snapshots.map(({ id, version }) => [id, version]));
    for (const suspect of suspects) {
      // What the owner's page lacks may be newer than the page: only when asked for by id does the owner say so.
      const ownerVersion = versions.get(suspect.id) ?? UNKNOWN;
      this.#suspects.set(suspect.id, { ...suspect, ownerVersion, fields: fieldsOf(suspect) });
    }
  }

  async #firstMissing(behind: Difference[]): Promise<MissingEvent | undefined> {
    let first: MissingEvent | undefined;
    for (const some of chunks(behind)) {
      const positions = some.map(({ id, copyVersion }) => ({ id, version: copyVersion + 1 }));
      const body = { topic: this.target.topic, positions };
      const [event] = await this.operator.post<MissingEvent[]>(
        this.target.owner,
        'first-event',
        body,
      );
      if (event && (!first || event.at < first.at)) first = event;
    }
    return first;
  }

  async #repair(differing: string[]): Promise<void> {
    for (const ids of chunks(differing)) {
      const snapshots = await this.#snapshots({ ids: ids.join(',') });
      const gone = snapshots.filter(one => !isPresent(one)).map(({ id }) => id);
      await this.#post('repair', { snapshots: snapshots.filter(isPresent), gone });
    }
  }

  async #remaining(repaired: string[]): Promise<number> {
    this.#suspects.clear();
    for (const ids of chunks(repaired)) await this.#compareThese(ids);
    await this.#lookAgain();
    const totals = this.#isComplete ? await this.#totals(false) : [];
    return this.#suspects.size + totals.length;
  }

  #totals(repair: boolean): Promise<Found[]> {
    return this.#post('audit-totals', { repair });
  }

  #snapshots(query: Record<string, string>): Promise<Snapshot[]> {
    const { owner, topic } = this.target;
    return this.operator.get(owner, 'snapshots', { topic, ...query });
  }

  /** Of the subgraph that keeps the copies. */
  #post<T>(path: string, body: object): Promise<T> {
    const { subgraph, projection } = this.target;
    return this.operator.post(subgraph, path, { projection, ...body });
  }
}

function isPresent({ state }: Snapshot): boolean {
  return state !== null;
}

function isBehind({ copyVersion, ownerVersion }: Difference): boolean {
  return copyVersion < ownerVersion;
}

/** Negative: how many events it lacks. */
function lackOf({ copyVersion, ownerVersion }: Difference): number {
  return copyVersion - ownerVersion;
}

function fieldsOf({ owner, copy }: Found): string[] {
  if (!isObject(owner) || !isObject(copy) || Array.isArray(owner)) return [];
  return Object.keys(owner).filter(
    name =>
      !['source_version', 'source_at'].includes(name) &&
      !isDeepStrictEqual(owner[name], copy[name]),
  );
}

function* chunks<T>(all: T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += CHUNK) yield all.slice(start, start + CHUNK);
}
