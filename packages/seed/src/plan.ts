import type { BuildIdea, Game } from './catalogue/catalogue.js';
import { DARK_SOULS_3, STRENGTH_BUILD } from './catalogue/dark-souls-3.js';
import { BUILDABLE_GAMES } from './catalogue/games.js';
import type { Random } from './random.js';
import { ADJECTIVES, ANIMALS, SMALL_TALK } from './words.js';

const PLAYERS_PER_SCALE = 24;
/** Where players live; some regions come more than once. */
const REGIONS = 'US US CA DE DE DE FR FR ES GB GB JP BR PL'.split(' ');
/** How many in a hundred have each of BUILDABLE_GAMES. */
const BUILDABLE_PERCENT = [80, 45, 60];
const LIKES_MAX = 3;
/** So many items of a game does a player have beside those of their builds, at most. */
const OTHER_ITEMS = 8;

export interface Person {
  email: string;
  handle: string;
  displayName: string;
  region: string;
}

/** Somebody, by their place in `people`; the demo's player is the first. */
export type PersonIndex = number;

export interface PlannedBuild {
  author: PersonIndex;
  game: Game;
  idea: BuildIdea;
  isPublic: boolean;
  likedBy: PersonIndex[];
  forkedBy: PersonIndex[];
}

/** A game that somebody came with, and when they played it. */
export interface BroughtGame {
  game: Game;
  daysAgo: number;
  sittings: { daysAgo: number; minutes: number }[];
}

/** What players do in the demo: all that is left to chance is decided here, before anything happens. */
export interface Plan {
  people: Person[];
  /** What each of `people` buys. */
  games: Game[][];
  /** What each of `people` had elsewhere before. */
  brought: BroughtGame[][];
  friendships: [PersonIndex, PersonIndex][];
  /** Friends' wishes that nobody has answered. */
  requests: [from: PersonIndex, to: PersonIndex][];
  builds: PlannedBuild[];
  achievements: { person: PersonIndex; game: Game; key: string }[];
  /** What players have of the items of their games, by the items' keys. */
  inventories: { person: PersonIndex; game: Game; quantities: Map<string, number> }[];
  /** Who talks; the first begins, and they take turns. */
  chats: { members: PersonIndex[]; name?: string; lines: string[] }[];
  /** Who is there at the end, and what they play. */
  present: { person: PersonIndex; game?: Game }[];
}

const PLAYER: PersonIndex = 0;
const FRIENDS_OF_PLAYER = 10;

export function makePlan(random: Random, games: Game[], scale: number, player: Person): Plan {
  const count = Math.ceil(PLAYERS_PER_SCALE * scale);
  const people = [player, ...makeUpPeople(random, count)];
  const [, ...others] = people.keys();
  const famous = random.shuffled(games.filter(({ data }) => !data));
  const owned = people.map((_, person) => chooseGames(random, famous, person === PLAYER));
  const brought = owned.map(its =>
    its
      .filter((_, n) => n < its.length - 1 && (n === 0 || random.chance(0.6)))
      .map(game => bring(random, game)),
  );

  const friends = random.sample(others, FRIENDS_OF_PLAYER);
  const strangers = others.filter(other => !friends.includes(other));
  const friendships = new Map(
    friends.map(friend => [`0 ${friend}`, [PLAYER, friend] as [number, number]]),
  );
  for (const one of others) {
    for (const other of random.sample(others, 2)) {
      if (one === other) continue;
      const pair: [number, number] = [Math.min(one, other), Math.max(one, other)];
      friendships.set(pair.join(' '), pair);
    }
  }
  const pairs = [...friendships.values()];

  const builds = owned.flatMap((its, author) => planBuilds(random, its, author, others));
  const achievements = owned.flatMap((its, person) =>
    its.flatMap(game =>
      (game.data?.achievements ?? [])
        .slice(0, random.whole(0, 3))
        .map(({ key }) => ({ person, game, key })),
    ),
  );
  const lines = () => SMALL_TALK.slice(0, random.whole(2, SMALL_TALK.length));
  const talkative = [...pairs.slice(0, 5), ...random.sample(pairs.slice(5), Math.ceil(count / 4))];
  return {
    ...{ people, brought, friendships: pairs, builds, achievements },
    games: owned.map((its, n) => its.filter(game => !brought[n]!.some(one => one.game === game))),
    requests: strangers.slice(0, 2).map(from => [from, PLAYER]),
    chats: [
      { members: [PLAYER, ...friends.slice(0, 4)], name: 'Friday evening', lines: lines() },
      ...talkative.map(members => ({ members, lines: lines() })),
    ],
    present: [PLAYER, ...friends.slice(0, 8)].map(person => ({
      person,
      ...(random.chance(0.6) && { game: random.pick(owned[person]!) }),
    })),
    inventories: owned.flatMap((its, person) => {
      const own = builds.filter(({ author }) => author === person);
      return planInventories(random, its, own).map(one => ({ person, ...one }));
    }),
  };
}

function makeUpPeople(random: Random, count: number): Person[] {
  const names = ADJECTIVES.flatMap(adjective =>
    ANIMALS.map(animal => [adjective, animal] as const),
  );
  const order = random.shuffled(names);
  return Array.from({ length: count }, (_, n) => {
    const [adjective, animal] = order[n % order.length]!;
    const round = Math.floor(n / order.length);
    const handle = `${adjective}_${animal}${round === 0 ? '' : `_${round + 1}`}`;
    const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
    const displayName = `${capital(adjective)} ${capital(animal)}`;
    return { email: `${handle}@demo`, handle, displayName, region: random.pick(REGIONS) };
  });
}

/** Of games in the order of their fame: few are in many libraries, most are in few. */
function chooseGames(random: Random, others: Game[], isPlayer: boolean): Game[] {
  const buildable = BUILDABLE_GAMES.filter(
    (_, n) => isPlayer || random.chance(BUILDABLE_PERCENT[n]! / 100),
  );
  const chosen = new Set<Game>(buildable.length > 0 ? buildable : [random.pick(BUILDABLE_GAMES)]);
  for (let left = random.whole(1, 5); left > 0; left--) {
    chosen.add(others[Math.floor(random.next() ** 2 * others.length)]!);
  }
  return [...chosen];
}

function bring(random: Random, game: Game): BroughtGame {
  const daysAgo = random.whole(30, 900);
  const days = Array.from({ length: random.whole(1, 8) }, () => random.whole(1, daysAgo - 1));
  const sittings = [...new Set(days)].map(day => ({
    daysAgo: day,
    minutes: random.whole(20, 360),
  }));
  return { game, daysAgo, sittings };
}

function planBuilds(
  random: Random,
  owned: Game[],
  author: PersonIndex,
  others: PersonIndex[],
): PlannedBuild[] {
  const about = () => {
    const admirers = others.filter(other => other !== author);
    const likedBy = random.sample(admirers, random.whole(0, LIKES_MAX));
    return { author, likedBy, forkedBy: likedBy.filter(() => random.chance(0.04)) };
  };
  return owned.flatMap(game => {
    const { data } = game;
    if (!data) return [];
    const ideas =
      author === PLAYER && game === DARK_SOULS_3
        ? [STRENGTH_BUILD]
        : Array.from({ length: random.whole(1, 2) }, () => data.imagineBuild(random));
    return ideas.map((idea, n) => ({
      ...{ game, idea, ...about() },
      isPublic: n === 0 || random.chance(0.7),
    }));
  });
}

/** What somebody's builds are made of, and some more. */
function planInventories(random: Random, owned: Game[], builds: PlannedBuild[]) {
  return owned.flatMap(game => {
    if (!game.data) return [];
    const quantities = new Map<string, number>();
    for (const { idea } of builds.filter(build => build.game === game)) {
      for (const { key } of idea.items) quantities.set(key, (quantities.get(key) ?? 0) + 1);
    }
    for (const { key } of random.sample(game.data.items, OTHER_ITEMS))
      quantities.set(key, quantities.get(key) ?? random.whole(1, 3));
    return [{ game, quantities }];
  });
}
