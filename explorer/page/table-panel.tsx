import type { GraphiQLPlugin } from '@graphiql/react';
import { useMemo, useState } from 'react';
import { isNumber, sorted, type Table, tableOf, textOf, toCsv } from '../src/table.js';
import { lastResult } from './fetcher.js';
import { useStore } from './store.js';

const ROWS_SHOWN_MAX = 500;

function TablePanel() {
  const result = useStore(lastResult) as { data?: unknown } | undefined;
  const [sortedBy, setSortedBy] = useState<string>();
  const table = useMemo(() => {
    const found = tableOf(result?.data);
    return found && sortedBy !== undefined ? sorted(found, sortedBy) : found;
  }, [result, sortedBy]);
  if (!table) {
    return (
      <section className="panel" aria-label="Table">
        <h2>Table</h2>
        <p>Run a query with a list in it to see it as a table.</p>
      </section>
    );
  }
  return (
    <section className="panel" aria-label="Table">
      <h2>
        {table.path}: {table.rows.length} rows
      </h2>
      <button type="button" className="graphiql-button" onClick={() => download(table)}>
        Download CSV
      </button>
      <div className="scroll">
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
            {table.rows.slice(0, ROWS_SHOWN_MAX).map((row, n) => (
              // Rows have no identity of their own, and are drawn anew as a whole.
              <tr key={n}>
                {table.columns.map(column => (
                  <td key={column} className={isNumber(row[column]) ? 'number' : ''}>
                    {textOf(row[column])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
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
