import type { Placement, RuleItem, SlotDefinition } from './rule-set.js';

/** A socket of an item: its slot, what it is called, and which of its kind it is. */
export interface Socket {
  slot: SlotDefinition;
  name: string;
  index: number;
}

/** What an item has of a list; nothing where there is no such list. */
export function listOf({ attributes }: RuleItem, key: string | null): readonly string[] {
  const list = key !== null && Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  return Array.isArray(list) ? (list as string[]) : [];
}

export function socketsOf(item: RuleItem, slots: readonly SlotDefinition[]): Socket[] {
  return slots.flatMap(slot =>
    listOf(item, slot.socketsOf).map((name, index) => ({ slot, name, index })),
  );
}

/** Those that are chosen, in their order. Sockets are told by where their items are now; -1 where those are not chosen. */
export function chosenOf<One extends Pick<Placement, 'socket'>>(
  placements: readonly One[],
  isChosen: (placement: One, n: number) => boolean,
): One[] {
  const chosen = [...placements.keys()].filter(n => isChosen(placements[n]!, n));
  return chosen.map(n => {
    const { socket } = placements[n]!;
    return socket
      ? { ...placements[n]!, socket: { ...socket, of: chosen.indexOf(socket.of) } }
      : placements[n]!;
  });
}

/** With another item at one of the placements. What was in sockets that it does not have is gone. */
export function withItemAt<One extends RuleItem | null>(
  slots: readonly SlotDefinition[],
  placements: readonly Placement<One>[],
  at: number,
  item: One & RuleItem,
): Placement<One>[] {
  const sockets = socketsOf(item, slots);
  const changed = placements.with(at, { ...placements[at]!, item });
  return chosenOf(
    changed,
    ({ slot, socket }) =>
      socket?.of !== at || sockets.some(one => one.slot.key === slot && one.index === socket.index),
  );
}
