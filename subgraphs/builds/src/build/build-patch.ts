import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  type AttributeValue,
  type Outcome,
  type Placement,
  type RuleItem,
  type Violation,
  workOut,
} from '@gamegraph/rules';
import type { GameData } from '../game-data/game-data-versions.js';
import type { BuildRevision } from './build-revision.entity.js';
import { type StatDifference, statDifferences } from './stat-difference.js';

/** How many stats a summary names. */
const STATS_NAMED_MAX = 2;

/** A build by one version of its game's data. */
export interface BuildSide {
  placements: readonly Placement<RuleItem>[];
  outcome: Outcome;
}

/** An attribute that an item has not as before. */
export interface AttributeDifference {
  key: string;
  before: AttributeValue | null;
  after: AttributeValue | null;
}

/** An item of a build that is not as before. */
export interface ItemDifference {
  /** Of the build's placements, the first that has it. */
  placement: number;
  isRemoved: boolean;
  attributes: AttributeDifference[];
}

/** How a build by one version of its game's data differs from the same by another. */
export interface BuildDifference {
  stats: StatDifference[];
  items: ItemDifference[];
  newViolations: Violation[];
  goneViolations: Violation[];
}

/** Null when there is no difference. The two have the same items in the same places. */
export function differenceOf(before: BuildSide, after: BuildSide): BuildDifference | null {
  const difference = {
    stats: statDifferences(before.outcome.stats, after.outcome.stats),
    items: itemDifferences(before.placements, after.placements),
    newViolations: missingFrom(before.outcome.violations, after.outcome.violations),
    goneViolations: missingFrom(after.outcome.violations, before.outcome.violations),
  };
  return Object.values(difference).some(({ length }) => length > 0) ? difference : null;
}

/**
 * How a revision, as it was pinned, differs from what it comes to by the newest data; null when it does not.
 *
 * @param pinned the data that it was saved for; null when its copy is not there, and violations cannot be compared
 */
export function patchOf(
  revision: BuildRevision,
  pinned: GameData | null,
  now: BuildSide,
): BuildDifference | null {
  const { parameters, stats } = revision;
  const placements = revision.pins.map(pin => ({ ...pin, item: { ...pin, isRemoved: false } }));
  const { violations } = pinned ? workOut(pinned.rules, { placements, parameters }) : now.outcome;
  return differenceOf({ placements, outcome: { stats, violations } }, now);
}

/** Tells whether two differences are the same. */
export function digestOf(difference: BuildDifference): string {
  return createHash('sha256').update(JSON.stringify(difference)).digest('base64url');
}

/** `-3.1 % Damage, 1 item removed` */
export function summaryOf({
  stats,
  items,
  newViolations,
  goneViolations,
}: BuildDifference): string {
  const byWeight = stats.toSorted((a, b) => weightOf(b) - weightOf(a));
  const further = stats.length - STATS_NAMED_MAX;
  const removed = items.filter(({ isRemoved }) => isRemoved).length;
  return [
    ...byWeight.slice(0, STATS_NAMED_MAX).map(wordsOf),
    ...(further > 0 ? [counted(further, 'more stat', 'more stats')] : []),
    ...counts(removed, 'item removed', 'items removed'),
    ...counts(items.length - removed, 'item changed', 'items changed'),
    ...counts(newViolations.length, 'rule broken', 'rules broken'),
    ...counts(goneViolations.length, 'rule no longer broken', 'rules no longer broken'),
  ].join(', ');
}

/** What has no value any more weighs most. */
function weightOf({ after, relativeChange }: StatDifference): number {
  if (after === null) return Infinity;
  return relativeChange === null ? Number.MAX_VALUE : Math.abs(relativeChange);
}

function wordsOf({ name, unit, before, after, relativeChange }: StatDifference): string {
  if (after === null) return `${name} has no value`;
  if (before === null || relativeChange === null)
    return `${name} ${after}${unit ? ` ${unit}` : ''}`;
  const percent = relativeChange * 100;
  const figure = Math.abs(percent) >= 0.1 ? percent.toFixed(1) : percent.toPrecision(1);
  return `${percent > 0 ? '+' : ''}${figure} % ${name}`;
}

function counts(count: number, one: string, several: string): string[] {
  return count > 0 ? [counted(count, one, several)] : [];
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}

function itemDifferences(
  before: BuildSide['placements'],
  after: BuildSide['placements'],
): ItemDifference[] {
  const told = new Set<string>();
  return before.flatMap(({ slot, item: was }, placement) => {
    const is = after[placement]!.item;
    if (told.has(was.key)) return [];
    const isRemoved = is.isRemoved && !was.isRemoved;
    const attributes = attributeDifferences(was.attributes, is.attributes);
    // Names and icons may change without concern to a build.
    const isOther = was.category !== is.category || !is.slots.includes(slot);
    if (!isRemoved && !isOther && attributes.length === 0) return [];
    told.add(was.key);
    return [{ placement, isRemoved, attributes }];
  });
}

function attributeDifferences(
  was: RuleItem['attributes'],
  is: RuleItem['attributes'],
): AttributeDifference[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .map(key => ({ key, before: ownValue(was, key), after: ownValue(is, key) }))
    .filter(({ before, after }) => !isDeepStrictEqual(before, after));
}

/** A game may well call an attribute `constructor`. */
export function ownValue(attributes: RuleItem['attributes'], key: string): AttributeValue | null {
  return Object.hasOwn(attributes, key) ? attributes[key]! : null;
}

/** What of `all` is not among `some`: the same rule, broken by the same item. */
function missingFrom(some: readonly Violation[], all: readonly Violation[]): Violation[] {
  const known = new Set(some.map(({ rule, placement }) => `${rule} ${placement}`));
  return all.filter(({ rule, placement }) => !known.has(`${rule} ${placement}`));
}
