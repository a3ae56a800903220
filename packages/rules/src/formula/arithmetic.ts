/**
 * Numbers are IEEE doubles: whole ones are exact up to 2^53. Fractions such as 0.1 are not, so what differs by the noise of
 * binary fractions alone is equal, and is on neither side of a whole number: `floor(0.57 * 100)` is 57, as its author means.
 * Both the compiled rules and their explanations compute by these.
 */
const NOISE = 1e-12; // of a number; sums of 200 fractions are off by less than 1e-13 of theirs
const NOISE_MAX = 1e-6; // so that whole numbers never pass for each other

export function isNear(a: number, b: number): boolean {
  const size = Math.max(1, Math.abs(a), Math.abs(b));
  return Math.abs(a - b) <= Math.min(NOISE_MAX, NOISE * size);
}

export function isLess(a: number, b: number): boolean {
  return a < b && !isNear(a, b);
}

export function isAtMost(a: number, b: number): boolean {
  return a <= b || isNear(a, b);
}

/** The whole number that only noise keeps it from being, or else the number itself. */
function snapped(x: number): number {
  const whole = Math.round(x);
  return isNear(x, whole) ? whole : x;
}

export function floor(x: number): number {
  return Math.floor(snapped(x));
}

export function ceil(x: number): number {
  return Math.ceil(snapped(x));
}

/** Towards zero. */
export function truncate(x: number): number {
  return Math.trunc(snapped(x));
}

const WHOLE = 2 ** 52; // from here on there are no fractions; and twice the largest number is none

/** To the nearest whole number, halves away from zero. */
export function round(x: number): number {
  if (Math.abs(x) >= WHOLE) return x;
  return Math.sign(x) * Math.floor(snapped(Math.abs(x) * 2) / 2 + 0.5);
}

/** To the nearest whole number, halves towards zero. */
export function roundHalfDown(x: number): number {
  if (Math.abs(x) >= WHOLE) return x;
  return Math.sign(x) * Math.ceil(snapped(Math.abs(x) * 2) / 2 - 0.5);
}

/** How often `b` goes into `a`, wholly: -7 into 2 are -4 times. */
export function quotient(a: number, b: number): number {
  return floor(a / b);
}

/** What is above `from` counts at `rate`. */
export function softCap(x: number, from: number, rate: number): number {
  return x <= from ? x : from + (x - from) * rate;
}

export function clamp(x: number, least: number, most: number): number {
  return Math.min(Math.max(x, least), most);
}

/** @param unit at random, from 0 to below 1 */
export function random(least: number, most: number, unit: number): number {
  return least <= most ? least + (most - least) * unit : NaN;
}

/** Each whole number that is not outside of the two is as likely. */
export function randomWhole(least: number, most: number, unit: number): number {
  const from = ceil(least);
  const count = floor(most) - from + 1;
  return count >= 1 ? from + Math.floor(count * unit) : NaN;
}

/** 0.1 + 0.2 is 0.3: what is behind the 14th digit of a fraction is noise, and nothing to show; as is the sign of zero. */
export function withoutNoise(x: number): number {
  return Number.isInteger(x) ? x + 0 : Number(x.toPrecision(14));
}
