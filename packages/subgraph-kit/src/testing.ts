import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { type AggregateState, type DomainEvent, encode } from '@gamegraph/event-bus';
import {
  type Identity,
  IDENTITY_HEADER,
  IdentitySigner,
  subscriptionText,
} from '@gamegraph/identity';
import { emptyDatabase, templateDatabase, until } from '@gamegraph/test-support';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import {
  type GraphQLFormattedError,
  type GraphQLNamedType,
  isScalarType,
  isUnionType,
} from 'graphql';
import { createClient } from 'graphql-ws';
import type { JWK } from 'jose';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { WebSocket } from 'ws';
import { undecidedFields } from './graph/access.js';
import type { Client, Viewer } from './graph/viewer.js';
import { currentScope } from './service/request-scope.js';
import { startSubgraph, type SubgraphDefinition } from './service/subgraph.js';
import { createOrm, migrate } from './store/orm.js';
import { query } from './store/sql.js';

/** What every subgraph promises, as tests: decided access, described fields, migrations that match the entities. */
export function describeSubgraph<Services extends object>(
  definition: SubgraphDefinition<Services>,
  env: NodeJS.ProcessEnv = {},
): void {
  describe(`the subgraph ${definition.name}`, () => {
    const schema = definition.schema();

    it('has decided who may ask each of its root fields', () => {
      assert.deepEqual(undecidedFields(schema), []);
    });

    it('describes each type of its own for those who read the API', () => {
      const own = Object.values(schema.getTypeMap()).filter(
        type =>
          !type.name.includes('__') &&
          !type.name.startsWith('_') &&
          !/(Edge|Query|Mutation|Subscription)$/.test(type.name),
      );
      const mute = own.filter(
        type => !isScalarType(type) && !isUnionType(type) && !type.description && !isStub(type),
      );
      assert.deepEqual(
        mute.map(({ name }) => name),
        [],
      );
    });

    it('has tables that are what its entities say', async () => {
      const subgraph = await testSubgraph(definition, env);
      try {
        const difference = await subgraph.orm.schema.getUpdateSchemaSQL({ wrap: false });
        // Tables and columns; indexes, checks, defaults and tables without an entity are the migrations' own affair.
        const changes = difference
          .split(';')
          .filter(statement =>
            /create table|(drop|rename) column|\badd (?!constraint)|alter column .* (type|not null)/i.test(
              statement,
            ),
          );
        assert.deepEqual(changes, []);
      } finally {
        await subgraph.stop();
      }
    });

    it('refuses whoever is not the router', async () => {
      const subgraph = await testSubgraph(definition, env);
      try {
        const body = JSON.stringify({ query: '{ __typename }' });
        const headers = { 'content-type': 'application/json', 'x-user-id': 'admin' };
        const response = await fetch(subgraph.url, { method: 'POST', headers, body });
        assert.equal(response.status, 401);
        const internal = await fetch(new URL('/internal/sources', subgraph.url));
        assert.equal(internal.status, 401);
      } finally {
        await subgraph.stop();
      }
    });
  });
}

/** Whether a type is another subgraph's, which describes it. */
function isStub(type: GraphQLNamedType): boolean {
  return (type.astNode?.directives ?? []).some(({ name }) => name.value === 'key');
}

/** Who asks in a test. Nobody, when not given. */
export interface Asking {
  userId?: string;
  sessionId?: string;
  permissions?: string[];
  client?: Client;
}

/** An answer as a client would read it. The data is `any`: a test knows what it asked for. */
export interface Answer {
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any;
  errors?: GraphQLFormattedError[];
}

/** A subgraph that runs for a test, on a database of its own, with an event log of its own. */
export interface TestSubgraph {
  url: string;
  orm: MikroORM;
  em(): EntityManager;
  /** Asks by HTTP, with a router's word about who asks. */
  ask(document: string, variables?: object, by?: Asking): Promise<Answer>;
  /** As `ask`, and returns the data; there must be no errors. */
  data(document: string, variables?: object, by?: Asking): Promise<Answer['data']>;
  /** As `ask`, and returns the code of the one error. */
  code(document: string, variables?: object, by?: Asking): Promise<unknown>;
  /** The operator's endpoints. */
  operate(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer['data']>;
  /** Results as they come, in an array that grows; `stop` ends it. */
  subscribe(
    document: string,
    variables?: object,
    by?: Asking,
  ): { results: Answer[]; isComplete(): boolean; stop(): void };
  /** The entities behind references, as the router fetches them. */
  entities(
    typeName: string,
    ids: string[],
    selection: string,
    by?: Asking,
  ): Promise<Answer['data'][]>;
  /** The statements that requests send while `work` runs; the begin and end of transactions are left out. */
  statements(work: () => Promise<unknown>): Promise<string[]>;
  /** The events of this subgraph's own so far, with what they carry. */
  events(subject?: string): Promise<{ type: string; data: Answer['data'] }[]>;
  /** Delivers events of another subgraph, and waits until they have had their effect. */
  deliver(...events: DomainEvent<AggregateState>[]): Promise<void>;
  /** What `now()` is from here on; undefined gives it back to the clock. */
  setClock(at: Date | undefined): void;
  stop(): Promise<void>;
}

/** Starts a subgraph as it runs in production, but for its clock. */
export async function testSubgraph<Services extends object>(
  definition: SubgraphDefinition<Services>,
  env: NodeJS.ProcessEnv = {},
): Promise<TestSubgraph> {
  const { name } = definition;
  const databaseUrl = await templateDatabase(name, async url => {
    const { entities, migrations } = definition;
    const orm = await createOrm({ databaseUrl: url, entities, migrations });
    await migrate(orm);
    await orm.close();
  });
  const pair = generateKeyPairSync('ed25519');
  const kid = 'test-router';
  const signer = new IdentitySigner({ ...(pair.privateKey.export({ format: 'jwk' }) as JWK), kid });
  let clock: Date | undefined;
  let listener: ((statement: string) => void) | undefined;
  const running = await startSubgraph(
    definition,
    {
      DATABASE_URL: databaseUrl,
      EVENT_LOG_URL: await emptyDatabase('event_log'),
      ROUTER_PUBLIC_KEYS: [{ ...pair.publicKey.export({ format: 'jwk' }), kid } as never],
      ...{
        HOST: '127.0.0.1',
        PORT: 0,
        LOG_LEVEL: (process.env.TEST_LOG_LEVEL ?? 'silent') as 'silent',
        MIGRATE_ON_START: false,
      },
    },
    { env, now: () => clock ?? new Date(), onStatement: statement => listener?.(statement) },
  );
  const em = () => running.orm.em.fork();
  const delivered = new Map<string, number>(); // aggregate -> version

  const ask = async (
    document: string,
    variables: object = {},
    by: Asking = {},
  ): Promise<Answer> => {
    const body = JSON.stringify({ query: document, variables });
    const response = await fetch(running.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [IDENTITY_HEADER]: signer.sign(name, body, identityOf(by)),
      },
      body,
    });
    return (await response.json()) as Answer;
  };
  const data = async (document: string, variables?: object, by?: Asking) => {
    const answer = await ask(document, variables, by);
    assert.deepEqual(answer.errors, undefined);
    return answer.data;
  };

  return {
    url: running.url,
    orm: running.orm,
    em,
    ask,
    data,
    async code(document, variables, by) {
      const { errors } = await ask(document, variables, by);
      assert.equal(errors?.length, 1, 'there is one error');
      return errors[0]!.extensions?.code;
    },
    async operate(method, path, body) {
      const target = `/internal/${path}`;
      const text = body ? JSON.stringify(body) : '';
      const identity = { viewer: undefined, client: {}, isOperator: true };
      const response = await fetch(new URL(target, running.url), {
        method,
        headers: {
          [IDENTITY_HEADER]: signer.sign(name, method === 'GET' ? target : text, identity),
        },
        ...(method === 'POST' && { body: text }),
      });
      assert.equal(response.status, 200, await response.clone().text());
      return response.json() as Promise<Answer['data']>;
    },
    subscribe(document, variables = {}, by = {}) {
      const client = createClient({
        url: running.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: () => ({
          [IDENTITY_HEADER]: signer.sign(name, 'connection_init', identityOf({})),
        }),
      });
      const results: Answer[] = [];
      let isComplete = false;
      const token = signer.sign(name, subscriptionText(document, variables), identityOf(by));
      const stop = client.subscribe<Answer['data']>(
        { query: document, variables: { ...variables }, extensions: { [IDENTITY_HEADER]: token } },
        {
          next: result => results.push(result as Answer),
          error: errors => results.push({ data: null, errors: errors as GraphQLFormattedError[] }),
          complete: () => (isComplete = true),
        },
      );
      return {
        results,
        isComplete: () => isComplete,
        stop: () => {
          stop();
          void client.dispose();
        },
      };
    },
    async entities(typeName, ids, selection, by) {
      const representations = ids.map(id => ({ __typename: typeName, id }));
      const document = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on ${typeName} ${selection} } }`;
      return (await data(document, { representations }, by))._entities;
    },
    async statements(work) {
      const sent: string[] = [];
      listener = statement => {
        // Jobs, relay and inbox go on beside the requests: they have no request's scope.
        if (currentScope() && !/^(begin|commit|rollback)\b/i.test(statement)) sent.push(statement);
      };
      try {
        await work();
      } finally {
        listener = undefined;
      }
      return sent;
    },
    async events(subject) {
      const rows = await query<{ type: string; payload: Answer['data'] }>(
        em(),
        sql`SELECT type, payload FROM (
              SELECT type, payload, aggregateid, id FROM events.outbox UNION ALL
              SELECT type, payload, aggregateid, id FROM events.outbox_archive) AS told
            WHERE ${subject === undefined ? sql`true` : sql`aggregateid = ${subject}`} ORDER BY id`,
      );
      return rows.map(({ type, payload }) => ({ type, data: payload }));
    },
    async deliver(...events) {
      const topics = [...new Set(events.map(({ topic }) => topic))];
      await running.bus.ensureTopics(topics);
      await running.bus.publish(
        events.map(({ type, topic, data: state }) => {
          const version = (delivered.get(`${topic} ${state.id}`) ?? 0) + 1;
          delivered.set(`${topic} ${state.id}`, version);
          const time = (clock ?? new Date()).toISOString();
          const source = '/gamegraph/test';
          return encode({
            id: uuidv7(),
            source,
            type,
            topic,
            subject: state.id,
            version,
            time,
            data: state,
          });
        }),
      );
      await until(
        'the events have had their effect',
        async () => (await running.bus.lag(name, topics)) === 0,
      );
    },
    setClock(at) {
      clock = at;
    },
    stop: () => running.stop(),
  };
}

function identityOf({
  userId,
  sessionId = randomUUID(),
  permissions = [],
  client = {},
}: Asking): Identity {
  const viewer: Viewer | undefined = userId
    ? { userId, sessionId, permissions: new Set(permissions) }
    : undefined;
  return { viewer, client, isOperator: false };
}
