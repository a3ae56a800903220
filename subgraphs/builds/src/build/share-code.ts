import { randomBytes } from 'node:crypto';

// 32 of them, so that five bits choose one. Without 0 and O, 1 and I: nobody can tell them apart on paper.
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const LENGTH = 8;

/** One of 2^40. */
export function newShareCode(): string {
  return [...randomBytes(LENGTH)].map(byte => ALPHABET[byte & 31]).join('');
}

/** A code as somebody types it. */
export function canonicalShareCode(code: string): string {
  return code.trim().toUpperCase();
}
