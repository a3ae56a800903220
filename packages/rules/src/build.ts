import { type CompiledRules, type Frame, isPresent } from './compiled-rules.js';
import { problemOf } from './explain-stat.js';
import { withoutNoise } from './formula/arithmetic.js';
import type { Content, Placement } from './rule-set.js';

/** A part of a build that does not go with the game's data: such a build is not saved. */
export interface Fault {
  /** Where: `items[3].slot`. */
  path: string;
  message: string;
  /** How to mend it, where that can be said. */
  cure: string | null;
}

/** What a build should be and is not. It may be saved nevertheless. */
export interface Violation {
  /** The key of a rule; or `slot.<key>`, `parameter.<key>` for what the game's data demands by itself. */
  rule: string;
  message: string;
  /** How to mend it, where the game says so. */
  cure: string | null;
  /** Which of the build's placements it is about, from 0; null when it is about all. */
  placement: number | null;
}

/** A figure of a build. It has a value, or a problem. */
export interface StatValue {
  key: string;
  name: string;
  unit: string | null;
  value: number | null;
  problem: string | null;
}

export interface Outcome {
  /** In the order of the game's data. */
  stats: StatValue[];
  /** All of them. */
  violations: Violation[];
}

type Found = Fault & Violation;

/** How many keys a cure names. */
const NAMED_MAX = 30;

/** All that keeps a build from being saved. Items that there are not are for whoever looked for them to tell. */
export function faultsOf(compiled: CompiledRules, content: Content): Fault[] {
  return foundIn(compiled, content).map(({ path, message, cure }) => ({ path, message, cure }));
}

/** The figures of a build, and all rules that it breaks. */
export function workOut(compiled: CompiledRules, content: Content): Outcome {
  const frame = compiled.frameOf(content);
  const values = compiled.stats(frame);
  return {
    stats: compiled.rules.stats.map(({ key, name, unit }, n) => {
      const value = Number.isNaN(values[n]) ? null : withoutNoise(values[n]!);
      const problem = value === null ? problemOf(compiled, content, key) : null;
      return { key, name, unit, value, problem };
    }),
    violations: [
      // After a patch, what was sound when it was saved may be none any more.
      ...foundIn(compiled, content).map(({ rule, message, cure, placement }) => ({
        ...{ rule, message, cure, placement },
      })),
      ...emptySlots(compiled, content),
      ...brokenRules(compiled, content, frame, values),
    ],
  };
}

function foundIn(compiled: CompiledRules, content: Content): Found[] {
  return [
    ...faultsOfPlacements(compiled, content.placements),
    ...faultsOfParameters(compiled, content),
  ];
}

function* faultsOfPlacements(
  { rules: { slots } }: CompiledRules,
  placements: readonly Placement[],
): Generator<Found> {
  const filled = new Map<string, number>();
  for (const [placement, { slot: key, item, socket }] of placements.entries()) {
    const about = { rule: `slot.${key}`, placement, cure: null };
    const path = `items[${placement}].slot`;
    const slot = slots.find(each => each.key === key);
    const place = socket ? `${key} ${socket.of} ${socket.index}` : key;
    const count = (filled.get(place) ?? 0) + 1;
    filled.set(place, count);
    if (item?.isRemoved) {
      const message = `${item.name} is not in the game any more.`;
      yield { path: `items[${placement}].item`, ...about, message, cure: 'Choose another.' };
    }
    if (!slot) {
      const cure = oneOf(slots);
      yield { path, ...about, message: `There is no slot "${key}".`, cure };
      continue;
    }
    const capacity = slot.socketsOf === null ? slot.capacity : 1;
    if (count > capacity) {
      const message = `${slot.name} has room for ${capacity}.`;
      yield { path, ...about, message, cure: 'Take something out of it.' };
    }
    if (item && !item.isRemoved && !item.slots.includes(key)) {
      const fitting = slots.filter(one => item.slots.includes(one.key));
      const cure = fitting.length > 0 ? oneOf(fitting) : 'Choose another.';
      yield { path, ...about, message: `${item.name} does not fit ${slot.name}.`, cure };
    }
    const wrong = faultOfSocket(slot, socket, placements);
    if (wrong) yield { path: `items[${placement}].socket`, ...about, ...wrong };
  }
}

/** What to put something into, or to choose from. */
function oneOf(list: { key: string }[]): string {
  const keys = list.map(({ key }) => key);
  const shown = keys.length > NAMED_MAX ? [...keys.slice(0, NAMED_MAX), '…'] : keys;
  return shown.length === 0 ? 'Leave it out.' : `Choose one of ${shown.join(', ')}.`;
}

function faultOfSocket(
  { name, socketsOf }: { name: string; socketsOf: string | null },
  socket: Placement['socket'],
  placements: readonly Placement[],
): { message: string; cure: string } | undefined {
  if (socketsOf === null)
    return socket && { message: `${name} is in no socket.`, cure: 'Leave out the socket.' };
  if (!socket) {
    const cure = 'Say which item has the socket, and which of its sockets it is.';
    return { message: `${name} is in a socket of another item.`, cure };
  }
  const host = placements[socket.of];
  const another = 'Choose a socket that there is.';
  if (!host || host.socket)
    return { message: `There is no item ${socket.of} with sockets.`, cure: another };
  if (!host.item) return undefined; // told by itself
  const list = host.item.attributes[socketsOf];
  const sockets = Array.isArray(list) ? list.length : 0;
  if (Number.isInteger(socket.index) && socket.index >= 0 && socket.index < sockets)
    return undefined;
  return {
    message: `${host.item.name} has ${sockets} sockets, and none is number ${socket.index}, from 0.`,
    cure: sockets > 0 ? another : 'Leave it out.',
  };
}

function* faultsOfParameters({ rules }: CompiledRules, { parameters }: Content): Generator<Found> {
  const seen = new Set<string>();
  for (const [n, { key, value }] of parameters.entries()) {
    const about = { rule: `parameter.${key}`, placement: null, cure: null };
    const parameter = rules.parameters.find(each => each.key === key);
    if (!parameter) {
      const path = `parameters[${n}].key`;
      const cure = oneOf(rules.parameters);
      yield { path, ...about, message: `There is no parameter "${key}".`, cure };
      continue;
    }
    const { name, min, max, values } = parameter;
    if (seen.has(key)) {
      const message = `${name} is given twice.`;
      yield { path: `parameters[${n}].key`, ...about, message, cure: 'Give it once.' };
    }
    seen.add(key);
    const path = `parameters[${n}].value`;
    if (values.length > 0) {
      if (!values.includes(String(value)))
        yield {
          ...{ path, ...about, cure: 'Choose one of these.' },
          message: `${name} is one of ${values.join(', ')}, not ${value}.`,
        };
    } else if (!Number.isInteger(value) || Number(value) < min || Number(value) > max) {
      const message = `${name} is a whole number from ${min} to ${max}, not ${value}.`;
      yield { path, ...about, message, cure: 'Choose such a number.' };
    }
  }
}

function emptySlots({ rules: { slots } }: CompiledRules, { placements }: Content): Violation[] {
  const filled = new Set(placements.filter(isPresent).map(({ slot }) => slot));
  return slots
    .filter(({ key, isRequired }) => isRequired && !filled.has(key))
    .map(({ key, name }) => ({
      ...{ rule: `slot.${key}`, message: `${name} is empty.` },
      ...{ cure: `Put something into ${name}.`, placement: null },
    }));
}

function* brokenRules(
  compiled: CompiledRules,
  content: Content,
  frame: Frame,
  stats: Float64Array,
): Generator<Violation> {
  const present = [...content.placements.entries()].filter(([, one]) => isPresent(one));
  for (const [n, { key, message, cure, scope }] of compiled.rules.rules.entries()) {
    const places = scope === 'ITEM' ? present.map(([placement]) => placement) : [null];
    for (const [i, placement] of places.entries()) {
      const holds = compiled.holds(n, frame, stats, i);
      if (holds === true) continue;
      const why = holds === undefined ? problemOf(compiled, content, key, { item: i }) : null;
      const item = placement === null ? '' : `${content.placements[placement]!.item!.name}: `;
      const told = why === null ? '' : ` (This cannot be told: ${why})`;
      yield { rule: key, message: `${item}${message}${told}`, cure, placement };
    }
  }
}
