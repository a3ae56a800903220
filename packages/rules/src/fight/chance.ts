/**
 * Numbers at random, from 0 to below 1, that are the same for the same seed and stream everywhere: sfc32, whose state is
 * 128 bits, so that no two streams will ever meet.
 *
 * @see https://pracrand.sourceforge.net "sfc" by Chris Doty-Humphrey, in the public domain; seeded as there
 */
export function chance(seed: number, stream: number): () => number {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = stream | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let n = 0; n < 15; n++) next();
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
