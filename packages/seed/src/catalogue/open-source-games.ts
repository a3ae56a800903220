/** A game as anyone may look it up: facts, in our own words. */
export interface OpenSourceGame {
  title: string;
  developer: string;
  year: number;
  tags: string[];
  platforms: ('WINDOWS' | 'MACOS' | 'LINUX' | 'ANDROID' | 'IOS' | 'WEB')[];
  summary: string;
}

const DESKTOP = ['WINDOWS', 'MACOS', 'LINUX'] as const;

function game(
  title: string,
  developer: string,
  year: number,
  tags: string,
  summary: string,
  ...more: OpenSourceGame['platforms']
): OpenSourceGame {
  return { title, developer, year, tags: tags.split(' '), platforms: [...DESKTOP, ...more], summary };
}

/** Free and open-source games. Their prices in the demo are made up: one pays what supports them. */
export const OPEN_SOURCE_GAMES: OpenSourceGame[] = [
  game('0 A.D.', 'Wildfire Games', 2010, 'strategy real-time historical', 'Ancient civilisations build, trade and fight in real time.'),
  game('AssaultCube', 'Rabid Viper Productions', 2006, 'shooter multiplayer', 'A fast and light first-person shooter.'),
  game('Angband', 'Angband Developers', 1990, 'roguelike rpg turn-based', 'A hundred levels down waits Morgoth.'),
  game('Battle for Wesnoth', 'Wesnoth Team', 2003, 'strategy turn-based fantasy', 'Turn-based battles on hexes, with many campaigns.', 'IOS', 'ANDROID'),
  game('Beyond All Reason', 'BAR Team', 2019, 'strategy real-time science-fiction', 'Thousands of units on one battlefield.'),
  game('Brogue CE', 'Brogue CE Team', 2020, 'roguelike turn-based fantasy', 'A dungeon that is different every time, and fair.'),
  game('Cataclysm: Dark Days Ahead', 'CleverRaven', 2013, 'roguelike survival post-apocalyptic', 'Survive after the end of the world, in great detail.', 'ANDROID'),
  game('Cube 2: Sauerbraten', 'Wouter van Oortmerssen', 2004, 'shooter multiplayer level-editor', 'A shooter whose levels are edited while one plays.'),
  game('DDraceNetwork', 'DDNet Team', 2013, 'platformer multiplayer cooperative', 'Get through the map together.', 'ANDROID'),
  game('Dungeon Crawl Stone Soup', 'Crawl Developers', 2006, 'roguelike turn-based fantasy', 'Fetch the Orb of Zot, and bring it out again.', 'WEB', 'ANDROID'),
  game('Endless Sky', 'Michael Zahniser', 2015, 'space trading exploration', 'Trade, fight and explore a galaxy from above.'),
  game('Extreme Tux Racer', 'Extreme Tux Racer Team', 2007, 'racing family', 'A penguin slides down a mountain and eats herrings.'),
  game('FlightGear', 'FlightGear Developers', 1997, 'simulation flight', 'A flight simulator with the whole world in it.'),
  game('Freeciv', 'Freeciv Team', 1996, 'strategy turn-based historical', 'Lead a people from the stone age to the stars.', 'WEB'),
  game('FreeOrion', 'FreeOrion Project', 2004, 'strategy turn-based space', 'An empire among the stars, turn by turn.'),
  game('Frozen Bubble', 'Frozen Bubble Team', 2002, 'puzzle family', 'Shoot bubbles of one colour together.'),
  game('Hedgewars', 'Hedgewars Project', 2006, 'strategy turn-based comedy', 'Hedgehogs with bazookas take turns.'),
  game('Luanti', 'Luanti Team', 2010, 'sandbox voxel level-editor', 'A platform for voxel games of every kind.', 'ANDROID'),
  game('Mindustry', 'Anuken', 2017, 'strategy factory tower-defense', 'Belts feed turrets, and turrets hold the line.', 'ANDROID', 'IOS'),
  game('Naev', 'Naev Team', 2009, 'space trading rpg', 'A pilot makes a life in a galaxy of factions.'),
  game('NetHack', 'NetHack DevTeam', 1987, 'roguelike turn-based fantasy', 'The DevTeam thinks of everything.'),
  game('Neverball', 'Robert Kooima', 2003, 'puzzle platformer family', 'Tilt the floor to roll the ball.'),
  game('Oolite', 'Giles Williams', 2004, 'space trading simulation', 'Fly, trade and fight in the spirit of the first space traders.'),
  game('OpenClonk', 'OpenClonk Team', 2010, 'sandbox platformer multiplayer', 'Mine, build and brawl in a world that can be dug away.'),
  game('OpenRA', 'OpenRA Developers', 2007, 'strategy real-time', 'Classic real-time strategy, made anew.'),
  game('OpenTTD', 'OpenTTD Team', 2004, 'simulation transport management', 'Trains, roads, ships and planes, and a profit.'),
  game('Pingus', 'Ingo Ruhnke', 1998, 'puzzle family', 'Lead penguins home by giving them jobs.'),
  game('Pioneer', 'Pioneer Developers', 2008, 'space simulation exploration', 'Fly to any planet of a galaxy, by Newton’s laws.'),
  game('Red Eclipse', 'Red Eclipse Team', 2011, 'shooter multiplayer', 'An arena shooter with parkour.'),
  game('Shattered Pixel Dungeon', 'Evan Debenham', 2014, 'roguelike turn-based fantasy', 'A dungeon of pixels, for five minutes or five hours.', 'ANDROID', 'IOS'),
  game('Simutrans', 'Simutrans Team', 1999, 'simulation transport management', 'Everything that is made has to be moved.'),
  game('Space Station 14', 'Space Wizards Federation', 2022, 'simulation multiplayer role-playing', 'A station, a crew, and something that goes wrong.'),
  game('Speed Dreams', 'Speed Dreams Team', 2010, 'racing simulation', 'Motor sport with physics that are taken seriously.'),
  game('SuperTux', 'SuperTux Team', 2003, 'platformer family', 'A penguin runs and jumps to save another.', 'WEB'),
  game('SuperTuxKart', 'SuperTuxKart Team', 2006, 'racing family multiplayer', 'Mascots race karts, and throw cakes.', 'ANDROID', 'IOS'),
  game('Stunt Rally', 'Crystal Hammer', 2010, 'racing simulation', 'Rally tracks with loops and jumps in them.'),
  game('Tales of Maj’Eyal', 'DarkGod', 2012, 'roguelike rpg fantasy', 'A roguelike with stories, classes and a whole world.'),
  game('Teeworlds', 'Teeworlds Team', 2007, 'shooter platformer multiplayer', 'Small round beings with hooks and hammers.'),
  game('Thrive', 'Revolutionary Games Studio', 2014, 'simulation evolution strategy', 'From a single cell to a civilisation.'),
  game('Unciv', 'Yair Morgenstern', 2018, 'strategy turn-based historical', 'Build a civilisation on any telephone.', 'ANDROID'),
  game('Unknown Horizons', 'Unknown Horizons Team', 2009, 'strategy city-builder', 'Settle islands, and make their people content.'),
  game('Veloren', 'Veloren Team', 2018, 'rpg voxel multiplayer', 'A world of voxels, full of dungeons and airships.'),
  game('Warzone 2100', 'Warzone 2100 Project', 1999, 'strategy real-time post-apocalyptic', 'Design tanks, and rebuild the world with them.', 'WEB'),
  game('Widelands', 'Widelands Development Team', 2002, 'strategy city-builder', 'Roads, wares and workers make a settlement.'),
  game('Xonotic', 'Team Xonotic', 2011, 'shooter multiplayer arena', 'An arena shooter of great speed.'),
  game('Zero-K', 'Zero-K Team', 2010, 'strategy real-time science-fiction', 'Robots that throw the ground at each other.'),
];
