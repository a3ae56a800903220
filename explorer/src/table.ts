/** A result as rows: dotted column names for objects within objects. */
export interface Table {
  /** Where in the result the rows are: `games.edges`. */
  path: string;
  columns: string[];
  rows: Record<string, unknown>[];
}

/** The longest list of objects in a result, one row for each; edges are shown as their nodes. */
export function tableOf(data: unknown): Table | undefined {
  let longest: { path: string; items: object[] } | undefined;
  const visit = (value: unknown, path: string): void => {
    if (!isObject(value)) return;
    if (!Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) visit(inner, path ? `${path}.${key}` : key);
      return;
    }
    const items = value.filter(isObject);
    if (items.length > (longest?.items.length ?? 0)) longest = { path, items };
  };
  visit(data, '');
  if (!longest) return undefined;
  const rows = longest.items.map(item =>
    flatten('node' in item && isObject(item.node) ? item.node : item),
  );
  return { path: longest.path, rows, columns: [...new Set(rows.flatMap(row => Object.keys(row)))] };
}

/** RFC 4180, with a byte order mark for Excel; a text that a spreadsheet would run as a formula is quoted. */
export function toCsv({ columns, rows }: Table): string {
  const cell = (value: unknown): string => {
    const text = textOf(value);
    const isFormula = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && !isNumber(value);
    const safe = isFormula ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [columns, ...rows.map(row => columns.map(column => row[column]))];
  return `\ufeff${lines.map(line => line.map(cell).join(',')).join('\r\n')}\r\n`;
}

function flatten(
  object: object,
  prefix = '',
  into: Record<string, unknown> = {},
): Record<string, unknown> {
  for (const [key, value] of Object.entries(object)) {
    const name = prefix + key;
    if (Array.isArray(value)) into[name] = JSON.stringify(value);
    else if (isObject(value)) flatten(value, `${name}.`, into);
    else into[name] = value;
  }
  return into;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Numbers from high to low, texts from A to Z; what is not there comes last. */
export function sorted({ columns, rows, path }: Table, column: string): Table {
  const compare = (a: unknown, b: unknown): number => {
    const [one, other] = [textOf(a), textOf(b)];
    if (one === '' || other === '') return Number(one === '') - Number(other === '');
    return isNumber(a) && isNumber(b) ? Number(b) - Number(a) : one.localeCompare(other);
  };
  return { path, columns, rows: rows.toSorted((a, b) => compare(a[column], b[column])) };
}

/** Also a text of digits: amounts of money are told as such. */
export function isNumber(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value));
}

/** A value as a cell shows it. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
