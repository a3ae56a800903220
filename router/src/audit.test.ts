import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import {
  type FieldNode,
  type GraphQLFormattedError,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { pino } from 'pino';
import { ConfigFile } from './config/config-file.js';
import { canonicalJson, isObject, type JsonObject } from './execution/json.js';
import { startRouter } from './router.js';
import { originalName } from './supergraph/planner-sdl.js';

const FOLDER = join(import.meta.dirname, '..', 'federation-audit');

const KEPT = { enabled: true };
const CACHES = { cache: { responses: KEPT, entities: KEPT, maxAgeS: 600, scope: 'PUBLIC' } };

interface Answer {
  data?: { _entities?: unknown[] } | null;
  errors?: GraphQLFormattedError[];
}

/** A part of the audit, as it is in its file: one supergraph, and what was recorded of its subgraphs. */
interface Group {
  id: string;
  supergraph: string;
  tests: { query: string; expected: { data?: unknown; errors?: unknown } }[];
  recordings: {
    subgraph: string;
    request: { query: string; variables?: JsonObject };
    response: Answer;
  }[];
}

const files = (await readdir(FOLDER)).filter(name => name.endsWith('.json'));
const groups = await Promise.all(
  files.map(async name => JSON.parse(await readFile(join(FOLDER, name), 'utf8')) as Group),
);
const recorded = new Map(groups.map(group => [group.id, readRecordings(group)]));

describe('the federation audit', () => {
  let directory: string;
  let base: string;
  const unrecorded: string[] = [];
  const subgraphs = createServer((request, response) => {
    const [, id = '', subgraph = ''] = request.url!.split('/');
    void text(request).then(body => {
      const asked = JSON.parse(body) as { query: string; variables?: JsonObject };
      let answer = recorded.get(id)!(subgraph, asked.query, asked.variables ?? {});
      if (!answer) {
        unrecorded.push(`${subgraph}: ${body}`);
        answer = { errors: [{ message: 'This was not recorded.' }] };
      }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
  });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gamegraph-audit-'));
    await new Promise<void>(resolve => subgraphs.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(subgraphs.address() as AddressInfo).port}`;
  });
  after(async () => {
    subgraphs.close();
    subgraphs.closeAllConnections();
    await rm(directory, { recursive: true });
  });

  it('is whole', () => {
    const cases = groups.reduce((sum, { tests }) => sum + tests.length, 0);
    assert.deepEqual([groups.length, cases], [29, 115]);
  });

  for (const { id, supergraph, tests } of groups) {
    it(`${id}: ${tests.length} cases, and the same when answers are kept`, async () => {
      await pass(id, supergraph, tests);
      await pass(id, supergraph, [...tests, ...tests], CACHES);
    });
  }

  const pass = async (
    id: string,
    supergraph: string,
    tests: Group['tests'],
    settings: object = {},
  ) => {
    const file = join(directory, `${id}.graphql`);
    await writeFile(file, supergraph.replaceAll('{{BASE}}', base));
    const configFile = join(directory, 'router.config.yaml');
    await writeFile(configFile, JSON.stringify(settings));
    const router = await startRouter(
      new ConfigFile({ SUPERGRAPH: file, PORT: '0' }, configFile),
      pino({ level: 'silent' }),
    );
    try {
      for (const { query, expected } of tests) {
        unrecorded.length = 0;
        const response = await fetch(router.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        });
        const { data = null, errors } = (await response.json()) as Answer;
        const told = `${query}\nnot recorded: ${unrecorded.join('\n')}`;
        assert.deepEqual(data, expected.data ?? null, told);
        // A case says whether there are errors, or nothing about them.
        if (typeof expected.errors === 'boolean')
          assert.equal(errors !== undefined, expected.errors, told);
      }
    } finally {
      await router.stop();
    }
  };
});

/**
 * What the subgraphs of a group answer. Questions for entities are matched one representation at a time, so a router may
 * join, order and leave out repeated ones as it likes.
 */
function readRecordings({ recordings }: Group) {
  const whole = new Map<string, Answer>();
  const byEntity = new Map<string, Answer & { entity: unknown }>();
  for (const { subgraph, request, response } of recordings) {
    const query = normal(request.query);
    whole.set(canonicalJson([subgraph, query, request.variables]), response);
    const { representations, ...rest } = request.variables ?? {};
    if (!Array.isArray(representations)) continue;
    for (const [n, representation] of representations.entries()) {
      byEntity.set(canonicalJson([subgraph, query, rest, representation]), {
        entity: response.data?._entities?.[n] ?? null,
        errors: (response.errors ?? []).filter(({ path }) => (path?.[1] ?? n) === n),
      });
    }
  }
  const find = (subgraph: string, document: string, variables: JsonObject): Answer | undefined => {
    const query = normal(document);
    const exact = whole.get(canonicalJson([subgraph, query, variables]));
    const { representations, ...rest } = variables;
    if (exact || !Array.isArray(representations)) return exact;
    const parts = representations.map(each =>
      byEntity.get(canonicalJson([subgraph, query, rest, each])),
    );
    if (parts.includes(undefined)) return undefined;
    const errors = parts.flatMap((part, n) =>
      part!.errors!.map(error =>
        error.path ? { ...error, path: [error.path[0]!, n, ...error.path.slice(2)] } : error,
      ),
    );
    const data = { _entities: parts.map(part => part!.entity) };
    return errors.length > 0 ? { data, errors } : { data };
  };
  return (subgraph: string, document: string, variables: JsonObject): Answer | undefined => {
    const recording = find(subgraph, document, variables);
    if (recording) return recording;
    // Names of the router's own for fields do not change the answer.
    const asked = parse(document, { noLocation: true });
    const Field = ({ alias, name, ...rest }: FieldNode) =>
      originalName(alias?.value ?? '') === name.value ? { ...rest, name } : undefined;
    const answer = find(subgraph, print(visit(asked, { Field })), variables);
    const [{ selectionSet }] = asked.definitions as [OperationDefinitionNode];
    return answer && { ...answer, data: named(selectionSet, answer.data) as Answer['data'] };
  };
}

/** An answer with the names by which its fields are asked for. */
function named(set: SelectionSetNode | undefined, value: unknown): unknown {
  if (!set || !isObject(value)) return value;
  if (Array.isArray(value)) return value.map(item => named(set, item));
  const entries = set.selections.flatMap(selection => {
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return Object.entries(named(selection.selectionSet, value) as object);
    if (selection.kind !== Kind.FIELD || !(selection.name.value in value)) return [];
    const { alias, name, selectionSet } = selection;
    return [[(alias ?? name).value, named(selectionSet, value[name.value])] as const];
  });
  return Object.fromEntries(entries);
}

/** The document without its layout and its operation's name. */
function normal(query: string): string {
  const document = parse(query, { noLocation: true });
  const withoutName = (node: OperationDefinitionNode) => ({ ...node, name: undefined });
  return print(visit(document, { OperationDefinition: withoutName }));
}
