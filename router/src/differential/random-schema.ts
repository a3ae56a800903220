import type { SubgraphSdl } from '../supergraph/compose.js';
import { Random } from './random.js';

/** A field as all subgraphs that resolve it know it. */
export interface FieldModel {
  /** As in SDL. */
  type: string;
  arguments: string;
  /** What values of an abstract type may be: it differs from subgraph to subgraph. */
  possibleTypes: string[];
  /** The selection of its `@requires`. */
  requires: string | undefined;
  /** What its value is made of, where not of chance. */
  special: 'identity' | 'number' | 'half' | 'parity' | 'tags' | 'lookup' | undefined;
}

/** A random federated graph: its subgraphs, and what the data behind them has to know. */
export interface SchemaModel {
  subgraphs: SubgraphSdl[];
  /** By `Type.field`. */
  fields: ReadonlyMap<string, FieldModel>;
  /** Entity -> the top fields of all its keys. */
  entities: ReadonlyMap<string, readonly string[]>;
  /** Interface with a key -> the entities that implement it. */
  entityInterfaces: ReadonlyMap<string, readonly string[]>;
  /** `Type.field` of what keys and `@requires` select: it takes part in fetches that no client asked for. */
  needed: ReadonlySet<string>;
  /** `subgraph Type.field` of what another subgraph has overridden: it must not be asked. */
  overridden: ReadonlySet<string>;
  /** `Type.field` that a subgraph took over. */
  overriding: ReadonlySet<string>;
  /** `subgraph Type.field` of what a subgraph knows on some paths only. */
  provided: ReadonlySet<string>;
  /** The same of what it does not know at all, but is told. */
  external: ReadonlySet<string>;
  /** Whether an object's field may not be null where that of its interface may. */
  narrows: boolean;
}

interface TypeInSubgraph {
  kind: 'type' | 'interface';
  directives: Set<string>;
  interfaces: Set<string>;
  /** Name -> arguments and type, and directives. */
  fields: Map<string, { signature: string; directives: Set<string> }>;
}

class SubgraphDraft {
  readonly types = new Map<string, TypeInSubgraph>();
  readonly unions = new Map<string, Set<string>>();
  /** Abstract types of which values may be made here, and what they may be. */
  readonly abstracts = new Map<string, string[]>();

  constructor(readonly name: string) {}

  type(name: string, kind: TypeInSubgraph['kind'] = 'type'): TypeInSubgraph {
    let type = this.types.get(name);
    if (!type) {
      type = { kind, directives: new Set(), interfaces: new Set(), fields: new Map() };
      this.types.set(name, type);
    }
    return type;
  }

  field(typeName: string, name: string, signature: string, ...directives: string[]): void {
    const { fields } = this.type(typeName);
    const field = fields.get(name) ?? { signature, directives: new Set<string>() };
    for (const directive of directives) field.directives.add(directive);
    fields.set(name, field);
  }

  resolves(typeName: string, field: string): boolean {
    const found = this.types.get(typeName)?.fields.get(field);
    return found !== undefined && !found.directives.has('@external');
  }

  externals(): string[] {
    return [...this.types].flatMap(([type, { fields }]) =>
      [...fields].flatMap(([field, { directives }]) =>
        directives.has('@external') ? [`${this.name} ${type}.${field}`] : [],
      ),
    );
  }

  print(commons: string): string {
    const types = [...this.types].map(([name, { kind, directives, interfaces, fields }]) => {
      const implemented = interfaces.size > 0 ? ` implements ${[...interfaces].join(' & ')}` : '';
      const lines = [...fields].map(
        ([field, { signature, directives: of }]) => `  ${field}${signature} ${[...of].join(' ')}`,
      );
      return `${kind} ${name}${implemented} ${[...directives].join(' ')} {\n${lines.join('\n')}\n}`;
    });
    const unions = [...this.unions].map(
      ([name, members]) => `union ${name} = ${[...members].join(' | ')}`,
    );
    return [commons, ...types, ...unions].join('\n');
  }
}

const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@external", "@requires", "@provides", "@shareable", "@override", "@inaccessible", "@interfaceObject"])`;

interface Entity {
  name: string;
  home: SubgraphDraft;
  hosts: SubgraphDraft[];
  /** Selections. */
  keys: string[];
}

const SCALARS = ['String', 'Int', 'Float', 'Boolean', 'ID', 'Color', 'Json', 'Stamp'];
const VALUES = ['V0', 'V1', 'V2'];

/** What a field that is required may be given, by type of the argument. */
const CONSTANTS: Record<string, readonly string[]> = {
  Int: ['1', '-2', 'null'],
  Color: ['RED', 'BLUE'],
  '[String!]': ['["a"]', '[]'],
  'Boolean!': ['true', 'false'],
  '[[Int]]': ['[[1], null]', '[]'],
};

/** Signatures of the fields that keys are made of. */
const KEY_FIELDS: Record<string, { type: string; special: FieldModel['special'] }> = {
  id: { type: 'ID!', special: 'identity' },
  code: { type: 'Int!', special: 'number' },
  part: { type: 'String!', special: 'half' },
  side: { type: 'Int!', special: 'parity' },
  org: { type: 'Org!', special: undefined },
  tags: { type: '[String!]!', special: 'tags' },
};

/** It may fail to compose, seldom: then the caller takes another seed. */
export function randomSchema(seed: string): SchemaModel {
  return new SchemaWriter(new Random(seed)).write();
}

class SchemaWriter {
  readonly #fields = new Map<string, FieldModel>();
  readonly #needed = new Set<string>();
  readonly #overridden = new Set<string>();
  readonly #overriding = new Set<string>();
  readonly #provided = new Set<string>();
  readonly #entityInterfaces = new Map<string, string[]>();
  readonly #drafts: SubgraphDraft[];
  readonly #entities: Entity[] = [];
  readonly #commons: string;
  /** Where a type must not be defined: an interface object stands for it there. */
  readonly #barred = new Map<SubgraphDraft, Set<string>>();
  #fieldCount = 0;
  #narrows = false;

  constructor(private readonly random: Random) {
    this.#drafts = Array.from(
      { length: 2 + random.below(3) },
      (_, n) => new SubgraphDraft(`sub${n}`),
    );
    const hidden = random.chance(0.4) ? ' @inaccessible' : '';
    this.#commons = `${FEDERATION}
scalar Json
scalar Stamp
enum Color { RED GREEN BLUE SECRET${hidden} }
input Filter { from: Int! = 3 colors: [Color!] = [RED] inner: Filter text: String }`;
    this.#addValueTypes();
  }

  write(): SchemaModel {
    const { random } = this;
    const count = 2 + random.below(3);
    for (let n = 0; n < count; n++) this.#addEntity(`T${n}`);
    if (random.chance(0.6)) this.#addKeyedInterface();
    if (random.chance(0.6)) this.#addPlainInterface();
    if (random.chance(0.5)) this.#addUnion();
    for (const draft of this.#drafts) this.#addRootFields(draft, 'Query', 1 + random.below(3));
    for (const draft of this.#drafts)
      if (random.chance(0.3)) this.#addRootFields(draft, 'Mutation', 1 + random.below(2));
    for (const entity of this.#entities)
      for (const host of entity.hosts)
        for (let n = 1 + random.below(3); n > 0; n--) this.#addField(entity, host);
    for (const entity of this.#entities)
      for (const host of entity.hosts) if (random.chance(0.6)) this.#addRequiring(entity, host);
    for (const draft of this.#drafts) if (random.chance(0.5)) this.#addProvides(draft);
    if (random.chance(0.25)) this.#hideType();
    return {
      subgraphs: this.#drafts.map(draft => ({
        name: draft.name,
        url: `http://${draft.name}.test`,
        sdl: draft.print(this.#commons),
      })),
      fields: this.#fields,
      entities: new Map(
        this.#entities.map(({ name, keys }) => [name, keys.flatMap(topFields)] as const),
      ),
      entityInterfaces: this.#entityInterfaces,
      needed: this.#needed,
      overridden: this.#overridden,
      overriding: this.#overriding,
      provided: this.#provided,
      external: new Set(this.#drafts.flatMap(draft => draft.externals())),
      narrows: this.#narrows,
    };
  }

  #define(
    typeName: string,
    field: string,
    type: string,
    more: Partial<Omit<FieldModel, 'type'>> = {},
  ): FieldModel {
    const model: FieldModel = {
      type,
      arguments: '',
      possibleTypes: [],
      requires: undefined,
      special: undefined,
      ...more,
    };
    this.#fields.set(`${typeName}.${field}`, model);
    return model;
  }

  #addValueTypes(): void {
    const { random } = this;
    this.#define('Org', 'id', 'ID!', { special: 'identity' });
    this.#define('Org', 'title', 'String');
    for (const [n, name] of VALUES.entries()) {
      this.#define(name, 'common', 'Int');
      for (let m = 1 + random.below(3); m > 0; m--) {
        this.#define(name, this.#freshName(), this.#wrap(random.pick(SCALARS)));
      }
      if (n > 0 && random.chance(0.7)) {
        this.#define(name, this.#freshName(), this.#wrap(VALUES[n - 1]!));
      }
    }
  }

  /** Makes sure that a subgraph has a type that is no entity, with all that its fields are of. */
  #useValueType(draft: SubgraphDraft, name: string): void {
    if (name === 'Shape' || name === 'Either') {
      for (const value of VALUES) this.#useValueType(draft, value);
      draft.abstracts.set(name, VALUES);
      if (name === 'Either') draft.unions.set(name, new Set(VALUES));
    }
    if (!VALUES.includes(name) && name !== 'Org') return;
    if (draft.types.has(name)) return;
    const type = draft.type(name);
    type.directives.add('@shareable');
    if (name !== 'Org') {
      type.interfaces.add('Shape');
      draft.type('Shape', 'interface');
      draft.field('Shape', 'common', ': Int');
    }
    for (const [coordinate, field] of this.#fields) {
      const [typeName, fieldName] = coordinate.split('.') as [string, string];
      if (typeName !== name) continue;
      draft.field(name, fieldName, `: ${field.type}`);
      this.#useValueType(draft, namedType(field.type));
    }
  }

  #addEntity(name: string): void {
    const { random } = this;
    const keys = random.pick([
      ...[['id'], ['id'], ['id', 'code'], ['part side'], ['id', 'org { id }']],
      ...[
        ['id', 'tags'],
        ['code org { id }', 'id'],
      ],
    ]);
    const home = random.pick(this.#drafts);
    const others = this.#drafts.filter(draft => draft !== home && random.chance(0.7));
    const entity = { name, home, hosts: [home, ...others], keys };
    this.#entities.push(entity);
    for (const key of keys) {
      for (const field of topFields(key)) {
        const { type, special } = KEY_FIELDS[field]!;
        this.#define(name, field, type, { special });
        this.#needed.add(`${name}.${field}`);
      }
    }
    this.#needed.add('Org.id');
    for (const host of entity.hosts) {
      const some = host === home ? keys : random.some(keys, 1 + random.below(keys.length));
      for (const key of some) this.#addKey(host, entity, key, true);
    }
  }

  #addKey(draft: SubgraphDraft, { name }: Entity, key: string, isResolvable: boolean): void {
    const type = draft.type(name);
    type.directives.add(`@key(fields: "${key}"${isResolvable ? '' : ', resolvable: false'})`);
    for (const field of topFields(key)) {
      draft.field(name, field, `: ${KEY_FIELDS[field]!.type}`);
      if (field === 'org') this.#useValueType(draft, 'Org');
    }
  }

  /** Makes sure that a subgraph can name an entity, at least. */
  #useEntity(draft: SubgraphDraft, entity: Entity): void {
    if (draft.types.has(entity.name)) return;
    this.#addKey(draft, entity, this.random.pick(entity.keys), false);
  }

  /** An interface whose implementations are entities, and perhaps a subgraph that knows it as one object. */
  #addKeyedInterface(): void {
    const { random } = this;
    const able = this.#entities.filter(({ keys }) => keys.includes('id'));
    if (able.length < 2) return;
    const home = random.pick(this.#drafts);
    const implementations = random.some(able, 2 + random.below(2));
    const common = this.#freshName();
    const commonType = this.#wrap(random.pick(SCALARS));
    home.type('Keyed', 'interface').directives.add('@key(fields: "id")');
    home.field('Keyed', 'id', ': ID!');
    home.field('Keyed', common, `: ${commonType}`);
    for (const entity of implementations) {
      if (!entity.hosts.includes(home)) entity.hosts.push(home);
      home.type(entity.name).directives.delete('@key(fields: "id", resolvable: false)');
      this.#addKey(home, entity, 'id', true);
      home.type(entity.name).interfaces.add('Keyed');
      home.field(entity.name, common, `: ${commonType}`);
      this.#define(entity.name, common, commonType);
    }
    const names = implementations.map(({ name }) => name);
    home.abstracts.set('Keyed', names);
    this.#entityInterfaces.set('Keyed', names);
    this.#addRootField(home, 'Query', 'Keyed');
    if (!random.chance(0.8)) return;

    const draft = new SubgraphDraft('objects');
    this.#drafts.push(draft);
    this.#barred.set(draft, new Set(names));
    const object = draft.type('Keyed');
    object.directives.add('@key(fields: "id")').add('@interfaceObject');
    draft.field('Keyed', 'id', ': ID!');
    draft.abstracts.set('Keyed', names);
    const addFields = (type: string, requires: string | undefined): void => {
      const field = this.#freshName();
      const model = { possibleTypes: this.#possibleTypes(draft, type), requires };
      draft.field('Keyed', field, `: ${type}`);
      if (requires !== undefined)
        draft.field('Keyed', field, '', `@requires(fields: ${JSON.stringify(requires)})`);
      for (const name of names) this.#define(name, field, type, model);
    };
    for (let n = 1 + random.below(3); n > 0; n--) addFields(this.#randomType(draft), undefined);
    if (random.chance(0.5)) {
      draft.field('Keyed', common, `: ${commonType}`, '@external');
      for (const name of names) this.#needed.add(`${name}.${common}`);
      addFields('String', common);
    }
    this.#addRootField(draft, 'Query', 'Keyed');
  }

  /** An interface without a key, with other implementations in each subgraph that has it. */
  #addPlainInterface(): void {
    const { random } = this;
    const field = this.#freshName();
    const base = random.pick(SCALARS);
    for (const draft of random.some(this.#drafts, 1 + random.below(2))) {
      const hosted = this.#entities.filter(({ hosts }) => hosts.includes(draft));
      const implementations = random.some(hosted, 1 + random.below(3));
      if (implementations.length === 0) continue;
      draft.type('Plain', 'interface');
      draft.field('Plain', field, `: ${base}`);
      for (const { name } of implementations) {
        const known = this.#fields.get(`${name}.${field}`)?.type;
        const type = known ?? (random.chance(0.3) ? `${base}!` : base);
        if (type !== base) this.#narrows = true;
        draft.type(name).interfaces.add('Plain');
        draft.field(name, field, `: ${type}`, '@shareable');
        this.#define(name, field, type);
      }
      const names = implementations.map(({ name }) => name);
      draft.abstracts.set('Plain', names);
      this.#addRootField(draft, 'Query', 'Plain');
    }
  }

  #addUnion(): void {
    const { random } = this;
    for (const draft of random.some(this.#drafts, 1 + random.below(2))) {
      const barred = this.#barred.get(draft);
      const members = random.some(
        this.#entities.filter(({ name }) => !barred?.has(name)),
        1 + random.below(3),
      );
      if (members.length === 0) continue;
      for (const entity of members) this.#useEntity(draft, entity);
      const names = members.map(({ name }) => name);
      if (random.chance(0.4)) {
        this.#useValueType(draft, 'V1');
        names.push('V1');
      }
      draft.unions.set('Mixed', new Set(names));
      draft.abstracts.set('Mixed', names);
      this.#addRootField(draft, 'Query', 'Mixed');
    }
  }

  #addRootFields(draft: SubgraphDraft, root: string, count: number): void {
    for (let n = 0; n < count; n++) {
      const barred = this.#barred.get(draft);
      const entities = this.#entities.filter(({ name }) => !barred?.has(name));
      const entity = this.random.pick(entities);
      if (!entity || this.random.chance(0.2)) {
        this.#addRootField(draft, root, undefined);
        continue;
      }
      this.#useEntity(draft, entity);
      if (entity.keys.includes('id') && this.random.chance(0.4)) {
        const field = this.#freshName();
        this.#define(root, field, entity.name, { arguments: '(id: ID!)', special: 'lookup' });
        draft.field(root, field, `(id: ID!): ${entity.name}`);
      } else {
        this.#addRootField(draft, root, entity.name);
      }
    }
  }

  #addRootField(draft: SubgraphDraft, root: string, base: string | undefined): void {
    const name = this.#freshName();
    const type = base === undefined ? this.#randomType(draft) : this.#wrap(base);
    const args = this.#randomArguments();
    draft.field(root, name, `${args}: ${type}`);
    const other = this.random.pick(this.#drafts);
    if (root === 'Query' && other !== draft && isSimple(type) && this.random.chance(0.4)) {
      this.#useValueType(other, namedType(type));
      draft.field(root, name, '', '@shareable');
      other.field(root, name, `${args}: ${type}`, '@shareable');
    }
    this.#define(root, name, type, {
      arguments: args,
      possibleTypes: this.#possibleTypes(draft, type),
    });
  }

  #addField(entity: Entity, host: SubgraphDraft): void {
    const { random } = this;
    const field = this.#freshName();
    const type = this.#randomType(host);
    const args = this.#randomArguments();
    const possibleTypes = this.#possibleTypes(host, type);
    this.#define(entity.name, field, type, { arguments: args, possibleTypes });
    host.field(entity.name, field, `${args}: ${type}`);
    if (random.chance(0.08)) host.field(entity.name, field, '', '@inaccessible');
    const other = random.pick(entity.hosts);
    if (other === host || !isSimple(type)) return;
    const choice = random.below(100);
    if (choice < 20) {
      this.#useValueType(other, namedType(type));
      host.field(entity.name, field, '', '@shareable');
      other.field(entity.name, field, `${args}: ${type}`, '@shareable');
    } else if (choice < 40) {
      this.#useValueType(other, namedType(type));
      host.field(entity.name, field, '', `@override(from: "${other.name}")`);
      other.field(entity.name, field, `${args}: ${type}`);
      this.#overriding.add(`${entity.name}.${field}`);
      this.#overridden.add(`${other.name} ${entity.name}.${field}`);
    }
  }

  /** A field whose value is made of what other subgraphs know of the entity. */
  #addRequiring(entity: Entity, host: SubgraphDraft): void {
    const { random } = this;
    const able = [...this.#fields].flatMap(([coordinate, model]) => {
      const [typeName, field] = coordinate.split('.') as [string, string];
      const isOwn = typeName === entity.name && host.types.get(typeName)?.fields.has(field);
      const isElsewhere = entity.hosts.some(other => other.resolves(entity.name, field));
      const leadsOn = this.#entities.some(({ name }) => name === namedType(model.type));
      const isAble = typeName === entity.name && (!isOwn || leadsOn) && isElsewhere;
      return isAble && !(field in KEY_FIELDS) ? [{ field, model, isOwn }] : [];
    });
    const chosen = random.some(able, 1 + random.below(2));
    const parts = chosen.flatMap(({ field, model, isOwn }) => {
      const below = this.#requiredOf(host, namedType(model.type));
      const call = this.#callOf(model);
      if (below === undefined || call === undefined) return [];
      this.#useValueType(host, namedType(model.type));
      if (!isOwn) host.field(entity.name, field, `${model.arguments}: ${model.type}`, '@external');
      this.#needed.add(`${entity.name}.${field}`);
      return [`${field}${call} ${below}`.trim()];
    });
    if (parts.length === 0) return;
    const requires = parts.join(' ');
    const name = this.#freshName();
    const args = this.#randomArguments();
    const type = this.#randomType(host);
    const possibleTypes = this.#possibleTypes(host, type);
    this.#define(entity.name, name, type, { arguments: args, possibleTypes, requires });
    host.field(
      entity.name,
      name,
      `${args}: ${type}`,
      `@requires(fields: ${JSON.stringify(requires)})`,
    );
  }

  /** Constants for all arguments of a field that is required; undefined when some are not simple. */
  #callOf({ arguments: args }: FieldModel): string | undefined {
    if (args === '') return '';
    const given = args
      .slice(1, -1)
      .split(', ')
      .map(arg => arg.split(/[: ]+/) as [string, string])
      .map(([name, type]) => {
        const able = CONSTANTS[type];
        return able && `${name}: ${this.random.pick(able)}`;
      });
    return given.includes(undefined) ? undefined : `(${given.join(', ')})`;
  }

  /** What to require of a value; undefined for what cannot be required simply. */
  #requiredOf(draft: SubgraphDraft, typeName: string, depth = 0): string | undefined {
    if (SCALARS.includes(typeName)) return '';
    if (typeName === 'Shape' || typeName === 'Either') {
      const parts = VALUES.map(value => `... on ${value} ${this.#requiredOf(draft, value)}`);
      return `{ __typename ${parts.join(' ')} }`;
    }
    const entity = this.#entities.find(({ name }) => name === typeName);
    if (entity) return depth > 0 ? undefined : this.#requiredOfEntity(draft, entity);
    if (!VALUES.includes(typeName)) return undefined;
    const fields = [...this.#fields].filter(([coordinate]) =>
      coordinate.startsWith(`${typeName}.`),
    );
    const parts = this.random.some(fields, 1 + this.random.below(3)).map(([coordinate, model]) => {
      this.#needed.add(coordinate);
      return `${coordinate.split('.')[1]} ${this.#requiredOf(draft, namedType(model.type))}`;
    });
    return `{ ${parts.join(' ')} }`;
  }

  /** What others know of another entity. */
  #requiredOfEntity(draft: SubgraphDraft, entity: Entity): string | undefined {
    if (this.#barred.get(draft)?.has(entity.name)) return undefined;
    const able = [...this.#fields].flatMap(([coordinate, model]) => {
      const [typeName, field] = coordinate.split('.') as [string, string];
      const isElsewhere = entity.hosts.some(other => other.resolves(entity.name, field));
      const isOwn = draft.types.get(typeName)?.fields.has(field);
      const isAble = typeName === entity.name && isElsewhere && !isOwn;
      return isAble && !(field in KEY_FIELDS) ? [{ field, model }] : [];
    });
    const parts = this.random.some(able, 1 + this.random.below(2)).flatMap(({ field, model }) => {
      const below = this.#requiredOf(draft, namedType(model.type), 1);
      const call = this.#callOf(model);
      if (below === undefined || call === undefined) return [];
      this.#useEntity(draft, entity);
      this.#useValueType(draft, namedType(model.type));
      draft.field(entity.name, field, `${model.arguments}: ${model.type}`, '@external');
      this.#needed.add(`${entity.name}.${field}`);
      return [`${field}${call} ${below}`.trim()];
    });
    return parts.length > 0 ? `{ ${parts.join(' ')} }` : undefined;
  }

  /** A field that brings a part of an entity of other subgraphs along. */
  #addProvides(draft: SubgraphDraft): void {
    const { random } = this;
    const barred = this.#barred.get(draft);
    const able = this.#entities.flatMap(entity =>
      [...this.#fields].flatMap(([coordinate, model]) => {
        const [typeName, field] = coordinate.split('.') as [string, string];
        if (typeName !== entity.name || barred?.has(typeName) || field in KEY_FIELDS) return [];
        if (!isSimple(model.type) || model.arguments || model.requires) return [];
        if (draft.types.get(typeName)?.fields.has(field)) return [];
        const owners = this.#drafts.filter(other => other.resolves(typeName, field));
        if (owners.length === 0 || this.#overriding.has(coordinate)) return [];
        return [{ entity, field, model, owners }];
      }),
    );
    const choice = random.pick(able);
    if (!choice) return;
    const { entity, field, model, owners } = choice;
    for (const owner of owners) owner.field(entity.name, field, '', '@shareable');
    this.#useEntity(draft, entity);
    this.#useValueType(draft, namedType(model.type));
    draft.field(entity.name, field, `: ${model.type}`, '@external');
    const name = this.#freshName();
    const type = this.#wrap(entity.name);
    const below = this.#requiredOf(draft, namedType(model.type));
    const others = this.#entities.filter(({ hosts }) => hosts.includes(draft));
    const holder = (random.chance(0.4) && random.pick(others)?.name) || 'Query';
    draft.field(
      holder,
      name,
      `: ${type}`,
      `@provides(fields: ${JSON.stringify(`${field} ${below}`.trim())})`,
    );
    this.#define(holder, name, type);
    this.#provided.add(`${draft.name} ${entity.name}.${field}`);
  }

  /** Hides one of the values that are of a union and an interface: who gets one gets null. */
  #hideType(): void {
    for (const draft of this.#drafts) {
      if (draft.types.has('V2')) draft.type('V2').directives.add('@inaccessible');
      for (const { fields } of draft.types.values()) {
        for (const field of fields.values()) {
          if (namedType(field.signature) === 'V2' && !field.directives.has('@external'))
            field.directives.add('@inaccessible');
        }
      }
    }
  }

  #randomType(draft: SubgraphDraft): string {
    const { random } = this;
    const barred = this.#barred.get(draft);
    const entities = this.#entities.filter(({ name }) => !barred?.has(name));
    const choice = random.below(100);
    if (choice < 18 && entities.length > 0) {
      const entity = random.pick(entities);
      this.#useEntity(draft, entity);
      return this.#wrap(entity.name);
    }
    const abstracts = [...draft.abstracts.keys()];
    if (choice < 28 && abstracts.length > 0) return this.#wrap(random.pick(abstracts));
    if (choice < 50) {
      const value = random.pick([...VALUES, 'Shape', 'Either']);
      this.#useValueType(draft, value);
      return this.#wrap(value);
    }
    return this.#wrap(random.pick(SCALARS));
  }

  #possibleTypes(draft: SubgraphDraft, type: string): string[] {
    return draft.abstracts.get(namedType(type)) ?? [];
  }

  #wrap(base: string): string {
    return this.random
      .pick(['?', '?', '?', '?!', '?!', '[?]', '[?!]', '[?!]!', '[?]!', '[[?]]', '[[?!]!]'])
      .replace('?', base);
  }

  #randomArguments(): string {
    const { random } = this;
    if (!random.chance(0.3)) return '';
    const able = [
      'n: Int',
      'limit: Int = 2',
      'color: Color = GREEN',
      'names: [String!]',
      'filter: Filter',
      'json: Json',
      'must: Boolean!',
      'grid: [[Int]]',
    ];
    return `(${random.some(able, 1 + random.below(2)).join(', ')})`;
  }

  #freshName(): string {
    return `f${this.#fieldCount++}`;
  }
}

function topFields(key: string): string[] {
  return key
    .replace(/\{[^}]*\}/g, '')
    .split(' ')
    .filter(Boolean);
}

function namedType(type: string): string {
  return /(\w+)[\]!]*$/.exec(type)![1]!;
}

/** Of which every subgraph can make the same values. */
function isSimple(type: string): boolean {
  return SCALARS.includes(namedType(type)) || VALUES.includes(namedType(type));
}
