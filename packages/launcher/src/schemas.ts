import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { printSubgraphSchema } from '@apollo/subgraph';
import type { Aggregate, EventContract } from '@gamegraph/event-bus';
import * as contracts from '@gamegraph/event-contracts';
import { apiSdl, compose, PROJECTION_SUBGRAPH } from '@gamegraph/router';
import type { GraphQLSchema } from 'graphql';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ROOT } from './paths.js';
import { SUBGRAPHS } from './subgraphs.js';

/** Where a subgraph is in a composed deployment, unless the router is told otherwise. */
const deployedUrl = (name: string) => `http://${name}:4000/graphql`;

/** Every file of `schema/`, as the code makes it: name -> content. */
export async function renderSchemas(): Promise<Map<string, string>> {
  const subgraphs = await Promise.all(
    SUBGRAPHS.map(async ({ name }) => ({ name, url: deployedUrl(name), sdl: await sdlOf(name) })),
  );
  const { sdl: supergraph } = compose([...subgraphs, PROJECTION_SUBGRAPH]);
  return new Map([
    ...subgraphs.map(({ name, sdl }): [string, string] => [`${name}.graphql`, sdl]),
    ['supergraph.graphql', supergraph],
    ['api.graphql', apiSdl(supergraph)],
    ['events.asyncapi.yaml', renderAsyncApi()],
  ]);
}

/** A subgraph's SDL, from its code: `subgraphs/<name>` exports its definition under its name. */
async function sdlOf(name: string): Promise<string> {
  const file = pathToFileURL(join(ROOT, 'subgraphs', name, 'dist', 'subgraph.js'));
  const module = (await import(file.href)) as Record<string, { schema(): GraphQLSchema }>;
  return printSubgraphSchema(module[name]!.schema());
}

/**
 * The event contracts for those who do not read TypeScript.
 *
 * @see https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export function renderAsyncApi(): string {
  const events = Object.values(contracts).filter(isEvent);
  const topics = Map.groupBy(events, ({ aggregate }) => aggregate);
  const named = [...topics].sort(([a], [b]) => (a.topic < b.topic ? -1 : 1));
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Gamegraph events',
      version: '1',
      description:
        'CloudEvents 1.0 in binary mode. The key of a message is the id of the aggregate; `ce_sequence` is the ' +
        "aggregate's version, without a gap. Every event carries the whole public state of its aggregate.",
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      named.map(([aggregate, of]) => [aggregate.topic, channelOf(aggregate, of)]),
    ),
    operations: Object.fromEntries(
      named.map(([{ topic }]) => [
        `announce ${topic}`,
        { action: 'send', channel: { $ref: `#/channels/${topic}` } },
      ]),
    ),
    components: {
      messageTraits: { cloudEvent: CLOUD_EVENT },
      messages: Object.fromEntries(events.map(event => [event.eventName, messageOf(event)])),
      schemas: Object.fromEntries(
        named.map(([aggregate]) => [aggregate.topic, schemaOf(aggregate.state)]),
      ),
    },
  };
  return stringify(document, { lineWidth: 100, aliasDuplicateObjects: false });
}

const CLOUD_EVENT = {
  headers: {
    type: 'object',
    required: [
      'ce_specversion',
      'ce_id',
      'ce_source',
      'ce_type',
      'ce_subject',
      'ce_time',
      'ce_sequence',
    ],
    properties: {
      ce_specversion: { const: '1.0' },
      ce_id: {
        type: 'string',
        format: 'uuid',
        description: 'The same for every delivery of the event.',
      },
      ce_source: { type: 'string', description: '`/gamegraph/<subgraph>`.' },
      ce_type: { type: 'string', description: '`<subgraph>.<noun>.<past participle>.v<n>`.' },
      ce_subject: {
        type: 'string',
        format: 'uuid',
        description: 'The aggregate’s id, and the message’s key.',
      },
      ce_time: { type: 'string', format: 'date-time' },
      ce_sequence: { type: 'string', description: 'The aggregate’s version: 1, 2, 3 …' },
      traceparent: {
        type: 'string',
        description: 'W3C trace context of the request that caused it.',
      },
    },
  },
};

function channelOf({ topic, description }: Aggregate, events: EventContract[]): object {
  const messages = events.map(({ eventName }) => [
    eventName,
    { $ref: `#/components/messages/${eventName}` },
  ]);
  return { address: topic, description, messages: Object.fromEntries(messages) };
}

function messageOf({
  eventName,
  type,
  description,
  aggregate,
  data,
  endsAggregate,
}: EventContract): object {
  return {
    name: type,
    title: eventName,
    summary: description,
    traits: [{ $ref: '#/components/messageTraits/cloudEvent' }],
    payload: endsAggregate ? schemaOf(data) : { $ref: `#/components/schemas/${aggregate.topic}` },
  };
}

function schemaOf(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

function isEvent(value: unknown): value is EventContract {
  return typeof value === 'function' && 'eventName' in value;
}
