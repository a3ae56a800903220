/** A part of the report: what one measurement found. */
export interface Section {
  title: string;
  columns: string[];
  rows: string[][];
  /** What a reader must know to judge the figures. */
  notes: string[];
}

/** As Markdown, with columns that stand in line; all but the first to the right. */
export function render({ title, columns, rows, notes }: Section): string {
  const widths = columns.map((column, n) =>
    Math.max(column.length, 3, ...rows.map(row => row[n]!.length)),
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join(' | ')} |`;
  const rule = widths.map((width, n) =>
    n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const table = [line(columns), line(rule), ...rows.map(line)].join('\n');
  return [`## ${title}`, table, ...notes].join('\n\n');
}

/** With three significant digits; a dash where there is nothing to tell. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
