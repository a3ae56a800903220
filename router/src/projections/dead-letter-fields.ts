import type { RequestContext } from '../core.js';
import {
  type DeadLetter,
  type DeadLetterCursor,
  discardDeadLetter,
  listDeadLetters,
  replayDeadLetter,
} from './dead-letters.js';
import type { Operator } from './operator.js';
import { badInput, refusal, requirePermission, unknownName } from './refusals.js';

const MAY_LIST = 'analytics:read';
const MAY_OPERATE = 'system:operate';
const PAGE_MAX = 100;
const REASON_CHARACTERS_MAX = 1_000;

const ARGUMENTS = `
      "1 to ${PAGE_MAX}."
      first: Int = 20
      "Goes on behind the edge with this cursor."
      after: String
      "Only those of this subgraph."
      subgraph: String
      "Only those of this consumer, as in \`DeadLetter.consumer\`."
      consumer: String
      reason: DeadLetterReason
    `;

export const DEAD_LETTER_SDL = `
  extend type Query {
    """
    Messages on the event bus that have had no effect, of all subgraphs, those first that were set aside first. Later
    events of the same aggregate wait behind one, for the same consumer; all others go on.
    """
    deadLetters(${ARGUMENTS}): DeadLetterConnection! @requiresScopes(scopes: [["${MAY_LIST}"]])
    """
    Messages that were given up, with who did so and why, in the order of \`deadLetters\`. They are kept for ever.
    """
    discardedDeadLetters(${ARGUMENTS}): DeadLetterConnection! @requiresScopes(scopes: [["${MAY_OPERATE}"]])
  }
  extend type Mutation {
    "Tries a message again that has had no effect, and then what waits behind it, in its order."
    replayDeadLetter(id: ID!): DeadLetterReplay! @requiresScopes(scopes: [["${MAY_OPERATE}"]])
    """
    Gives a message up: it never has its effect, and what waits behind it goes on. Who did so and why is kept. A copy that
    lacks the event is as its owner says again with the next one, or after \`repairProjection\`.
    """
    discardDeadLetter(
      id: ID!
      "Why: 1 to ${REASON_CHARACTERS_MAX} characters."
      reason: String!
    ): DeadLetter! @requiresScopes(scopes: [["${MAY_OPERATE}"]])
  }
  "Why a message has had no effect."
  enum DeadLetterReason {
    "It is no event at all: not JSON, or without an event's headers."
    MALFORMED
    "Its data are not as agreed for this kind of event."
    INVALID_DATA
    "This version does not know such events. One that does tries it again when it starts."
    UNKNOWN_TYPE
    "The consumer failed at it, each time."
    HANDLER_FAILED
  }
  "A message that has had no effect."
  type DeadLetter {
    id: ID!
    "Whose consumer it was for."
    subgraph: String!
    "\`<subgraph>.<what it is>\`; null for what is MALFORMED, which could not be given to any."
    consumer: String
    topic: String!
    "The uuid of the aggregate that it is about."
    aggregateId: String
    "Which one it is of the aggregate's events."
    version: Int
    "As in \`schema/events.asyncapi.yaml\`."
    type: String
    reason: DeadLetterReason!
    "What went wrong, in words."
    error: String!
    """
    What was sent: JSON, or text where it is none; the beginning of what is longer than 64 KB. Null without the permission
    ${MAY_OPERATE}: what is no event may hold anything.
    """
    payload: JSON
    sizeBytes: Int!
    parkedAt: DateTime!
    "How many later events of the aggregate wait behind it."
    waiting: Int!
    "Null as long as it was not given up."
    discard: DeadLetterDiscard
  }
  "That a message was given up."
  type DeadLetterDiscard {
    at: DateTime!
    "The uuid of an administrator, or \`operator\` and who used the command line."
    by: String!
    "Why, in their words."
    reason: String!
  }
  type DeadLetterConnection {
    edges: [DeadLetterEdge!]!
    pageInfo: PageInfo!
  }
  type DeadLetterEdge {
    cursor: String!
    node: DeadLetter!
  }
  type PageInfo @shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }
  "What became of a message that was tried again."
  type DeadLetterReplay {
    "Whether it has had its effect now."
    isGone: Boolean!
    "What is wrong with it still; null when nothing is."
    deadLetter: DeadLetter
  }
`;

interface Listing {
  first: number;
  after?: string | null;
  subgraph?: string | null;
  consumer?: string | null;
  reason?: string | null;
}

/** The fields' answers, for who asks. */
export function deadLetterFields(operatorOf: () => Operator, context: RequestContext) {
  const list = async (listing: Listing, isDiscarded: boolean) => {
    const { first, after, subgraph, consumer, reason: kind } = listing;
    const operator = operatorOf();
    const maySeePayload = context.principal.viewer!.permissions.has(MAY_OPERATE);
    if (first < 1 || first > PAGE_MAX)
      throw badInput(`\`first\` must be 1 to ${PAGE_MAX}, and is ${first}.`);
    if (subgraph != null && !operator.names.includes(subgraph))
      throw unknownName('subgraph', subgraph, operator.names);
    const cursor = after == null ? undefined : parseCursor(after);
    const selection = { subgraph, consumer, kind, isDiscarded, after: cursor, limit: first + 1 };
    const found = await listDeadLetters(operator, selection);
    const edges = found
      .slice(0, first)
      .map(letter => ({ cursor: cursorOf(letter), node: told(letter, maySeePayload) }));
    return {
      edges,
      pageInfo: {
        hasNextPage: found.length > first,
        hasPreviousPage: cursor !== undefined,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  };
  return {
    deadLetters: (listing: Listing) => {
      requirePermission(context, MAY_LIST);
      return list(listing, false);
    },
    discardedDeadLetters: (listing: Listing) => {
      requirePermission(context, MAY_OPERATE);
      return list(listing, true);
    },
    replayDeadLetter: async ({ id }: { id: string }) => {
      requirePermission(context, MAY_OPERATE);
      const replayed = await replayDeadLetter(operatorOf(), id);
      if (!replayed) throw noSuch();
      const { isGone, deadLetter } = replayed;
      return { isGone, deadLetter: deadLetter && told(deadLetter, true) };
    },
    discardDeadLetter: async ({ id, reason }: { id: string; reason: string }) => {
      const by = requirePermission(context, MAY_OPERATE);
      const why = reason.trim();
      if (why === '' || why.length > REASON_CHARACTERS_MAX)
        throw badInput(`\`reason\` must have 1 to ${REASON_CHARACTERS_MAX} characters.`);
      const discarded = await discardDeadLetter(operatorOf(), id, why, by);
      if (!discarded) throw noSuch();
      return told(discarded, true);
    },
  };
}

function told({ kind: reason, payload, ...letter }: DeadLetter, maySeePayload: boolean): object {
  return { ...letter, reason, payload: maySeePayload ? payload : null };
}

function noSuch() {
  return refusal(
    'NOT_FOUND',
    'There is no such dead letter: it may have had its effect meanwhile.',
  );
}

function cursorOf({ parkedAtUs, subgraph, id }: DeadLetterCursor): string {
  return Buffer.from(JSON.stringify([parkedAtUs, subgraph, id])).toString('base64url');
}

function parseCursor(text: string): DeadLetterCursor {
  try {
    const [parkedAtUs, subgraph, id] = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (/^\d{1,16}$/.test(parkedAtUs) && typeof subgraph === 'string' && typeof id === 'string')
      return { parkedAtUs, subgraph, id };
  } catch {
    // told below
  }
  throw badInput('`after` must be the cursor of an edge of `deadLetters`.');
}
