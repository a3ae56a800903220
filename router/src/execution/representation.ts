import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { getOwn, INHERITED, isObject, type JsonObject, scalarToJson } from './json.js';
import { applyRewrites, matchesType } from './rewrite.js';

/** Writes an entity's representation as JSON; null when the entity lacks what is required. */
export type RepresentationWriter = (entity: JsonObject) => string | null;

interface RequiredField {
  key: string;
  selections: QueryPlanSelectionNode[] | undefined;
}

const TYPES_CACHED_MAX = 1_000; // type names come from subgraphs, and a broken one may make them up

/** Compiles a fetch's `requires` into a function that writes representations, one for each concrete type it meets. */
export function compileRepresentation(
  schema: GraphQLSchema,
  requires: QueryPlanSelectionNode[],
  rewrites: FetchDataRewrite[] | undefined,
): RepresentationWriter {
  const write = writerByType(schema, requires, true);
  if (!rewrites?.length) return write;
  return entity => {
    const json = write(entity);
    if (json === null) return null;
    const representation: unknown = JSON.parse(json);
    applyRewrites(schema, rewrites, representation);
    return JSON.stringify(representation);
  };
}

function writerByType(
  schema: GraphQLSchema,
  selections: QueryPlanSelectionNode[],
  isEntity: boolean,
): RepresentationWriter {
  const writers = new Map<unknown, RepresentationWriter>();
  return object => {
    const typeName = getOwn(object, '__typename');
    if (isEntity && typeof typeName !== 'string') return null;
    let writer = writers.get(typeName);
    if (!writer) {
      if (writers.size >= TYPES_CACHED_MAX) writers.clear();
      writer = compileWriter(schema, selections, typeName as string | undefined, isEntity);
      writers.set(typeName, writer);
    }
    return writer(object);
  };
}

function compileWriter(
  schema: GraphQLSchema,
  selections: QueryPlanSelectionNode[],
  typeName: string | undefined,
  isEntity: boolean,
): RepresentationWriter {
  const fields = [...collectFields(schema, selections, typeName, new Map()).values()];
  if (isEntity && !fields.some(({ key }) => key === '__typename')) return () => null; // no type condition applies
  const nested = fields.map(
    field => field.selections && writerByType(schema, field.selections, false),
  );
  // Straight-line code with constant keys: V8 makes it as fast as a hand-written literal.
  const reads = fields.map(({ key }, n) => {
    const name = JSON.stringify(key);
    const read = INHERITED.has(key) ? `getOwn(object, ${name})` : `object[${name}]`;
    return `const v${n} = ${read}; if (v${n} === undefined) return ${isEntity ? 'null' : '"null"'};`;
  });
  const parts = fields.map(({ key }, n) => {
    const value = nested[n] ? `writeNested(v${n}, nested[${n}])` : `scalarToJson(v${n})`;
    return `${JSON.stringify(`${n ? ',' : ''}${JSON.stringify(key)}:`)} + ${value}`;
  });
  const body = `return object => { ${reads.join('\n')} return ${['"{"', ...parts, '"}"'].join(' + ')}; };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- made of the plan's names, each quoted as JSON
  const make = new Function('getOwn', 'scalarToJson', 'nested', 'writeNested', body);
  return make(getOwn, scalarToJson, nested, writeNested) as RepresentationWriter;
}

function collectFields(
  schema: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
  typeName: string | undefined,
  fields: Map<string, RequiredField>,
): Map<string, RequiredField> {
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      const key = selection.alias ?? selection.name;
      const present = fields.get(key);
      if (!present)
        fields.set(key, { key, selections: selection.selections && [...selection.selections] });
      else if (selection.selections)
        present.selections = [...(present.selections ?? []), ...selection.selections];
    } else if (
      selection.typeCondition === undefined ||
      (typeName !== undefined && matchesType(schema, typeName, selection.typeCondition))
    ) {
      collectFields(schema, selection.selections, typeName, fields);
    }
  }
  return fields;
}

function writeNested(value: unknown, write: RepresentationWriter): string {
  if (Array.isArray(value)) return `[${value.map(item => writeNested(item, write)).join(',')}]`;
  return isObject(value) ? (write(value) ?? 'null') : scalarToJson(value);
}
