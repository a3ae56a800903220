import { workOut } from '../build.js';
import { CompiledRules } from '../compiled-rules.js';
import { withoutNoise } from '../formula/arithmetic.js';
import { socketsOf, withItemAt } from '../placements.js';
import type { Content, Placement, RuleItem } from '../rule-set.js';
import { withObjective } from './find-best.js';

/** One item of a build for another, or in an empty place. */
export interface Upgrade {
  slot: string;
  item: RuleItem;
  /** Which placement it takes the place of; null for an empty place. */
  replaces: number | null;
  content: Content<RuleItem>;
  /** How much more the objective is. */
  gain: number;
  /** What the item costs; null where the game says of nothing what it costs. */
  cost: number | null;
}

/**
 * All single changes that make a build better and break no rule that it does not break already, the most gain for the cost
 * first; those without a cost before them. What is in the sockets of an item that is replaced goes into those of the other,
 * where it fits. Pauses after each item.
 *
 * @throws FormulaError when the objective is wrong
 */
export function* upgradesOf(
  compiled: CompiledRules,
  content: Content<RuleItem>,
  asked: {
    objective: string;
    candidates: readonly RuleItem[];
    costOf(item: RuleItem): number | null;
    /** What one may cost at most. */
    max?: number;
    /** Of how many copies of an item there are. */
    availableOf?(item: RuleItem): number;
  },
): Generator<void, Upgrade[]> {
  const rules = new CompiledRules(withObjective(compiled.rules, asked.objective));
  const measure = (of: Content): { objective: number | null; faults: Set<string> } => {
    const { stats, violations } = workOut(rules, of);
    return {
      objective: stats.at(-1)!.value,
      faults: new Set(violations.map(({ rule, message }) => `${rule} ${message}`)),
    };
  };
  const before = measure(content);
  const upgrades: Upgrade[] = [];
  for (const item of asked.candidates) {
    yield;
    const cost = asked.costOf(item);
    if (cost !== null && asked.max !== undefined && cost > asked.max) continue;
    const available = asked.availableOf?.(item) ?? Infinity;
    for (const { slot, replaces, content: changed } of changesOf(compiled, content, item)) {
      const copies = changed.placements.filter(one => one.item.key === item.key).length;
      if (copies > available) continue;
      const after = measure(changed);
      const gain = withoutNoise((after.objective ?? -Infinity) - (before.objective ?? 0));
      if (!(gain > 0) || [...after.faults].some(fault => !before.faults.has(fault))) continue;
      upgrades.push({ slot, item, replaces, content: changed, gain, cost });
    }
  }
  const worth = ({ gain, cost }: Upgrade) => (cost ? gain / cost : Infinity);
  return upgrades.toSorted((a, b) => worth(b) - worth(a) || b.gain - a.gain);
}

/** Every place where an item may be instead of what is there. */
function* changesOf(
  { rules }: CompiledRules,
  { placements, parameters }: Content<RuleItem>,
  item: RuleItem,
): Generator<Pick<Upgrade, 'slot' | 'replaces' | 'content'>> {
  for (const slot of rules.slots.filter(({ key }) => item.slots.includes(key))) {
    const here = [...placements.entries()].filter(([, one]) => one.slot === slot.key);
    for (const [n, one] of here) {
      if (one.item.key === item.key) continue;
      yield {
        slot: slot.key,
        replaces: n,
        content: { placements: withItemAt(rules.slots, placements, n, item), parameters },
      };
    }
    const more = (placement: Placement<RuleItem>) => ({
      ...{ slot: slot.key, replaces: null },
      content: { placements: [...placements, placement], parameters },
    });
    if (slot.socketsOf === null) {
      if (here.length < slot.capacity) yield more({ slot: slot.key, item });
      continue;
    }
    for (const [of, host] of placements.entries())
      for (const { slot: kind, index } of host.socket ? [] : socketsOf(host.item, rules.slots))
        if (
          kind.key === slot.key &&
          !here.some(([, { socket }]) => socket?.of === of && socket.index === index)
        )
          yield more({ slot: slot.key, item, socket: { of, index } });
  }
}
