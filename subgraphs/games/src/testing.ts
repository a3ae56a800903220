import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { globalId } from '@gamegraph/subgraph-kit';
import { type Asking, type TestSubgraph } from '@gamegraph/subgraph-kit/testing';

/** The uuid within a global id. */
export const uuidIn = (id: string) => Buffer.from(id, 'base64url').toString().split(':')[1]!;

/** Somebody, as the router tells of them. */
export function somebody(...permissions: string[]) {
  const userId = randomUUID();
  return { userId, id: globalId('User', userId), by: { userId, permissions } satisfies Asking };
}

/** A game, and who may do everything with it. */
interface Owned {
  id: string;
  by: Asking;
}

let count = 0;

/** Makes what tests are about, through the graph. */
export function givenIn(graph: () => TestSubgraph) {
  /** A studio and its founder, who may do everything for it. */
  const studio = async (name = `Studio ${++count}`) => {
    const founder = somebody('games:create');
    const handle = `studio-${++count}`;
    const { createStudio } = await graph().data(
      `mutation ($input: CreateStudioInput!) { createStudio(input: $input) { ... on Studio { id } } }`,
      { input: { name, handle } },
      founder.by,
    );
    return { id: createStudio.id as string, handle, founder, by: founder.by };
  };
  type Studio = Awaited<ReturnType<typeof studio>>;

  /** A draft that could be published. */
  const draft = async (title = `Game ${++count}`, more: object = {}, of?: Studio) => {
    const owner = of ?? (await studio());
    const slug = `game-${++count}`;
    const input = {
      ...{ studioId: owner.id, slug, platforms: ['LINUX'], texts: [{ locale: 'en', title }] },
      ...more,
    };
    const { createGame } = await graph().data(
      `mutation ($input: CreateGameInput!) { createGame(input: $input) {
        __typename ... on Game { id } ... on Refusal { message } } }`,
      { input },
      owner.by,
    );
    assert.equal(createGame.__typename, 'Game', createGame.message);
    const id = createGame.id as string;
    await price({ id, by: owner.by }, '*', '1999');
    return { id, uuid: uuidIn(id), slug, studio: owner, by: owner.by as Asking };
  };

  const price = async (target: Owned, region: string, minor: string, currency = 'EUR') => {
    const { setPrice } = await graph().data(
      `mutation ($gameId: ID!, $region: String!, $price: MoneyInput!) {
        setPrice(gameId: $gameId, region: $region, price: $price) {
          __typename ... on Game { prices { region base { minor currency } } } ... on PriceFrozen { until } } }`,
      { gameId: target.id, region, price: { minor, currency } },
      target.by,
    );
    return setPrice;
  };

  const game = async (title?: string, more?: object, of?: Studio) => {
    const made = await draft(title, more, of);
    const PUBLISH = 'mutation ($id: ID!) { publishGame(id: $id) { __typename } }';
    const { publishGame } = await graph().data(PUBLISH, { id: made.id }, made.by);
    assert.equal(publishGame.__typename, 'Game');
    return made;
  };

  const define = (target: Owned, input: object) =>
    graph().data(
      `mutation ($gameId: ID!, $input: GameDataInput!) { editGameData(gameId: $gameId, input: $input) { revision } }`,
      { gameId: target.id, input },
      target.by,
    );

  const items = (target: Owned, list: object[]) =>
    graph().data(
      `mutation ($gameId: ID!, $items: [ItemInput!]!) { putItems(gameId: $gameId, items: $items) { revision } }`,
      { gameId: target.id, items: list },
      target.by,
    );

  /** Releases what was put; returns the version. */
  const release = async (target: Owned) => {
    const { releaseGameData } = await graph().data(
      `mutation ($gameId: ID!) { releaseGameData(gameId: $gameId) {
        __typename ... on GameData { version } ... on Refusal { message } } }`,
      { gameId: target.id },
      target.by,
    );
    assert.equal(releaseGameData.__typename, 'GameData', releaseGameData.message);
    return releaseGameData.version as number;
  };

  return { studio, draft, game, price, define, items, release };
}
