import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { entityKeysOf } from './entity-keys.js';
import { getOwn, INHERITED, isObject, type JsonObject, scalarToJson } from './json.js';
import { applyRewrites, matchesType } from './rewrite.js';

/** Writes an object's required fields as JSON; null when the object lacks some. */
type Writer = (object: JsonObject) => string | null;

/** Puts an entity's representation into the book. Returns its place there; -1 when the entity lacks what is required. */
export type RepresentationWriter = (entity: JsonObject, book: RepresentationBook) => number;

/** The representations of one request, each once. */
export class RepresentationBook {
  readonly texts: string[] = [];
  /** By the value of one field, which tells most entities apart: the one that was written first. */
  readonly rows = new Map<unknown, { typeName: string; entity: JsonObject; index: number }>();
  readonly #indexes = new Map<string, number>();

  add(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    this.#indexes.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

interface RequiredField {
  key: string;
  selections: QueryPlanSelectionNode[] | undefined;
}

const TYPES_CACHED_MAX = 1_000; // type names come from subgraphs, and a broken one may make them up

/**
 * Compiles a fetch's `requires` into a function that writes representations. The same entity comes up again and again
 * in a response; it is known by its values, and written once: a text for each, to be hashed, was a tenth of all CPU.
 *
 * The planner puts together what is required of several types. Of an object that only some of it is for, the rest may be
 * without a key: it is not sent, since a subgraph could take it for any other.
 *
 * @param mayBePart whether an entity that lacks some of what is required is sent with the rest of it
 */
export function compileRepresentation(
  schema: GraphQLSchema,
  subgraph: string,
  requires: QueryPlanSelectionNode[],
  rewrites: FetchDataRewrite[] | undefined,
  mayBePart = true,
): RepresentationWriter {
  const rewrite = (text: string, typeName: string): string => {
    const representation = JSON.parse(text) as JsonObject;
    applyRewrites(schema, rewrites!, representation);
    // An interface may have other keys than the object, and the planner may have sent that by its own.
    const isKnown = entityKeysOf(schema, subgraph, representation.__typename as string).some(key =>
      key.every(name => Object.hasOwn(representation, name)),
    );
    if (!isKnown) representation.__typename = typeName;
    return JSON.stringify(representation);
  };
  const writers = new Map<unknown, { write: Writer; keys: string[] | undefined }>();
  return (entity, book) => {
    const typeName = getOwn(entity, '__typename');
    if (typeof typeName !== 'string') return -1;
    let writer = writers.get(typeName);
    if (!writer) {
      if (writers.size >= TYPES_CACHED_MAX) writers.clear();
      const fields = [...collectFields(schema, requires, typeName, new Map()).values()];
      const isFlat = fields.every(({ selections }) => !selections);
      const keys = fields.map(({ key }) => key).filter(key => key !== '__typename');
      const sent: JsonObject = { __typename: typeName };
      applyRewrites(schema, rewrites ?? [], sent);
      const entityKeys = [typeName, sent.__typename as string].flatMap(name =>
        entityKeysOf(schema, subgraph, name),
      );
      const writeAll = compileWriter(schema, fields, entityKeys);
      const isOne = !mayBePart || requires.length === 1;
      const writePart = isOne ? undefined : partWriter(schema, requires, typeName, entityKeys);
      writer = {
        write: writePart ? object => writeAll(object) ?? writePart(object) : writeAll,
        keys: isFlat && keys.length > 0 ? keys : undefined,
      };
      writers.set(typeName, writer);
    }
    const { write, keys } = writer;
    const first = keys && getOwn(entity, keys[0]!);
    const row = keys && book.rows.get(first);
    if (row?.typeName === typeName && isSame(row.entity, entity, keys!)) return row.index;
    const text = write(entity);
    if (text === null) return -1;
    const index = book.add(rewrites?.length ? rewrite(text, typeName) : text);
    if (keys && !row) book.rows.set(first, { typeName, entity, index });
    return index;
  };
}

function isSame(a: JsonObject, b: JsonObject, keys: string[]): boolean {
  for (let n = 1; n < keys.length; n++) {
    const key = keys[n]!;
    if (getOwn(a, key) !== getOwn(b, key)) return false;
  }
  return true;
}

/** Writes what is whole of what is required: the planner puts together what is required of several interfaces and types. */
function partWriter(
  schema: GraphQLSchema,
  requires: QueryPlanSelectionNode[],
  typeName: string,
  entityKeys: string[][],
): Writer {
  const fieldsOf = (selections: QueryPlanSelectionNode[]) => [
    ...collectFields(schema, selections, typeName, new Map()).values(),
  ];
  const writers = new Map<string, Writer>();
  return object => {
    const isThere = ({ key }: RequiredField) => getOwn(object, key) !== undefined;
    const whole = requires.filter(selection => fieldsOf([selection]).every(isThere));
    const mask = whole.map(selection => requires.indexOf(selection)).join();
    const write = writers.get(mask) ?? compileWriter(schema, fieldsOf(whole), entityKeys);
    writers.set(mask, write);
    return write(object);
  };
}

function writerByType(schema: GraphQLSchema, selections: QueryPlanSelectionNode[]): Writer {
  const writers = new Map<unknown, Writer>();
  return object => {
    const typeName = getOwn(object, '__typename') as string | undefined;
    let writer = writers.get(typeName);
    if (!writer) {
      if (writers.size >= TYPES_CACHED_MAX) writers.clear();
      const fields = [...collectFields(schema, selections, typeName, new Map()).values()];
      writer = compileWriter(schema, fields);
      writers.set(typeName, writer);
    }
    return writer(object);
  };
}

/** @param entityKeys of an entity: the fields of which it must have those of one */
function compileWriter(
  schema: GraphQLSchema,
  fields: RequiredField[],
  entityKeys?: string[][],
): Writer {
  const names = new Set(fields.map(({ key }) => key));
  const hasKey = entityKeys?.some(key => ['__typename', ...key].every(name => names.has(name)));
  if (hasKey === false) return () => null;
  const nested = fields.map(field => field.selections && writerByType(schema, field.selections));
  // Straight-line code with constant keys: V8 makes it as fast as a hand-written literal.
  const reads = fields.map(({ key }, n) => {
    const name = JSON.stringify(key);
    const read = INHERITED.has(key) ? `getOwn(object, ${name})` : `object[${name}]`;
    return `const v${n} = ${read}; if (v${n} === undefined) return ${entityKeys ? 'null' : '"null"'};`;
  });
  const parts = fields.map(({ key }, n) => {
    const value = nested[n] ? `writeNested(v${n}, nested[${n}])` : `scalarToJson(v${n})`;
    return `${JSON.stringify(`${n ? ',' : ''}${JSON.stringify(key)}:`)} + ${value}`;
  });
  const body = `return object => { ${reads.join('\n')} return ${['"{"', ...parts, '"}"'].join(' + ')}; };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- made of the plan's names, each quoted as JSON
  const make = new Function('getOwn', 'scalarToJson', 'nested', 'writeNested', body);
  return make(getOwn, scalarToJson, nested, writeNested) as Writer;
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

function writeNested(value: unknown, write: Writer): string {
  if (Array.isArray(value)) return `[${value.map(item => writeNested(item, write)).join(',')}]`;
  return isObject(value) ? (write(value) ?? 'null') : scalarToJson(value);
}
