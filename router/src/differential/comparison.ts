import { isDeepStrictEqual } from 'node:util';
import type { GraphQLFormattedError } from 'graphql';
import { canonicalJson, type JsonObject } from '../execution/json.js';
import { originalName } from '../supergraph/planner-sdl.js';
import type { Answers } from './graph.js';
import type { Response } from './stock.js';
import { type Faults, INJECTED, KEYLESS, REQUIRED_LOST } from './world.js';

type Path = readonly (string | number)[];

interface Located {
  path: Path;
  message: string;
}

export interface Comparison {
  /** What differs, in words; undefined when nothing does. */
  difference: string | undefined;
  /** What others get wrong, and was looked over. */
  defect: Defect | undefined;
}

/**
 * What the stock gateway and its planner get wrong, found by this fuzzer. Data that differs for another reason fails the
 * test; so does every difference from graphql.execute, the planner's defects apart. Once an operation has shown one, it
 * is not asked with faults. Two more are in the words of errors, and are looked over always: paths with "@", "_entities"
 * and the planner's own names of fields, or of another item of a list than was meant; and silence about objects whose type
 * nobody could tell.
 */
export type Defect =
  /**
   * Stock overwrites an object's type with the interface that `@interfaceObject` makes of it, and loses the object; and
   * it answers an object whose type nobody could tell.
   */
  | 'stock: type of an interface object'
  /** Stock allows a field's null by its interface's type where the object's own type does not. */
  | 'stock: nullability of an interface'
  /** Stock fails when it does not find the default of a condition's variable. */
  | 'stock: default of a condition'
  /** Stock sends null for objects in lists of lists that a field requires. */
  | 'stock: list of lists'
  /** Stock does not rename a field in a representation when it is null, 0, false or an empty text. */
  | 'stock: nothing under another name'
  /** Stock asks a subgraph that has but the interface object for an object by its own type. */
  | 'stock: type that a subgraph does not have'
  /** Stock sends objects of which nothing was asked without a key: a subgraph takes them for others. */
  | 'stock: entity without its key'
  /** Stock leaves fields out that are in a condition on an object within one on a union or an interface. */
  | 'stock: fields within conditions'
  /** The planner gives up on an operation with too many ways to a field, as it is told to. */
  | 'planner: too many ways';

/** @param isNarrowing whether an object's field may not be null where that of its interface may */
export function compare(
  answers: Answers,
  faults: Faults | undefined,
  isNarrowing: boolean,
): Comparison {
  const { ours, stock, seen } = answers;
  if (isTooLarge(ours)) return { difference: undefined, defect: 'planner: too many ways' };
  const isMapped = isMappable(faults) && !seen.has(REQUIRED_LOST);
  const difference = withItself(answers) ?? (isMapped ? withMerged(answers) : undefined);
  const isAsStock = stock && canonicalJson(ours.data) === canonicalJson(stock.data);
  if (difference !== undefined) return { difference, defect: undefined };
  if (!stock || isAsStock) {
    const other = stock && withStock(ours, stock);
    const defect = other === undefined ? undefined : defectOfErrors(answers);
    return { difference: defect ? undefined : other, defect };
  }
  // Where the faults are mapped, graphql.execute has agreed with us, to the letter.
  const defect = defectOf(answers, isNarrowing);
  return { difference: defect ? undefined : 'the data is not that of stock', defect };
}

/** The defect that makes the stock gateway's data differ, by what it takes for the defect to show. */
function defectOf({ ours, stock, seen }: Answers, isNarrowing: boolean): Defect | undefined {
  if (stock?.failure?.includes('no default found')) return 'stock: default of a condition';
  if (seen.has('interface type')) return 'stock: type of an interface object';
  if (seen.has(KEYLESS)) return 'stock: entity without its key';
  if (stock?.errors?.some(isOfUnknownType)) return 'stock: type that a subgraph does not have';
  if (seen.has('list of lists')) return 'stock: list of lists';
  if (seen.has('nothing under another name')) return 'stock: nothing under another name';
  const invalid = (ours.extensions?.valueCompletion ?? []).map(({ path }) => path ?? []);
  const missed = invalid.filter(path => isMissed(stock?.data, path));
  if (isLessOf(stock?.data, ours.data, missed)) return 'stock: fields within conditions';
  return isNarrowing ? 'stock: nullability of an interface' : undefined;
}

/** The same of its errors, where the data is that of stock. */
function defectOfErrors({ ours, stock, seen }: Answers): Defect | undefined {
  if (seen.has(KEYLESS)) return 'stock: entity without its key';
  // It then does not ask for what an object of the lost type requires, and hears of no error.
  const hasHeardLess = (stock?.errors?.length ?? 0) < (ours.errors?.length ?? 0);
  const isLost = seen.has('interface type') && hasHeardLess;
  return isLost ? 'stock: type of an interface object' : undefined;
}

function isOfUnknownType({ message }: GraphQLFormattedError): boolean {
  return message.includes('no object or interface');
}

/** Whether the path leads to an object that lacks the field at its end. */
function isMissed(data: unknown, path: Path): boolean {
  const [step, ...rest] = path;
  if (step === undefined || typeof data !== 'object' || !data) return false;
  const value = (data as JsonObject)[step];
  return rest.length > 0 ? isMissed(value, rest) : value === undefined;
}

/** Whether all that `less` is short of is fields of objects, and nulls that values of the missed ones have caused. */
function isLessOf(less: unknown, more: unknown, missed: readonly Path[]): boolean {
  if (more === null && missed.length > 0) return true;
  if (typeof less !== 'object' || typeof more !== 'object' || !less || !more) return less === more;
  if (Array.isArray(less) !== Array.isArray(more)) return false;
  if (Array.isArray(less) && less.length !== (more as unknown[]).length) return false;
  return Object.entries(less).every(([key, value]) => {
    const below = missed.filter(([step]) => String(step) === key).map(path => path.slice(1));
    return isLessOf(value, (more as JsonObject)[key], below);
  });
}

/** Whether the faults mean the same to the whole graph in one schema. */
function isMappable(faults: Faults | undefined): boolean {
  if (!faults) return true;
  return faults.sparesNeeded && (faults.kind === 'throw' || faults.kind === 'unsound');
}

function isTooLarge({ data, errors }: Answers['ours']): boolean {
  return (
    data === undefined && (errors ?? []).some(({ message }) => message.includes('too many ways'))
  );
}

function withItself({ ours: { errors }, isKeyless }: Answers): string | undefined {
  if (isKeyless) return 'the router sends an entity without its key';
  const told = new Set<string>();
  for (const { message, path } of errors ?? []) {
    const text = JSON.stringify([message, path]);
    if (told.has(text)) return `the router tells an error twice: ${text}`;
    told.add(text);
  }
  return undefined;
}

function withMerged({ ours, merged, seen }: Answers): string | undefined {
  if (JSON.stringify(ours.data) !== JSON.stringify(merged.data)) {
    return isDeepStrictEqual(ours.data, merged.data)
      ? 'the order of keys is not that of graphql.execute'
      : 'the data is not that of graphql.execute';
  }
  const data = merged.data ?? null;
  const told = (errors: readonly Located[] | undefined) => new Landings(data, errors ?? []);
  const theirs = (merged.errors ?? []).map(({ message, path, extensions }) => ({
    message,
    path: path ?? [],
    isInjected: extensions.code === INJECTED,
  }));
  const explained = told(theirs);
  const injected = told(theirs.filter(({ isInjected }) => isInjected));
  const completion = told(theirs.filter(({ isInjected }) => !isInjected));
  // A subgraph with `@interfaceObject` is asked for a field of all types: it tells errors of those that no client asked.
  const mayTellMore = seen.has('interfaceObject');
  const errors = told(
    located(ours.errors)?.filter(({ path }) => !mayTellMore || isAskedFor(data, path)),
  );
  if (!isDeepStrictEqual(errors.exact, injected.exact)) {
    return 'the errors are not those of graphql.execute';
  }
  const isExplained = (landing: string) => explained.landings.has(landing);
  const isTold = (landing: string) =>
    errors.landings.has(landing) || completion.landings.has(landing);
  if (![...errors.landings].every(isExplained) || ![...injected.landings].every(isTold)) {
    return 'errors are told at other nulls than by graphql.execute';
  }
  if (ours.errors) return undefined;
  const faults = told(located(ours.extensions?.valueCompletion));
  return isDeepStrictEqual(faults.landings, completion.landings)
    ? undefined
    : 'values are completed at other places than by graphql.execute';
}

function located(errors: GraphQLFormattedError[] | undefined): Located[] | undefined {
  return errors?.map(({ message, path }) => ({ message, path: path ?? [] }));
}

/**
 * Where the nulls are that errors explain. Of the fields beneath a null that a parent took over, the spec leaves it open
 * which are run, and so which of their errors are told; but that null has to be explained.
 */
class Landings {
  readonly landings = new Set<string>();
  /** Path and message of errors whose own field is the null. */
  readonly exact: Set<string>;

  constructor(data: JsonObject | null, errors: readonly Located[]) {
    const exact: string[] = [];
    for (const { path, message } of errors) {
      const landing = landingOf(data, path);
      this.landings.add(JSON.stringify(landing));
      if (landing.length === path.length) exact.push(JSON.stringify([path, message]));
    }
    this.exact = new Set(exact.sort());
  }
}

/** Whether the field of a path is in the data, or beneath a null. */
function isAskedFor(data: unknown, path: Path): boolean {
  let value = data;
  for (const step of path) {
    if (value === null) return true;
    if (!Object.hasOwn(value as object, step)) return false;
    value = (value as JsonObject)[step];
  }
  return true;
}

function landingOf(data: unknown, path: Path): Path {
  let value = data;
  for (const [depth, step] of path.entries()) {
    if (value === null || value === undefined) return path.slice(0, depth);
    value = (value as JsonObject)[step];
  }
  return path;
}

function withStock(ours: Answers['ours'], stock: Answers['ours']): string | undefined {
  const kinds = (errors: GraphQLFormattedError[] | undefined, isWithSubgraph: boolean) =>
    new Set(
      (errors ?? [])
        .map(({ message, path, extensions }) =>
          JSON.stringify([
            message,
            extensions?.code,
            isWithSubgraph && extensions?.serviceName,
            extensions?.code === 'SUBGRAPH_UNAVAILABLE'
              ? undefined
              : path
                  ?.filter(step => typeof step === 'string' && step !== '@' && step !== '_entities')
                  .map(step => originalName(String(step)).replace(/__alias_\d+$/, '')),
          ]),
        )
        .sort(),
    );
  // Stock tells a field's error of each subgraph that it asked for the field, and asks subgraphs for types that are not theirs.
  const theirs = stock.errors?.filter(error => !isOfUnknownType(error));
  if (
    !isDeepStrictEqual(kinds(ours.errors, false), kinds(theirs, false)) ||
    ![...kinds(ours.errors, true)].every(kind => kinds(theirs, true).has(kind))
  ) {
    return 'the errors are not those of stock';
  }
  // It says nothing of objects whose type nobody could tell, or something else.
  const typeless = new Set(
    ours.extensions?.valueCompletion
      ?.filter(({ message }) => /^(Missing|Invalid) __typename/.test(message))
      .map(({ path }) => JSON.stringify(landingOf(ours.data, path ?? []))),
  );
  const faults = ({ extensions }: Response) => {
    const told = new Landings(ours.data ?? null, located(extensions?.valueCompletion) ?? []);
    return new Set([...told.landings].filter(landing => !typeless.has(landing)));
  };
  return isDeepStrictEqual(faults(ours), faults(stock))
    ? undefined
    : 'values are completed at other places than by stock';
}
