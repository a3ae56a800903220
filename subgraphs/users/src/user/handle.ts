import unhomoglyph from 'unhomoglyph';

// Letters of any script with the marks they need, digits, and single underscores within.
const HANDLE = /^[\p{L}\p{M}\p{Nd}]+(_[\p{L}\p{M}\p{Nd}]+)*$/u;
const LENGTH_MIN = 3;
const LENGTH_MAX = 24;

/** A handle as it is kept: in lower case and one Unicode form. */
export function canonicalHandle(handle: string): string {
  return handle.normalize('NFKC').toLowerCase().normalize('NFC');
}

/** What is wrong with a handle, in words for whoever chose it; undefined when nothing is. */
export function faultOfHandle(handle: string): string | undefined {
  const canonical = canonicalHandle(handle);
  const length = [...canonical].length;
  if (length < LENGTH_MIN || length > LENGTH_MAX) {
    return `A handle has ${LENGTH_MIN} to ${LENGTH_MAX} characters, this one ${length}.`;
  }
  if (!HANDLE.test(canonical)) {
    return 'A handle consists of letters and digits, with single underscores between them.';
  }
  return undefined;
}

/**
 * Equal for handles that look alike: `vasya` in Latin, and with a Cyrillic `а`.
 *
 * @see https://www.unicode.org/reports/tr39/#Confusable_Detection
 */
export function skeletonOf(handle: string): string {
  const prototypes = unhomoglyph(canonicalHandle(handle).normalize('NFD'));
  return prototypes.normalize('NFD').toLowerCase();
}
