import { isDeepStrictEqual } from 'node:util';
import type { EventContract } from '@gamegraph/event-bus';
import { z } from 'zod';

type Schema = { [keyword: string]: unknown };

/** What was once told on the bus, and so lies in archives and is read by processes of earlier versions. */
export type Published = { [type: string]: { topic: string; data: Schema } };

/** A change of a published event that somebody could not live with, and what to do instead. */
export interface Breach {
  type: string;
  /** `prices[].minor`; empty for the event as a whole. */
  field: string;
  fault: string;
  cure: string;
}

export function publishedOf(events: EventContract[]): Published {
  const described = events.map(({ type, aggregate, data }): [string, Published[string]] => {
    const { $schema: _, ...schema } = z.toJSONSchema(data, { io: 'input' });
    return [type, { topic: aggregate.topic, data: schema }];
  });
  return Object.fromEntries(described.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A published schema may only grow. Processes of this version read what earlier ones have told, and the other way round:
 * so what was told stays, in what it allows too, and what is new may be missing.
 */
export function breachesOf(published: Published, present: Published): Breach[] {
  return Object.entries(published).flatMap(([type, before]) => {
    const now = present[type];
    if (!now)
      return {
        ...{ type, field: '', fault: 'is not defined any more' },
        cure: 'Keep its definition: archives have such events, and a replay brings them. Nobody need announce it.',
      };
    return faultsOf(before.data, now.data, '').map(found => ({ type, ...found }));
  });
}

type Found = Omit<Breach, 'type'>;

const KEEP = 'Keep it as it was, beside what is new.';
const MISSING =
  'Give it a default (`.default(…)`, `.nullable().default(null)`): earlier events lack it.';

function faultsOf(before: Schema, now: Schema, field: string): Found[] {
  const kinds = kindsOf(before);
  if (kinds.length > 1) return kinds.flatMap(kind => faultsOf(kind, now, field));
  const allowed = kindsOf(now);
  if (allowed.length > 1) {
    const tries = allowed.map(kind => faultsOf(before, kind, field));
    return tries.find(faults => faults.length === 0) ?? tries[0]!;
  }
  const faults = narrowings(before, now).map(what => ({ field, fault: what, cure: KEEP }));
  if (faults.length > 0) return faults;
  return [
    ...faultsOfProperties(before, now, field),
    ...within(before.items, now.items, `${field}[]`),
    ...within(before.additionalProperties, now.additionalProperties, `${field}{}`),
    ...((before.prefixItems as Schema[] | undefined) ?? []).flatMap((item, n) =>
      within(item, (now.prefixItems as Schema[] | undefined)?.[n], `${field}[${n}]`),
    ),
  ];
}

/** The alternatives, each of one type. */
function kindsOf(schema: Schema): Schema[] {
  if (Array.isArray(schema.anyOf)) return schema.anyOf as Schema[];
  return Array.isArray(schema.type) ? schema.type.map(type => ({ ...schema, type })) : [schema];
}

function faultsOfProperties(before: Schema, now: Schema, field: string): Found[] {
  const [had, has] = [propertiesOf(before), propertiesOf(now)];
  const nameOf = (name: string) => (field ? `${field}.${name}` : name);
  const changed = Object.entries(had.all).flatMap(([name, schema]): Found[] => {
    const present = has.all[name];
    if (!present) return [{ field: nameOf(name), fault: 'was removed or renamed', cure: KEEP }];
    if (had.required.has(name) && !has.required.has(name))
      return [
        {
          ...{ field: nameOf(name), fault: 'may be missing now' },
          cure: 'Keep it required where it is told: earlier versions cannot read an event without it.',
        },
      ];
    if (!had.required.has(name) && has.required.has(name))
      return [{ field: nameOf(name), fault: 'is required now', cure: MISSING }];
    return faultsOf(schema, present, nameOf(name));
  });
  const added = [...has.required].filter(name => !(name in had.all));
  return [
    ...changed,
    ...added.map(name => ({ field: nameOf(name), fault: 'is new, and required', cure: MISSING })),
  ];
}

function propertiesOf({ properties = {}, required = [] }: Schema) {
  return {
    all: properties as { [name: string]: Schema },
    required: new Set(required as string[]),
  };
}

function within(before: unknown, now: unknown, field: string): Found[] {
  if (!isSchema(before) || now === undefined) return [];
  return isSchema(now) ? faultsOf(before, now, field) : [];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

/** Values that were allowed and are not. */
function narrowings(before: Schema, now: Schema): string[] {
  if (before.type !== now.type && !(before.type === 'integer' && now.type === 'number'))
    return [`was ${wordOf(before)}, and is ${wordOf(now)}`];
  const [had, has] = [valuesOf(before), valuesOf(now)];
  if (has) {
    const gone = had ? had.filter(value => !has.includes(value)) : ['any other value'];
    if (gone.length > 0) return [`does not allow ${gone.join(', ')} any more`];
  }
  const raised = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'].filter(
    name => limit(now, name, -Infinity) > limit(before, name, -Infinity),
  );
  const lowered = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'].filter(
    name => limit(now, name, Infinity) < limit(before, name, Infinity),
  );
  const fixed = ['format', 'pattern', 'propertyNames', 'multipleOf', 'uniqueItems'].filter(
    name => now[name] !== undefined && !isDeepStrictEqual(now[name], before[name]),
  );
  return [...raised, ...lowered, ...fixed].map(
    name => `allows less: ${name} is ${told(now[name])}`,
  );
}

function valuesOf(schema: Schema): unknown[] | undefined {
  return 'const' in schema ? [schema.const] : (schema.enum as unknown[] | undefined);
}

function limit(schema: Schema, name: string, otherwise: number): number {
  return (schema[name] as number | undefined) ?? otherwise;
}

function wordOf({ type }: Schema): string {
  return typeof type === 'string' ? type : 'of any type';
}

function told(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
