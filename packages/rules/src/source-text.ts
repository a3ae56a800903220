import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  Scalar,
  visit,
} from 'yaml';

export const TEXT_LENGTH_MAX = 16_000_000;
/** YAML takes a hundred times as long to read as JSON. */
const YAML_LENGTH_MAX = 2_000_000;
const ALIASES_MAX = 1_000; // what an anchor stands for, as often as it is named

/** Both from 1. */
export interface Place {
  line: number;
  column: number;
}

/** What keeps a text from being read at all. */
export interface TextFault {
  message: string;
  place: Place | null;
}

/** A text in YAML or JSON, read, and where in it everything stands. */
export class SourceText {
  readonly value: unknown;
  readonly faults: readonly TextFault[];
  readonly #lines = new LineCounter();
  #document: Document.Parsed | undefined;

  constructor(private readonly text: string) {
    const faults: TextFault[] = [];
    this.faults = faults;
    const isJson = text.trimStart().startsWith('{');
    const max = isJson ? TEXT_LENGTH_MAX : YAML_LENGTH_MAX;
    if (text.length > max) {
      const cure = isJson ? 'Put some of the items into another file' : 'Write it as JSON';
      const message = `It has ${text.length} characters, and may have ${max}. ${cure}.`;
      faults.push({ message, place: null });
      return;
    }
    if (isJson) {
      const read = fromJson(text);
      if (read || text.length > YAML_LENGTH_MAX) {
        this.value = read?.value;
        if (!read) faults.push({ message: 'This is no JSON.', place: null });
        return;
      }
    }
    try {
      const document = this.#read();
      for (const { message, pos } of [...document.errors, ...document.warnings])
        faults.push({ message, place: this.#placeAt(pos[0]) });
      faults.push(...this.#repeatedKeys(document));
      if (faults.length === 0) this.value = document.toJS({ maxAliasCount: ALIASES_MAX });
    } catch (error) {
      faults.push({ message: messageOf(error), place: null });
    }
  }

  /**
   * Where the value at a path stands, or the nearest that there is above it.
   *
   * @param offset within a text that is there
   */
  placeOf(path: readonly PropertyKey[], offset = 0): Place | null {
    if (this.text.length > YAML_LENGTH_MAX) return null;
    let node: Node | null = (this.#document ?? this.#read()).contents;
    for (const part of path) {
      const inner: unknown = isSeq(node)
        ? node.items[Number(part)]
        : isMap(node) && valueIn(node, part);
      if (!inner) break;
      node = inner as Node;
    }
    const [start, end] = node?.range ?? [0, 0];
    const within = isScalar(node) ? offsetIn(this.text.slice(start, end), node, offset) : 0;
    return this.#placeAt(start + within);
  }

  /** The library compares each key of a map with all others, so that a map of 20,000 would take half a minute. */
  #read(): Document.Parsed {
    const options = { uniqueKeys: false, prettyErrors: false, lineCounter: this.#lines };
    return (this.#document = parseDocument<ParsedNode>(this.text, options));
  }

  #repeatedKeys(document: Document.Parsed): TextFault[] {
    const faults: TextFault[] = [];
    visit(document, {
      Map: (_, { items }) => {
        const seen = new Set<string>();
        for (const { key } of items) {
          const name = isScalar(key) ? String(key.value) : '';
          if (seen.has(name))
            faults.push({
              message: `Here is another ${name}.`,
              place: this.#placeAt((key as Node).range?.[0] ?? 0),
            });
          seen.add(name);
        }
      },
    });
    return faults;
  }

  #placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function fromJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined; // as YAML it is told where it is wrong
  }
}

function messageOf(error: unknown): string {
  if (error instanceof RangeError) return 'It is nested too deeply.'; // the stack is full
  if (error instanceof ReferenceError) return `Its aliases stand for too much: ${error.message}.`;
  throw error;
}

function valueIn(map: { items: { key: unknown; value: unknown }[] }, name: PropertyKey): unknown {
  const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
  return pair?.value ?? pair?.key;
}

/** Where in the source of a scalar the character of its value stands that is at an offset: only spaces are not alike. */
function offsetIn(source: string, { type, value }: Scalar, offset: number): number {
  if (offset === 0 && type !== Scalar.BLOCK_FOLDED && type !== Scalar.BLOCK_LITERAL) return 0;
  if (type === Scalar.QUOTE_DOUBLE && source.includes('\\')) return 0;
  const isBlock = type === Scalar.BLOCK_FOLDED || type === Scalar.BLOCK_LITERAL;
  const isQuoted = type === Scalar.QUOTE_SINGLE || type === Scalar.QUOTE_DOUBLE;
  let left = String(value).slice(0, offset).replace(/\s/g, '').length;
  let at = isBlock ? source.indexOf('\n') + 1 : isQuoted ? 1 : 0;
  for (; at < source.length; at++) {
    if (/\s/.test(source[at]!)) continue;
    if (left-- === 0) return at;
    if (type === Scalar.QUOTE_SINGLE && source.startsWith("''", at)) at++;
  }
  return source.trimEnd().length;
}
