/** A region with prices of its own; `*` stands for all others. */
export interface PriceRegion {
  region: string;
  currency: string;
  /** What a US dollar of price is there, in its minor units: what money is worth, and what people have of it. */
  minorPerUsd: number;
  /** Prices there end so: `99` of a hundred, or whole tens. */
  ending: { of: number; less: number };
}

const NINETY_NINE = { of: 100, less: 1 };

export const ANYWHERE: PriceRegion = {
  ...{ region: '*', currency: 'USD' },
  ...{ minorPerUsd: 100, ending: NINETY_NINE },
};

export const PRICE_REGIONS: PriceRegion[] = [
  ANYWHERE,
  { region: 'BR', currency: 'BRL', minorPerUsd: 330, ending: NINETY_NINE },
  { region: 'DE', currency: 'EUR', minorPerUsd: 98, ending: NINETY_NINE },
  { region: 'FR', currency: 'EUR', minorPerUsd: 98, ending: NINETY_NINE },
  { region: 'JP', currency: 'JPY', minorPerUsd: 118, ending: { of: 10, less: 0 } },
];

/** What a price in cents of the US dollar is in a region, in the minor units of its currency. */
export function priceIn({ minorPerUsd, ending }: PriceRegion, usdMinor: number): number {
  if (usdMinor === 0) return 0;
  const exact = (usdMinor * minorPerUsd) / 100;
  return Math.max(1, Math.round(exact / ending.of)) * ending.of - ending.less;
}

export function priceRegionOf(region: string): PriceRegion {
  return PRICE_REGIONS.find(each => each.region === region) ?? ANYWHERE;
}
