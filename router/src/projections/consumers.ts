import type { RequestContext } from '../core.js';
import { targetsOf } from './audit.js';
import type { Operator } from './operator.js';
import { requirePermission, unknownName } from './refusals.js';

const MAY_LOOK = 'analytics:read';
const MAY_OPERATE = 'system:operate';

/** How far a consumer is behind, as its subgraph tells it. */
export interface ConsumerLag {
  consumer: string;
  topics: string[];
  eventsBehind: number;
  secondsBehind: number;
  parked: number;
  poisoned: number;
  lastAppliedAt: string | null;
}

/** How the last rebuild of a projection goes, or went, as its subgraph tells it. */
export interface RebuildProgress {
  projection: string;
  state: 'FILLING' | 'DONE' | 'FAILED';
  startedAt: string;
  endedAt: string | null;
  done: number;
  total: number | null;
  failed: number;
  changed: number | null;
  error: string | null;
}

export const CONSUMER_SDL = `
  extend type Query {
    "All that follows events: copies, counts and processes, with how far each is behind."
    eventConsumers(
      "Only those of this subgraph."
      subgraph: String
    ): [EventConsumer!]! @requiresScopes(scopes: [["${MAY_LOOK}"]])
    "How the last rebuild of a projection goes, or went; null when there was none."
    projectionRebuild(
      "Its name, as in \`EventConsumer.name\`."
      projection: String!
    ): ProjectionRebuild @requiresScopes(scopes: [["${MAY_LOOK}"]])
  }
  extend type Mutation {
    """
    Makes a projection anew beside the one that serves, from all that its owner has now; then changes over to it at once.
    Readers see right answers all the while. Answers when it has begun; \`projectionRebuild\` shows how far it is. Joins
    the one that is in work already.
    """
    rebuildProjection(
      "Its name, as in \`EventConsumer.name\`."
      projection: String!
    ): ProjectionRebuild! @requiresScopes(scopes: [["${MAY_OPERATE}"]])
  }
  "Something that follows events: a table of copies, a count, or a process that reacts."
  type EventConsumer {
    "\`<subgraph>.<what it is>\`."
    name: String!
    subgraph: String!
    topics: [String!]!
    "Whether it is a copy or a count, which can be audited, repaired and rebuilt."
    isProjection: Boolean!
    "Events that it has not applied: on the bus, and set aside."
    eventsBehind: Int!
    "Since the oldest of them happened, as far as the process knows that answers; 0 when there is none."
    secondsBehind: Float!
    "Of these, those set aside: dead letters, and what waits behind them or behind a gap."
    parked: Int!
    "Of these, dead letters."
    poisoned: Int!
    "When the process that answers last applied an event; null when it has not since it started."
    lastAppliedAt: DateTime
    "Its last rebuild; null when there was none, or when it is no projection."
    rebuild: ProjectionRebuild
  }
  "A projection that is made anew."
  type ProjectionRebuild {
    projection: String!
    state: RebuildState!
    startedAt: DateTime!
    endedAt: DateTime
    "How many of the owner's aggregates have been told."
    done: Int!
    "Of how many: an estimate until all are told; null before the owner has answered."
    total: Int
    "How many could not be made anew, so that what is kept of them is as it was."
    failed: Int!
    "How many rows and counts were not as they are now; null before the change-over."
    changed: Int
    "Why it failed; null when it did not."
    error: String
  }
  enum RebuildState {
    "The owner tells what it has; readers see what was there before."
    FILLING
    "The change-over has happened."
    DONE
    "Nothing has changed."
    FAILED
  }
`;

/** Those of a subgraph. */
export function lagOf(operator: Operator, subgraph: string): Promise<ConsumerLag[]> {
  return operator.get(subgraph, 'lag');
}

/** @throws GraphQLError BAD_USER_INPUT when there is no such projection */
export async function startRebuild(
  operator: Operator,
  projection: string,
): Promise<RebuildProgress> {
  const subgraph = await keeperOf(operator, projection);
  return operator.post(subgraph, 'rebuild', { projection });
}

/** Undefined when there was none. */
export async function rebuildOf(
  operator: Operator,
  projection: string,
): Promise<RebuildProgress | undefined> {
  const subgraph = await keeperOf(operator, projection);
  const all = await operator.get<RebuildProgress[]>(subgraph, 'rebuilds');
  return all.find(one => one.projection === projection);
}

async function keeperOf(operator: Operator, projection: string): Promise<string> {
  const targets = await targetsOf(operator);
  const target = targets.find(one => one.projection === projection);
  if (target) return target.subgraph;
  throw unknownName(
    'projection',
    projection,
    targets.map(one => one.projection),
  );
}

/** The fields' answers, for who asks. */
export function consumerFields(operatorOf: () => Operator, context: RequestContext) {
  return {
    eventConsumers: async ({ subgraph }: { subgraph?: string | null }) => {
      requirePermission(context, MAY_LOOK);
      const operator = operatorOf();
      if (subgraph != null && !operator.names.includes(subgraph))
        throw unknownName('subgraph', subgraph, operator.names);
      const names = operator.names.filter(name => name === (subgraph ?? name));
      return (await Promise.all(names.map(name => consumersOf(operator, name)))).flat();
    },
    projectionRebuild: async ({ projection }: { projection: string }) => {
      requirePermission(context, MAY_LOOK);
      return (await rebuildOf(operatorOf(), projection)) ?? null;
    },
    rebuildProjection: async ({ projection }: { projection: string }) => {
      requirePermission(context, MAY_OPERATE);
      return startRebuild(operatorOf(), projection);
    },
  };
}

async function consumersOf(operator: Operator, subgraph: string): Promise<object[]> {
  const [lags, projections, rebuilds] = await Promise.all([
    lagOf(operator, subgraph),
    operator.get<{ name: string }[]>(subgraph, 'projections'),
    operator.get<RebuildProgress[]>(subgraph, 'rebuilds'),
  ]);
  return lags.map(({ consumer: name, ...lag }) => ({
    ...{ name, subgraph, ...lag },
    isProjection: projections.some(one => one.name === name),
    rebuild: rebuilds.find(({ projection }) => projection === name) ?? null,
  }));
}
