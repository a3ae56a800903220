import type { z } from 'zod';
import { RuleFile } from './rule-file.js';

/** Where in what a file holds: the keys of objects, and places in lists. */
export type Path = readonly PropertyKey[];

export interface Found {
  path: Path;
  message: string;
  /** Within the text that is there. */
  offset?: number;
}

/** What of a file has the right shape. */
export interface ReadFile {
  /** Without what has not; undefined when so much is wrong that the rest would tell nothing. */
  file: RuleFile | undefined;
  faults: Found[];
  /** The keys of what was left out: that they are missing is no fault of who refers to them. */
  leftOut: ReadonlySet<string>;
  /** Of each item, its place in the list of the whole file. */
  itemPlaces: readonly number[];
}

type Issue = z.core.$ZodIssue;

/** Reads what YAML or JSON held. */
export function readFile(value: unknown): ReadFile {
  const whole = RuleFile.safeParse(value);
  if (whole.success) {
    const itemPlaces = whole.data.items.map((_, n) => n);
    return { file: whole.data, faults: [], leftOut: new Set(), itemPlaces };
  }
  const { issues } = whole.error;
  const faults = issues.flatMap(faultsOfIssue);
  const isPartly = issues.every(({ code, path: [kind, n] }) =>
    code === 'unrecognized_keys' ? true : kind === 'name' || typeof n === 'number',
  );
  if (!isPartly) return { file: undefined, faults, leftOut: new Set(), itemPlaces: [] };
  const { rest, leftOut, itemPlaces } = without(issues, value as Record<string, unknown>);
  return { file: RuleFile.safeParse(rest).data, faults, leftOut, itemPlaces };
}

/** The file without the fields that there are not, and without definitions and items that lack something. */
function without(issues: readonly Issue[], value: Record<string, unknown>) {
  const rest = { ...structuredClone(value), name: 'x' } as Record<string, unknown>;
  const leftOut = new Set<string>();
  for (const issue of issues) {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      const parent = path.reduce<unknown>((at, part) => Object(at)[part], rest);
      for (const key of issue.keys) delete Object(parent)[key];
    } else if (path.length > 1) {
      const [kind, n] = path as [string, number];
      const list = rest[kind] as unknown[];
      leftOut.add(String(Object(list[n]).key));
      list[n] = undefined;
    }
  }
  const itemPlaces = Object.keys(Object(rest['items']))
    .map(Number)
    .filter(n => (rest['items'] as unknown[])[n] !== undefined);
  for (const [kind, list] of Object.entries(rest))
    if (Array.isArray(list)) rest[kind] = list.filter(one => one !== undefined);
  return { rest, leftOut, itemPlaces };
}

function faultsOfIssue(issue: Issue): Found[] {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({
      ...{ path: [...path, key], message: `There is no ${key} here.` },
    }));
  const [, expected] = /expected (.*), received undefined$/.exec(message) ?? [];
  if (expected !== undefined) return [{ path, message: `This is missing: a ${expected}.` }];
  return [{ path, message: message.endsWith('.') ? message : `${message}.` }];
}
