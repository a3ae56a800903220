import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOfItem } from '@gamegraph/rules';
import { ITEMS_AT_ONCE } from '../publishing.js';
import { Random } from '../random.js';
import { type BuildableData, type Game, slugOf } from './catalogue.js';
import { DARK_SOULS_3, STRENGTH_BUILD } from './dark-souls-3.js';
import { BUILDABLE_GAMES, openSourceGames } from './games.js';
import { PRICE_REGIONS, priceIn } from './prices.js';
import { calculatorOf } from './testing.js';

// What the `games` subgraph and the router demand of what they are sent.
const KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,62}(?<!-)$/;
const ITEM_KEY = /^\S{1,64}$/;
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const DEFINITIONS_MAX = { attributes: 200, parameters: 50, slots: 50, stats: 200, rules: 100 };
const BODY_BYTES_MAX = 256 * 1024;

const games: Game[] = [...BUILDABLE_GAMES, ...openSourceGames()];

function faultsOfItems({ definitions, items }: BuildableData): string[] {
  return items.flatMap(item => [
    ...(ITEM_KEY.test(item.key) ? [] : [`${item.key} is no key`]),
    ...(item.name.length <= 120 && item.category.length <= 64
      ? []
      : [`${item.key} is named badly`]),
    ...faultsOfItem(item, definitions).map(({ message }) => `${item.key}: ${message}`),
  ]);
}

const isUnique = (list: string[]) => new Set(list).size === list.length;

describe('the catalogues', () => {
  it('have games that can be published', () => {
    assert.ok(games.length >= 40);
    const [slugs, studios] = [
      games.map(({ title }) => slugOf(title)),
      games.map(({ studio }) => slugOf(studio)),
    ];
    assert.ok(isUnique(slugs));
    for (const slug of slugs) assert.match(slug, SLUG);
    for (const handle of studios) assert.match(handle, /^(?=.{3,40}$)[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const { title, summary, tags, platforms, launchDiscount, priceUsdMinor } of games) {
      assert.ok(title.length <= 120 && summary.length <= 300 && platforms.length > 0, title);
      assert.ok(tags.length > 0 && tags.length <= 20 && isUnique(tags), title);
      if (!launchDiscount) continue;
      const { percent, days } = launchDiscount;
      assert.ok(percent >= 10 && percent <= 90 && days >= 2 && days <= 14, title);
      assert.ok(priceUsdMinor > 0, title);
    }
  });

  it('have prices in several currencies, and discounts', () => {
    assert.equal(new Set(PRICE_REGIONS.map(({ currency }) => currency)).size, 4);
    const yen = PRICE_REGIONS.find(({ currency }) => currency === 'JPY')!;
    const euro = PRICE_REGIONS.find(({ currency }) => currency === 'EUR')!;
    assert.deepEqual(
      [priceIn(yen, 59_99), priceIn(euro, 59_99), priceIn(euro, 0)],
      [7_080, 58_99, 0],
    );
    assert.ok(games.filter(({ launchDiscount }) => launchDiscount).length >= 5);
  });

  for (const { title, data } of BUILDABLE_GAMES as (Game & { data: BuildableData })[]) {
    it(`describe ${title} within the limits of games`, () => {
      for (const [kind, limit] of Object.entries(DEFINITIONS_MAX)) {
        const list = data.definitions[kind as keyof typeof DEFINITIONS_MAX];
        assert.ok(list.length <= limit && isUnique(list.map(({ key }) => key)), kind);
        for (const { key } of list) assert.match(key, KEY);
      }
      assert.ok(isUnique(data.items.map(({ key }) => key)));
      assert.deepEqual(faultsOfItems(data), []);
      for (let start = 0; start < data.items.length; start += ITEMS_AT_ONCE) {
        const request = JSON.stringify(data.items.slice(start, start + ITEMS_AT_ONCE));
        assert.ok(Buffer.byteLength(request) < 0.9 * BODY_BYTES_MAX);
      }
    });

    it(`make builds of ${title} that fit, and have a value for every stat`, () => {
      const random = new Random(3);
      const calculate = calculatorOf(data);
      const items = new Map(data.items.map(item => [item.key, item]));
      for (let n = 0; n < 200; n++) {
        const idea = data.imagineBuild(random);
        assert.ok(idea.name.length <= 80, idea.name);
        for (const { slot, key } of idea.items) {
          assert.ok(items.get(key)?.slots.includes(slot), `${key} in ${slot}`);
        }
        for (const { key, capacity, isRequired } of data.definitions.slots) {
          const count = idea.items.filter(({ slot }) => slot === key).length;
          assert.ok(count <= capacity && (count > 0 || !isRequired), `${count} in ${key}`);
        }
        for (const { key, value } of idea.parameters) {
          const { min, max } = data.definitions.parameters.find(one => one.key === key)!;
          assert.ok(value >= min && value <= max, `${key} is ${value}`);
        }
        assert.ok(isUnique(idea.parameters.map(({ key }) => key)));
        for (const [key, value] of Object.entries(calculate(idea).stats)) {
          assert.ok(Number.isFinite(value), `${idea.name}: ${key}`);
        }
      }
    });
  }

  it('have the example of the brief, whose build breaks no rule', () => {
    const greatSword = DARK_SOULS_3.data.items.find(({ name }) => name === 'Great Sword')!;
    assert.equal(greatSword.category, 'Weapon');
    assert.deepEqual([greatSword.attributes.damage, greatSword.attributes.weight], [100, 12]);
    const { stats, broken } = calculatorOf(DARK_SOULS_3.data)(STRENGTH_BUILD);
    assert.deepEqual(broken, []);
    assert.equal(stats.damage, 166);
  });
});
