import { Random } from '../random.js';
import type { Game } from './catalogue.js';
import { DARK_SOULS_3 } from './dark-souls-3.js';
import { DOTA_2 } from './dota2.js';
import { OPEN_SOURCE_GAMES } from './open-source-games.js';
import { POKEMON } from './pokemon.js';

const PRICES_USD_MINOR = [0, 2_99, 4_99, 4_99, 9_99, 9_99, 14_99, 19_99];

/** Those that builds are made of; the demo's studio account operates them. */
export const BUILDABLE_GAMES = [DOTA_2, POKEMON, DARK_SOULS_3] satisfies Game[];

/** Open-source games, with prices that are made up: the same in every run, whatever else is left to chance. */
export function openSourceGames(): Game[] {
  const random = new Random(1);
  return OPEN_SOURCE_GAMES.map(({ title, developer, tags, platforms, summary }) => {
    const priceUsdMinor = random.pick(PRICES_USD_MINOR);
    const isDiscounted = priceUsdMinor > 0 && random.chance(0.25);
    return {
      ...{ title, studio: developer, summary, platforms, priceUsdMinor },
      tags: ['Open source', ...tags.map(tag => capitalised(tag.replaceAll('-', ' ')))],
      ...(isDiscounted && {
        launchDiscount: { percent: random.whole(2, 15) * 5, days: random.whole(3, 14) },
      }),
    };
  });
}

const capitalised = (words: string) => words[0]!.toUpperCase() + words.slice(1);
