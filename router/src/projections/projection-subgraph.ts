import { buildASTSchema, execute, GraphQLError, type GraphQLSchema, Kind, parse } from 'graphql';
import type { Logger } from 'pino';
import type { RequestContext } from '../core.js';
import type { SubgraphAnswer } from '../execution/fetch.js';
import type { JsonObject } from '../execution/json.js';
import type { NodeSubgraph } from '../node/node-subgraph.js';
import { audit, type AuditOptions, type ProjectionReport, targetsOf } from './audit.js';
import { CONSUMER_SDL, consumerFields } from './consumers.js';
import { DEAD_LETTER_SDL, deadLetterFields } from './dead-letter-fields.js';
import { type CopyFreshness, freshnessOf } from './freshness.js';
import { type Operator, OperatorFailure } from './operator.js';
import { badInput, refusal, requirePermission, unknownName } from './refusals.js';

export const PROJECTION_URL = 'router:projections';

const SAMPLE_MAX = 1_000;
const AUDIT_MS_MAX = 15_000; // after that none begins with another page
const IDS_MAX = 100;
const MAY_AUDIT = 'analytics:read';
const MAY_REPAIR = 'system:operate';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@authenticated", "@requiresScopes", "@shareable"])
  scalar DateTime
  scalar JSON
  type Query {
    """
    Whether what subgraphs keep of each other is as its owner says, compared at equal versions. Nothing is locked, and
    events that are under way are waited for. It takes seconds; one audit is in work at a time. What there was no time
    for is told: \`isComplete\` is false.
    """
    projectionAudit(
      "Names of those to audit, as in \`ProjectionAudit.projection\`. All, if not said."
      projections: [String!]
      "How many aggregates of each to compare, chosen at random: 1 to ${SAMPLE_MAX}. All, if not said. A sample does not find a copy of what its owner does not have."
      sample: Int
      "Goes on where an audit of this one projection ended: its \`endCursor\`."
      after: String
    ): [ProjectionAudit!]! @requiresScopes(scopes: [["${MAY_AUDIT}"]])
    """
    How new what subgraphs keep of each other's objects is, in the order of the ids, 100 at most: which revision of its
    owner each copy shows, and since when. Null for what is not there, or what the viewer may not see.
    """
    freshness(ids: [ID!]!): [Freshness]! @authenticated
  }
  type Mutation {
    """
    Audits a projection, and makes what differs as its owner says now. Events that come later go on from there.
    """
    repairProjection(
      "Its name, as in \`ProjectionAudit.projection\`."
      projection: String!
      "Goes on where a repair ended that was not complete: the \`endCursor\` of its audit."
      after: String
    ): ProjectionRepair! @requiresScopes(scopes: [["${MAY_REPAIR}"]])
  }
  "How new copies of one object are."
  type Freshness {
    "Of the object, as in \`node\`."
    id: ID!
    "One for each projection that follows it. None of another user's account, unless the viewer has \`${MAY_AUDIT}\`: when they change it is their own business."
    copies: [CopyFreshness!]!
  }
  "Which revision of its owner a copy shows, or a count counts."
  type CopyFreshness {
    "As in \`ProjectionAudit.projection\`."
    projection: String!
    "The subgraph that owns what it is made of."
    owner: String!
    "The owner's events of which it is made."
    topic: String!
    "How many of the owner's events have had their effect: 1, 2, 3 …; 0 for none."
    revision: Int!
    "Since when the object has been so at its owner; null for revision 0, and where the owner has kept that event no longer."
    since: DateTime
    "How many events its owner has told."
    ownerRevision: Int!
    "Whether its owner is ahead."
    isBehind: Boolean!
    "Since when its owner is ahead; null when it is not."
    behindSince: DateTime
  }
  "How a projection compares with its owner: a table of copies, or a count, that a subgraph keeps of what another owns."
  type ProjectionAudit {
    "\`<the subgraph that keeps it>.<what it is>\`."
    projection: String!
    "The subgraph that owns what it is made of."
    owner: String!
    "The owner's events of which it is made."
    topic: String!
    "How many of the owner's aggregates were compared."
    compared: Int!
    "How many differ, though every event had time to come: 0 is good."
    differing: Int!
    "How many of these have not had all events of their owner. The others have, and are wrong nevertheless."
    behind: Int!
    "The worst: first what is wrong in spite of having had every event, then what lacks the most."
    examples: [ProjectionDifference!]!
    "The earliest event that has not had its effect; null when none is missing."
    firstMissingEvent: MissingEvent
    "Whether all that was asked for was compared."
    isComplete: Boolean!
    "Where to go on when it is not complete; null when it is, or when there was no time to begin."
    endCursor: String
  }
  "One row, or count, that is not as its owner says."
  type ProjectionDifference {
    "The uuid of the aggregate at its owner; of the row that counts, where a count differs."
    id: String!
    "The columns that differ; none where a row is missing or too many, or where it is a count."
    fields: [String!]!
    "What is kept; null when nothing is."
    copy: JSON
    "What should be, by the owner's word; null when nothing should."
    owner: JSON
    "Up to which version of the aggregate the events have had their effect. 0 for a count."
    copyVersion: Int!
    "The aggregate's version at its owner. 0 for a count."
    ownerVersion: Int!
  }
  "An event that its owner has told, and that has not had its effect."
  type MissingEvent {
    "Its own uuid."
    id: String!
    "As in \`schema/events.asyncapi.yaml\`."
    type: String!
    "The uuid of the aggregate that it is about."
    aggregateId: String!
    "Which one it is of the aggregate's events: 1, 2, 3 …"
    version: Int!
    "When it happened."
    at: DateTime!
  }
  "What a repair found and did."
  type ProjectionRepair {
    "What it found: how it was before."
    audit: ProjectionAudit!
    "How many rows and counts were made anew."
    repaired: Int!
    "How many of these differ when looked at again: 0 is good."
    remaining: Int!
  }
`;

/** The subgraph that the router is itself: what it takes the word of several subgraphs to answer, or to do. */
export const PROJECTION_SUBGRAPH = {
  name: 'router-projections',
  url: PROJECTION_URL,
  sdl: SDL + DEAD_LETTER_SDL + CONSUMER_SDL,
};

type Projections = Pick<AuditOptions, 'projections' | 'sample'> & { after?: string | null };

/** Answers what the planner asks of it, in this process. */
export class ProjectionSubgraph {
  #schema: GraphQLSchema | undefined; // of those who never ask, nothing is built
  #operator: Operator | undefined;
  #nodes: NodeSubgraph<RequestContext> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly log: Logger) {}

  /**
   * @param operator undefined where this router signs nothing, so that no subgraph would listen
   * @param nodes what knows who may see what; undefined where nothing has an id of its own
   */
  use(operator: Operator | undefined, nodes: NodeSubgraph<RequestContext> | undefined): void {
    this.#operator = operator;
    this.#nodes = nodes;
  }

  async ask(body: string, context: RequestContext): Promise<SubgraphAnswer> {
    const { query, variables } = JSON.parse(body) as { query: string; variables: JsonObject };
    return execute({
      schema: (this.#schema ??= schemaOf(PROJECTION_SUBGRAPH.sdl)),
      document: parse(query),
      variableValues: variables,
      rootValue: this.#failing(context, {
        ...deadLetterFields(() => this.#asked(), context),
        ...consumerFields(() => this.#asked(), context),
        projectionAudit: async (args: Projections) => {
          requirePermission(context, MAY_AUDIT);
          return (await this.#audit(args, context)).map(told);
        },
        freshness: ({ ids }: { ids: string[] }) => this.#freshness(ids, context),
        repairProjection: async ({ projection, after }: { projection: string; after?: string }) => {
          const by = requirePermission(context, MAY_REPAIR);
          const asked = { projections: [projection], ...(after && { after }) };
          const [report] = await this.#audit(asked, context, true);
          const { repaired, remaining } = report!;
          this.log.info({ projection, repaired, remaining, by }, 'a projection was repaired');
          return { audit: told(report!), repaired, remaining };
        },
      }),
    });
  }

  /** One after the other: each is as much work for two subgraphs as these let one have. */
  #audit(args: Projections, context: RequestContext, repair = false): Promise<ProjectionReport[]> {
    const run = this.#turn.then(() => this.#auditNow(args, context, repair));
    this.#turn = run.catch(() => undefined);
    return run;
  }

  /** What goes wrong in these leaves as an error that the caller may know of. */
  #failing(
    context: RequestContext,
    fields: Record<string, (args: never) => Promise<unknown>>,
  ): Record<string, (args: never) => Promise<unknown>> {
    return Object.fromEntries(
      Object.entries(fields).map(([name, answer]) => [
        name,
        (args: never) => answer(args).catch((error: unknown) => this.#fail(error, context)),
      ]),
    );
  }

  #fail(error: unknown, { requestId }: RequestContext): never {
    if (error instanceof GraphQLError) throw error;
    this.log.error({ error, requestId }, 'subgraphs could not be asked of their projections');
    throw error instanceof OperatorFailure
      ? refusal('SUBGRAPH_UNAVAILABLE', `${error.subgraph} could not be asked now. Try again.`)
      : refusal('INTERNAL_SERVER_ERROR', 'Something went wrong here.');
  }

  async #freshness(
    ids: string[],
    context: RequestContext,
  ): Promise<({ id: string; copies: CopyFreshness[] } | null)[]> {
    const { viewer } = context.principal;
    if (!viewer) throw refusal('UNAUTHENTICATED', 'Sign in first.');
    if (ids.length > IDS_MAX) throw badInput(`Ask for ${IDS_MAX} ids at most.`);
    const found = (await this.#nodes?.find(ids, context)) ?? ids.map(() => null);
    const nodes = found.map(node => node && { ...node, uuid: uuidIn(node.id) });
    const copies = await freshnessOf(
      this.#asked(),
      nodes.filter(node => node !== null),
      uuid => uuid === viewer.userId || viewer.permissions.has(MAY_AUDIT),
    );
    return nodes.map(node => node && { id: node.id, copies: copies.get(node.uuid) ?? [] });
  }

  #asked(): Operator {
    if (this.#operator) return this.#operator;
    const message = 'This router has no `subgraphs.signingKey`: subgraphs do not listen to it.';
    throw refusal('SUBGRAPH_UNAVAILABLE', message);
  }

  async #auditNow(
    { projections, sample, after }: Projections,
    { endsAtMs = Infinity }: RequestContext,
    repair: boolean,
  ): Promise<ProjectionReport[]> {
    const operator = this.#asked();
    if (sample != null && (sample < 1 || sample > SAMPLE_MAX))
      throw badInput(`\`sample\` must be 1 to ${SAMPLE_MAX}, and is ${sample}.`);
    if (after != null && (sample != null || projections?.length !== 1))
      throw badInput('`after` goes with one projection, and without `sample`.');
    if (after != null && !UUID.test(after))
      throw badInput('`after` must be the `endCursor` of an audit that was not complete.');
    const known = (await targetsOf(operator)).map(({ projection }) => projection);
    const unknown = (projections ?? []).find(name => !known.includes(name));
    if (unknown !== undefined) throw unknownName('projection', unknown, known);
    const nowMs = performance.now();
    return audit(operator, {
      projections: projections ?? undefined,
      sample: sample ?? undefined,
      afterId: after ?? undefined,
      repair,
      // The other half is for looking again, and for what a repair takes.
      endsAtMs: nowMs + Math.min(AUDIT_MS_MAX, (endsAtMs - nowMs) / 2),
    });
  }
}

/** The uuid within a global id. */
function uuidIn(id: string): string {
  return Buffer.from(id, 'base64url').toString().split(':', 2)[1]!;
}

function told({ differing, firstMissing, endId, ...report }: ProjectionReport): object {
  return {
    ...{ ...report, differing: differing.length },
    firstMissingEvent: firstMissing,
    endCursor: endId,
  };
}

/** Without what is federation's own, which says nothing that an execution needs. */
function schemaOf(sdl: string) {
  const document = parse(sdl);
  const definitions = document.definitions.filter(({ kind }) => kind !== Kind.SCHEMA_EXTENSION);
  return buildASTSchema({ ...document, definitions }, { assumeValidSDL: true });
}
