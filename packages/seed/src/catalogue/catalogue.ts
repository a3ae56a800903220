import type { RuleItem, RuleSet } from '@gamegraph/rules';
import type { Random } from '../random.js';

// What a game is in the seed: as the inputs of the API have it, where those are about the same.

export interface Item extends Omit<RuleItem, 'isRemoved'> {
  iconUrl?: string;
}

export interface Achievement {
  key: string;
  name: string;
  description: string;
  points: number;
  isSecret?: boolean;
}

/** A build that somebody might make. */
export interface BuildIdea {
  name: string;
  notes?: string;
  items: { slot: string; key: string }[];
  parameters: { key: string; value: number }[];
}

/** What is needed to make builds of a game. */
export interface BuildableData {
  definitions: RuleSet;
  items: Item[];
  achievements: Achievement[];
  imagineBuild(random: Random): BuildIdea;
}

export interface Game {
  title: string;
  studio: string;
  summary: string;
  /** Of the words that players look for. */
  tags: string[];
  platforms: string[];
  /** What it costs where no region has a price of its own, in cents of the US dollar. */
  priceUsdMinor: number;
  /** A discount that begins with the release. */
  launchDiscount?: { percent: number; days: number };
  data?: BuildableData;
}

/** As addresses have it: `Battle for Wesnoth` is `battle-for-wesnoth`. */
export function slugOf(name: string): string {
  const ascii = name.normalize('NFKD').replace(/[\p{M}'’.]/gu, '');
  return ascii
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
