import type { Damage, Violation } from './check/violation.js';
import type { Crowd } from './crowd.js';
import type { Entry } from './history.js';

/** What became of one fault. */
export class FaultResult {
  injected = 0;
  drift = 0;
  /** Of each time: from when its cause was gone until all was as before, in milliseconds. */
  readonly recoveries: number[] = [];

  constructor(
    readonly name: string,
    readonly description: string,
    /** Why it was not injected. */
    readonly impossible: string | undefined,
  ) {}
}

/** One line of the table. */
interface Row {
  name: string;
  description: string;
  injected: number;
  acknowledged: number;
  lost: number;
  duplicated: number;
  drift: number;
  /** The longest, in milliseconds. */
  recoveryMs: number | undefined;
  impossible: string | undefined;
}

export interface Report {
  rows: Row[];
  summary: {
    acknowledged: number;
    refused: number;
    unknown: number;
    lost: number;
    duplicated: number;
    drift: number;
    ledgerImbalance: number;
    /** Name -> how often it was injected. */
    faults: Record<string, number>;
    /** Faults that could not be injected here, and why. */
    notInjected: Record<string, string>;
    /** Invariant -> how often it was broken. */
    violations: Record<string, number>;
    /** Codes of errors that people got. */
    errors: Record<string, number>;
    /** How often somebody sent the token of what they had written, and how often the answer said that it may be older. */
    readsWithToken: { all: number; stale: number };
    /** How many messages listeners heard, and how often they went on from the last. */
    heard: { all: number; resumed: number };
    seconds: number;
  };
  violations: Violation[];
}

export function reportOf(
  results: ReadonlyMap<string, FaultResult>,
  history: Entry[],
  crowd: Pick<Crowd, 'codes'>,
  violations: Violation[],
  seconds: number,
  resumed: number,
): Report {
  const byN = new Map(history.map(entry => [entry.n, entry]));
  const faultOf = ({ n }: Violation) => (n === undefined ? undefined : byN.get(n)?.fault);
  const damage = (kind: Damage, of?: string) =>
    violations.filter(one => one.damage === kind && (of === undefined || faultOf(one) === of))
      .length;
  const outcomes = (outcome: string, of?: string) =>
    history.filter(
      entry =>
        'outcome' in entry && entry.outcome === outcome && (of === undefined || entry.fault === of),
    ).length;
  const withToken = history.filter(entry => entry.op === 'read' && entry.since !== undefined);
  const counted = (keys: string[]) =>
    Object.fromEntries(
      [...Map.groupBy(keys, key => key)].map(([key, { length }]) => [key, length]),
    );
  const all = [...results.values()];
  return {
    rows: all.map(({ name, description, injected, drift, recoveries, impossible }) => ({
      ...{ name, description, injected, drift, impossible },
      acknowledged: outcomes('acknowledged', name),
      lost: damage('lost', name),
      duplicated: damage('duplicated', name),
      recoveryMs: recoveries.length > 0 ? Math.max(...recoveries) : undefined,
    })),
    summary: {
      acknowledged: outcomes('acknowledged'),
      refused: outcomes('refused'),
      unknown: outcomes('unknown'),
      lost: damage('lost'),
      duplicated: damage('duplicated'),
      drift: damage('drift'),
      ledgerImbalance: damage('ledger'),
      faults: Object.fromEntries(all.map(({ name, injected }) => [name, injected])),
      notInjected: Object.fromEntries(
        all.flatMap(({ name, impossible }) => (impossible ? [[name, impossible]] : [])),
      ),
      violations: counted(violations.map(({ invariant }) => invariant)),
      errors: Object.fromEntries(crowd.codes),
      readsWithToken: {
        all: withToken.length,
        stale: withToken.filter(entry => entry.op === 'read' && entry.isStale).length,
      },
      heard: { all: history.filter(({ op }) => op === 'hear').length, resumed },
      seconds: Math.round(seconds),
    },
    violations,
  };
}

const COLUMNS = ['fault', 'injected', 'acknowledged', 'lost', 'duplicated', 'drift', 'recovery'];

/** As Markdown, with columns that stand in line. */
export function tableOf({ rows, summary }: Report): string {
  const cells = rows.map(row => [
    `${row.name} ${row.description}`,
    row.impossible ? `– (${row.impossible})` : String(row.injected),
    ...[row.acknowledged, row.lost, row.duplicated, row.drift].map(String),
    row.recoveryMs === undefined ? '–' : `${(row.recoveryMs / 1000).toFixed(1)} s`,
  ]);
  const { acknowledged, lost, duplicated, drift, faults } = summary;
  const times = Object.values(faults).reduce((sum, count) => sum + count, 0);
  cells.push([
    'all, and between',
    ...[times, acknowledged, lost, duplicated, drift].map(String),
    '',
  ]);
  const widths = COLUMNS.map((column, n) =>
    Math.max(column.length, ...cells.map(row => row[n]!.length)),
  );
  const line = (row: string[]) =>
    `| ${row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join(' | ')} |`;
  const rule = widths.map((width, n) =>
    n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [COLUMNS, rule, ...cells].map(line).join('\n');
}
