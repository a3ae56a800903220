import type { GraphiQLPlugin } from '@graphiql/react';
import { useMemo, useState } from 'react';
import { lastResult } from './fetcher.js';
import { useStore } from './store.js';
import { type Table, tableOf, textOf, toCsv } from './table.js';

const ROWS_SHOWN_MAX = 500;

function TablePanel() {
  const result = useStore(lastResult) as { data?: unknown } | undefined;
  const table = useMemo(() => tableOf(result?.data), [result]);
  const [sortedBy, setSortedBy] = useState<string>();
  if (!table) {
    return (
      <section className="panel" aria-label="Table">
        <h2>Table</h2>
        <p>Run a query with a list in it to see it as a table.</p>
      </section>
    );
  }
  const rows = sortedBy
    ? table.rows.toSorted((a, b) => compare(a[sortedBy], b[sortedBy]))
    : table.rows;
  return (
    <section className="panel" aria-label="Table">
      <h2>
        {table.path}: {rows.length} rows
      </h2>
      <button
        type="button"
        className="graphiql-button"
        onClick={() => download({ ...table, rows })}
      >
        Download CSV
      </button>
      <table>
        <thead>
          <tr>
            {table.columns.map(column => (
              <th key={column}>
                <button type="button" onClick={() => setSortedBy(column)}>
                  {column}
                  {column === sortedBy && ' ↓'}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_SHOWN_MAX).map((row, n) => (
            // Rows have no identity of their own, and are drawn anew as a whole.
            <tr key={n}>
              {table.columns.map(column => (
                <td key={column} className={typeof row[column] === 'number' ? 'number' : ''}>
                  {textOf(row[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Numbers from high to low, texts from A to Z. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return b - a;
  return textOf(a).localeCompare(textOf(b));
}

function download(table: Table): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([toCsv(table)], { type: 'text/csv' }));
  link.download = `${table.path.replaceAll('.', '-') || 'result'}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

export const tablePlugin: GraphiQLPlugin = {
  title: 'Table',
  icon: () => (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5">
      <path d="M4 5h16v14H4zM4 10h16M4 15h16M10 5v14" />
    </svg>
  ),
  content: TablePanel,
};
