import { isDeepStrictEqual } from 'node:util';
import {
  type GraphQLFieldResolver,
  GraphQLError,
  Kind,
  parseType,
  type SelectionSetNode,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql';
import { canonicalJson, type JsonObject } from '../execution/json.js';
import { parseFieldSet } from '../supergraph/field-set.js';
import type { FieldModel, SchemaModel } from './random-schema.js';
import { hash } from './random.js';

const INSTANCES = 4; // of each entity

/** An object of the graph. The same object has the same key, whoever makes it. */
export interface Instance {
  /** Its type for whoever has asked for it: an interface object's is the interface. */
  __typename: string;
  /** Its type. */
  type: string;
  key: string;
  /** What the router sent of an entity. */
  reference?: JsonObject;
}

/** What goes wrong in subgraphs. Which values it concerns is a matter of their coordinates, so that everybody sees the same. */
export interface Faults {
  seed: string;
  /**
   * - `throw`: resolvers of fields throw
   * - `unsound`: values that the schema does not allow, with no error
   * - `gone`: entities that one subgraph does not know
   * - `refuse`: entities for which one subgraph throws
   * - `down`: one subgraph does not answer
   */
  kind: 'throw' | 'unsound' | 'gone' | 'refuse' | 'down';
  /** One in so many. */
  rarity: number;
  /** Whether what keys and `@requires` select is spared, so that only fields are concerned that clients ask for. */
  sparesNeeded: boolean;
}

/** Who resolves a field, and what it has seen while doing so. */
export interface Resolution {
  /** Undefined for the whole graph as one schema. */
  subgraph: string | undefined;
  faults: Faults | undefined;
  /** What was put to use, by name. */
  seen: Set<string>;
}

/** The data behind a random schema, as functions: whoever asks for a field of an object gets the same value. */
export class World {
  readonly #types = new Map<string, TypeNode>();
  readonly #requirements = new Map<string, SelectionSetNode>();

  constructor(private readonly model: SchemaModel) {
    for (const { type, requires } of model.fields.values()) {
      if (!this.#types.has(type)) this.#types.set(type, parseType(type));
      if (requires === undefined || this.#requirements.has(requires)) continue;
      this.#requirements.set(requires, parseFieldSet(requires));
    }
  }

  /** The resolver of every field. */
  readonly resolve: GraphQLFieldResolver<unknown, Resolution, JsonObject> = (
    source,
    args,
    resolution,
    { parentType, fieldName },
  ) => {
    const instance = (source as Instance) ?? instanceOf(parentType.name, parentType.name);
    const { subgraph, faults, seen } = resolution;
    const coordinate = `${instance.type}.${fieldName}`;
    const field = this.model.fields.get(coordinate);
    if (!field) throw new Error(`${coordinate} is in no model.`);
    if (subgraph !== undefined) {
      if (this.model.overridden.has(`${subgraph} ${coordinate}`)) {
        throw new Error(`${coordinate} of ${subgraph} is overridden.`);
      }
      if (this.model.provided.has(`${subgraph} ${coordinate}`)) seen.add('provides');
      else if (this.model.external.has(`${subgraph} ${parentType.name}.${fieldName}`)) {
        throw new Error(`${coordinate} of ${subgraph} is external.`);
      }
      if (parentType.name !== instance.type) seen.add('interfaceObject');
      if (field.requires !== undefined) seen.add('requires');
      if (this.model.overriding.has(coordinate)) seen.add('override');
    }
    const isWhole = subgraph === undefined;
    const required = isWhole ? this.#requiredOf(instance, field) : this.#sentOf(instance, field);
    if (!isWhole && faults?.kind === 'throw' && field.requires !== undefined) {
      const [sent, whole] = [required, this.#requiredOf(instance, field)].map(text =>
        JSON.parse(text),
      ) as [unknown, unknown];
      if (!isDeepStrictEqual(sent, whole) && isNulledOf(sent, whole)) seen.add(REQUIRED_LOST);
    }
    const value = this.#valueOf(instance, fieldName, args, required);
    return faults ? this.#spoil(value, field, coordinate, instance, resolution) : value;
  };

  /** The entity behind a representation. */
  entityOf(reference: JsonObject, { subgraph, faults, seen }: Resolution): Instance | null {
    const { __typename: typeName } = reference as { __typename: string };
    seen.add('entities');
    const implementations = this.model.entityInterfaces.get(typeName);
    const keys = (implementations ?? [typeName]).flatMap(
      name => this.model.entities.get(name) ?? [],
    );
    if (keys.every(name => reference[name] === undefined)) seen.add(KEYLESS);
    for (const name of implementations ?? [typeName]) {
      for (let n = 0; n < INSTANCES; n++) {
        const instance = { ...instanceOf(name, `${name}#${n}`), reference };
        if (!this.#isMeant(instance, reference)) continue;
        const isConcerned =
          faults !== undefined &&
          (faults.kind === 'gone' || faults.kind === 'refuse') &&
          hash(`${faults.seed} ${subgraph} ${instance.key}`) % faults.rarity === 0;
        if (!isConcerned) return instance;
        seen.add(faults.kind);
        if (faults.kind === 'gone') return null;
        throw injected(`${subgraph} refuses ${instance.key}`);
      }
    }
    return null;
  }

  /** What a field requires of its object, as the data has it. */
  #requiredOf(instance: Instance, { requires }: FieldModel): string {
    if (requires === undefined) return '';
    const read = (object: Instance, name: string, args: JsonObject) => {
      if (name === '__typename') return object.type;
      const field = this.model.fields.get(`${object.type}.${name}`)!;
      return this.#valueOf(object, name, args, this.#requiredOf(object, field));
    };
    return canonicalJson(select(this.#requirements.get(requires)!, instance, read));
  }

  /** The same, as the router has sent it. */
  #sentOf({ reference = {} }: Instance, { requires }: FieldModel): string {
    if (requires === undefined) return '';
    const read = (object: JsonObject, name: string) => object[name];
    return canonicalJson(select(this.#requirements.get(requires)!, reference, read));
  }

  #isMeant(instance: Instance, reference: JsonObject): boolean {
    const fields = this.model.entities.get(instance.type)!;
    return fields.every(name => {
      const sent = reference[name];
      if (sent === undefined) return true;
      const value = this.#valueOf(instance, name, {}, '');
      return name === 'org'
        ? (value as Instance).key === (sent as JsonObject | null)?.id
        : isDeepStrictEqual(value, sent);
    });
  }

  #valueOf(instance: Instance, name: string, args: JsonObject, required: string): unknown {
    const { key } = instance;
    const field = this.model.fields.get(`${instance.type}.${name}`);
    if (!field) throw new Error(`${instance.type}.${name} is in no model.`);
    const number = Number(/#(\d+)$/.exec(key)?.[1]);
    switch (field.special) {
      case 'identity':
        return key;
      case 'number':
        return 100 + number;
      case 'half':
        return `part ${number >> 1}`;
      case 'parity':
        return number % 2;
      case 'tags':
        return [`tag ${number}`, 'all'];
      case 'lookup': {
        const meant = String(args.id);
        const [typeName, index] = meant.split('#');
        const isThere = typeName === field.type && Number(index) < INSTANCES;
        return isThere ? instanceOf(field.type, meant) : null;
      }
      case undefined:
        return this.#make(this.#types.get(field.type)!, field, placeOf(key, name, args, required));
    }
  }

  /** A value of a type, by chance that depends on the place alone. */
  #make(type: TypeNode, field: FieldModel, place: string, mayBeNull = true): unknown {
    if (type.kind === Kind.NON_NULL_TYPE) return this.#make(type.type, field, place, false);
    const chance = hash(place);
    if (mayBeNull && chance % 8 === 0) return null;
    if (type.kind === Kind.LIST_TYPE) {
      return Array.from({ length: (chance >>> 3) % 4 }, (_, n) =>
        this.#make(type.type, field, `${place}/${n}`),
      );
    }
    return this.#makeNamed(type.name.value, field, place, chance >>> 5);
  }

  #makeNamed(name: string, field: FieldModel, place: string, chance: number): unknown {
    switch (name) {
      case 'String':
        return `text ${chance % 1000} "é\u2028"`;
      case 'ID':
        return `id ${chance % 1000}`;
      case 'Stamp':
        return `stamp ${chance % 1000}`;
      case 'Int':
        return (chance % 2000) - 1000;
      case 'Float':
        return (chance % 2000) / 8;
      case 'Boolean':
        return chance % 2 === 0;
      case 'Color':
        return ['RED', 'GREEN', 'BLUE', 'GREEN', 'BLUE', 'SECRET'][chance % 6];
      case 'Json':
        return [{ toString: chance % 10, list: [1, null, {}] }, [chance % 10], 'plain', 0][
          chance % 4
        ];
      case 'Shape':
      case 'Either':
        return instanceOf(`V${chance % 3}`, place);
    }
    const possible = field.possibleTypes.length > 0 ? field.possibleTypes : [name];
    const typeName = possible[chance % possible.length]!;
    const isEntity = this.model.entities.has(typeName);
    return instanceOf(typeName, isEntity ? `${typeName}#${(chance >>> 4) % INSTANCES}` : place);
  }

  #spoil(
    value: unknown,
    field: FieldModel,
    coordinate: string,
    { key }: Instance,
    { faults, seen }: Resolution,
  ): unknown {
    const { seed, kind, rarity, sparesNeeded } = faults!;
    if (kind !== 'throw' && kind !== 'unsound') return value;
    if (sparesNeeded && this.model.needed.has(coordinate)) return value;
    const chance = hash(`${seed} ${key} ${coordinate}`);
    if (chance % rarity !== 0) return value;
    seen.add(kind);
    if (kind === 'throw') throw injected(`${coordinate} of ${key} is broken`);
    const how = Math.floor(chance / rarity) % 3;
    if (how === 0 && Array.isArray(value) && value.length > 0) return value.toSpliced(-1, 1, null);
    const wrong = WRONG[field.type.replace(/[[\]!]/g, '')];
    return how === 1 && wrong !== undefined && !field.type.startsWith('[') ? wrong : null;
  }
}

/** Of each type of leaf a value that neither it nor any coercion takes. */
const WRONG: Record<string, unknown> = {
  String: { no: 'text' },
  ID: { no: 'id' },
  Int: 'seven',
  Float: 'half',
  Boolean: 'yes',
  Color: 'PURPLE',
};

export const INJECTED = 'INJECTED';

/**
 * The error of a field has made an object null in which another field is that is required. It was asked for beside it in
 * one fetch: to the whole graph as one schema it is not null.
 */
export const REQUIRED_LOST = 'required value lost';

/** An entity was sent without its key. */
export const KEYLESS = 'entity without its key';

function injected(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: INJECTED } });
}

function instanceOf(type: string, key: string): Instance {
  return { __typename: type, type, key };
}

function placeOf(key: string, name: string, args: JsonObject, required: string): string {
  return `${key}.${name}(${canonicalJson(args)})${required && hash(required)}`;
}

/** Whether all that `nulled` is short of is objects and lists. */
function isNulledOf(nulled: unknown, whole: unknown): boolean {
  if (typeof whole !== 'object' || whole === null) return nulled === whole;
  if (typeof nulled !== 'object' || nulled === null) return nulled === null;
  return Object.entries(whole).every(([key, value]) =>
    isNulledOf((nulled as JsonObject)[key], value),
  );
}

/** What a selection selects. */
function select<T extends { __typename?: unknown }>(
  { selections }: SelectionSetNode,
  object: T,
  read: (object: T, name: string, args: JsonObject) => unknown,
): JsonObject {
  const selected: JsonObject = {};
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (object.__typename !== selection.typeCondition?.name.value) continue;
      Object.assign(selected, select(selection.selectionSet, object, read));
    } else if (selection.kind === Kind.FIELD) {
      const { name, selectionSet } = selection;
      const below = (value: unknown): unknown => {
        if (!selectionSet || value === null || value === undefined) return value ?? null;
        return Array.isArray(value) ? value.map(below) : select(selectionSet, value as T, read);
      };
      const args = (selection.arguments ?? []).map(each => [
        each.name.value,
        valueFromASTUntyped(each.value),
      ]);
      const value = read(object, name.value, Object.fromEntries(args));
      selected[name.value] = value === undefined ? 'was not sent' : below(value);
    }
  }
  return selected;
}
