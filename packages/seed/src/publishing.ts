import type { BuildableData, Game } from './catalogue/catalogue.js';
import { slugOf } from './catalogue/catalogue.js';
import { ANYWHERE, PRICE_REGIONS, priceIn, type PriceRegion } from './catalogue/prices.js';
import type { Account } from './graph.js';

/** So many items of any game fit into one request. */
export const ITEMS_AT_ONCE = 200;
const DAY_MS = 86_400_000;

const CREATE_STUDIO = `mutation createStudio($input: CreateStudioInput!) { createStudio(input: $input) {
  __typename ... on Studio { id } ... on Refusal { message } } }`;
const CREATE_GAME = `mutation createGame($input: CreateGameInput!) { createGame(input: $input) {
  __typename ... on Game { id } ... on Refusal { message } } }`;
const SCHEDULE_DISCOUNT = `mutation scheduleDiscount($input: ScheduleDiscountInput!) {
  scheduleDiscount(input: $input) { __typename ... on Refusal { message } } }`;
const PUBLISH = `mutation publishGame($id: ID!) {
  publishGame(id: $id) { __typename ... on GameIncomplete { missing } ... on Refusal { message } } }`;
const EDIT_DATA = `mutation editGameData($gameId: ID!, $input: GameDataInput!) {
  editGameData(gameId: $gameId, input: $input) { revision } }`;
const PUT_ITEMS = `mutation putItems($gameId: ID!, $items: [ItemInput!]!) {
  putItems(gameId: $gameId, items: $items) { revision } }`;
const RELEASE = `mutation releaseGameData($gameId: ID!) { releaseGameData(gameId: $gameId) {
  __typename ... on GameDataFaulty { faults { itemKey message } } ... on Refusal { message } } }`;
const DEFINE_ACHIEVEMENTS = `mutation defineAchievements($gameId: ID!, $achievements: [AchievementInput!]!) {
  defineAchievements(gameId: $gameId, achievements: $achievements) { id } }`;
const ITEMS = `query items($gameId: ID!, $after: String) { game(id: $gameId) { items(first: 100, after: $after) {
  edges { node { id key } } pageInfo { hasNextPage endCursor } } } }`;

/** Publishes games, each for its studio, which the account founds. Returns their ids, in their order. */
export async function publishGames(account: Account, games: Game[]): Promise<string[]> {
  const names = [...new Set(games.map(({ studio }) => studio))];
  const founded = await Promise.all(names.map(name => foundStudio(account, name)));
  const studios = new Map(names.map((name, n) => [name, founded[n]!]));
  return Promise.all(games.map(game => publishGame(account, studios.get(game.studio)!, game)));
}

async function foundStudio(account: Account, name: string): Promise<string> {
  const input = { name, handle: slugOf(name) };
  const { createStudio } = await account.ask<{ createStudio: { id: string } }>(CREATE_STUDIO, {
    input,
  });
  return createStudio.id;
}

async function publishGame(account: Account, studioId: string, game: Game): Promise<string> {
  const { title, summary, tags, platforms, priceUsdMinor, launchDiscount } = game;
  const input = {
    ...{ studioId, slug: slugOf(title), tags, platforms },
    texts: [{ locale: 'en', title, summary }],
  };
  const { createGame } = await account.ask<{ createGame: { id: string } }>(CREATE_GAME, { input });
  const gameId = createGame.id;
  // What is free is so everywhere.
  await setPrices(account, gameId, priceUsdMinor === 0 ? [ANYWHERE] : PRICE_REGIONS, priceUsdMinor);
  if (launchDiscount) {
    // Before the release: after it, the first discount would have to wait for thirty days.
    const endsAt = new Date(Date.now() + launchDiscount.days * DAY_MS - 60_000);
    const discount = { gameId, percent: launchDiscount.percent, endsAt };
    await account.ask(SCHEDULE_DISCOUNT, { input: discount });
  }
  await account.ask(PUBLISH, { id: gameId });
  return gameId;
}

/** All in one request: they come one after the other in any case. */
async function setPrices(
  account: Account,
  gameId: string,
  regions: PriceRegion[],
  usdMinor: number,
): Promise<void> {
  const prices = regions.map((region, n) => [
    `price${n}`,
    { minor: String(priceIn(region, usdMinor)), currency: region.currency },
  ]);
  const declared = regions.map((_, n) => `$price${n}: MoneyInput!`).join(', ');
  const calls = regions.map(
    ({ region }, n) => `set${n}: setPrice(gameId: $gameId, region: "${region}", price: $price${n}) {
      __typename ... on Refusal { message } }`,
  );
  const document = `mutation setPrices($gameId: ID!, ${declared}) { ${calls.join(' ')} }`;
  await account.ask(document, { gameId, ...Object.fromEntries(prices) });
}

/** Releases what builds of a game are made of, and what its players can reach. */
export async function releaseData(
  account: Account,
  gameId: string,
  { definitions, items, achievements }: BuildableData,
): Promise<void> {
  await account.ask(EDIT_DATA, { gameId, input: definitions });
  for (let start = 0; start < items.length; start += ITEMS_AT_ONCE) {
    await account.ask(PUT_ITEMS, { gameId, items: items.slice(start, start + ITEMS_AT_ONCE) });
  }
  await account.ask(RELEASE, { gameId });
  await account.askInTime(DEFINE_ACHIEVEMENTS, { gameId, achievements });
}

interface ItemPage {
  game: {
    items: {
      edges: { node: { id: string; key: string } }[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
    };
  };
}

/** The ids of a game's items, by their keys. */
export async function itemIdsOf(account: Account, gameId: string): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (let after: string | null | undefined; after !== null;) {
    const { game } = await account.ask<ItemPage>(ITEMS, { gameId, after });
    const { edges, pageInfo } = game.items;
    for (const { node } of edges) ids.set(node.key, node.id);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  }
  return ids;
}
