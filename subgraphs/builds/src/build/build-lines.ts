import type { BuildCode } from './build-code.js';

/** Before the number of an item's key that was told already. */
const REPEATED = '\u0001';

/**
 * A build as lines of text: game, version of its data, name, a line for each parameter, an empty one, a line for each
 * item, an empty one, notes. What can be told from the line before is left out, since codes are to be short:
 *
 * `<slot> <item> <socket>`, where no slot is that of the line before, and an item that came before is told by its number
 * among those so far. A socket is a dot for each item by which its host lies behind the host of the socket before, and its
 * index unless that is the next of the same host, or the first of another.
 */
export function writeLines(build: BuildCode): string {
  const { game, dataVersion, name, notes, items, parameters } = build;
  const keys = new Map<string, number>();
  let slotBefore = '';
  let before = NO_SOCKET;
  const lines = items.map(({ slot, item, socket }) => {
    const told = keys.get(item);
    if (told === undefined) keys.set(item, keys.size);
    const words = [
      slot === slotBefore ? '' : slot,
      told === undefined ? item : REPEATED + told.toString(36),
    ];
    slotBefore = slot;
    if (!socket) return words.join(' ');
    const step = socket.of - before.of;
    const steps = step < 0 ? `${socket.of}:` : '.'.repeat(step);
    const index = socket.index === nextIndex(before, socket.of) ? '' : socket.index;
    before = socket;
    return [...words, `${steps}${index}`].join(' ');
  });
  return [
    ...[game, dataVersion ?? '', name],
    ...parameters.map(({ key, value }) =>
      typeof value === 'number' ? `${key}=${value}` : `${key} ${value}`,
    ),
    ...['', ...lines, '', ...(notes === null ? [] : [notes])],
  ].join('\n');
}

interface Socket {
  of: number;
  index: number;
}

const NO_SOCKET: Socket = { of: 0, index: -1 };

function nextIndex(before: Socket, of: number): number {
  return of === before.of ? before.index + 1 : 0;
}

/** What lines say, whatever that is: whether it is a build is to be looked at. */
export function parseLines(text: string): unknown {
  const lines = text.split('\n');
  const [game, dataVersion = '', name] = lines.splice(0, 3);
  const untilEmpty = () => lines.splice(0, lines.indexOf('') + 1).slice(0, -1);
  const parameters = untilEmpty().map(line => {
    const [, key, sign, value = ''] = /^([^ =]*)([ =])(.*)$/s.exec(line) ?? [];
    return { key, value: sign === '=' ? Number(value) : value };
  });
  const keys: string[] = [];
  let slotBefore = '';
  let before = NO_SOCKET;
  const items = untilEmpty().map(line => {
    const [slot = '', word = '', place] = line.split(' ');
    const told = word.startsWith(REPEATED) ? keys[Number.parseInt(word.slice(1), 36)] : word;
    if (told === word) keys.push(word);
    slotBefore = slot || slotBefore;
    if (place === undefined) return { slot: slotBefore, item: told };
    const [, from, dots = '', index = ''] = /^(?:(\d+):)?(\.*)(\d*)$/.exec(place) ?? [];
    const of = from === undefined ? before.of + dots.length : Number(from);
    const socket = { of, index: index === '' ? nextIndex(before, of) : Number(index) };
    before = socket;
    return { slot: slotBefore, item: told, socket };
  });
  return {
    ...{
      game,
      name,
      parameters,
      items,
      dataVersion: dataVersion === '' ? null : Number(dataVersion),
    },
    notes: lines.length === 0 ? null : lines.join('\n'),
  };
}
