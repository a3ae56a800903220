/** A JSON object whose keys come from clients and subgraphs: read and written without the prototype's names. */
export type JsonObject = Record<string, unknown>;

/** Response keys that every object inherits a value for. An alias may legally be any of them. */
export const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

export function getOwn(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

/** Whether objects and lists are within each other more often than so. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  if (!isObject(value)) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some(item => isDeeperThan(levels - 1, item));
  for (const key in value) if (isDeeperThan(levels - 1, value[key])) return true;
  return false;
}

/**
 * Merges what a subgraph answered into the response tree: objects by key, lists of one length by index.
 *
 * @param isAbstract whether a type is an interface. To a subgraph with `@interfaceObject` it is the type of its objects:
 * that must not take the place of the type that others know.
 * @param isCopied whether the tree gets objects of its own; else it has those of the source
 */
export function mergeInto(
  target: JsonObject,
  source: JsonObject,
  isAbstract: (typeName: unknown) => boolean,
  isCopied = false,
): void {
  for (const key in source) {
    const value = source[key];
    const present = INHERITED.has(key) ? getOwn(target, key) : target[key];
    if (isObject(present) && isObject(value)) {
      if (!Array.isArray(value)) mergeInto(present, value, isAbstract, isCopied);
      else if (!Array.isArray(present) || present.length !== value.length)
        target[key] = isCopied ? copyOf(value) : value;
      else mergeLists(present, value, isAbstract, isCopied);
    } else if (key !== '__typename' || present === undefined || !isAbstract(value)) {
      target[key] = isCopied ? copyOf(value) : value; // "__proto__" cannot come: no document may ask for it
    }
  }
}

function mergeLists(
  target: unknown[],
  source: unknown[],
  isAbstract: (typeName: unknown) => boolean,
  isCopied: boolean,
): void {
  for (const [index, value] of source.entries()) {
    const present = target[index];
    if (!isObject(present) || !isObject(value)) target[index] = isCopied ? copyOf(value) : value;
    else if (!Array.isArray(value)) mergeInto(present, value, isAbstract, isCopied);
    else if (Array.isArray(present) && present.length === value.length)
      mergeLists(present, value, isAbstract, isCopied);
    else target[index] = isCopied ? copyOf(value) : value;
  }
}

function copyOf<Value>(value: Value): Value {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  const copy: JsonObject = {};
  for (const key in value) copy[key] = copyOf(value[key]);
  return copy as Value;
}

/** JSON of a scalar, fast for the short texts that ids and enums are. */
export function scalarToJson(value: unknown): string {
  if (typeof value === 'string') return textToJson(value);
  return value === undefined ? 'null' : JSON.stringify(value);
}

export function textToJson(text: string): string {
  if (text.length > 40) return JSON.stringify(text);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Control characters, quote, backslash, and surrogates, of which half a pair must be escaped.
    if (code < 0x20 || code === 0x22 || code === 0x5c || (code >= 0xd800 && code <= 0xdfff)) {
      return JSON.stringify(text);
    }
  }
  return `"${text}"`;
}

/** JSON with the keys of objects in one order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
