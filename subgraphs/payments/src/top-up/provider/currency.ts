import type { Money } from '@gamegraph/subgraph-kit';

/** ISO 4217: the decimals of the currencies that have not two. `Intl` has those of everyday use, which are others. */
const DECIMALS = new Map(
  Object.entries({
    0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
    3: 'BHD IQD JOD KWD LYD OMR TND',
    4: 'CLF UYW',
  }).flatMap(([digits, codes]) => codes.split(' ').map(code => [code, Number(digits)] as const)),
);

export function decimalsOf(currency: string): number {
  return DECIMALS.get(currency) ?? 2;
}

/** `19.99` for 1999 minor units of EUR, `1999` of JPY. */
export function toDecimal({ minor, currency }: Money): string {
  const decimals = decimalsOf(currency);
  const digits = String(minor).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
}

/** @throws Error when it is no amount of this currency */
export function fromDecimal(value: string, currency: string): bigint {
  const decimals = decimalsOf(currency);
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(value) ?? [];
  const rest = fraction.slice(decimals);
  if (whole === undefined || /[1-9]/.test(rest)) throw new Error(`"${value}" is no ${currency}.`);
  return BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
}
