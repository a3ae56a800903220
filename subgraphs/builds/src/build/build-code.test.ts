import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brotliCompressSync, crc32, deflateSync } from 'node:zlib';
import { type BuildCode, decodeBuild, encodeBuild } from './build-code.js';

const build: BuildCode = {
  ...{ game: 'dark-souls', dataVersion: 3, name: 'Löwe 🦁', notes: 'one\n\ntwo\n' },
  items: [
    { slot: 'weapon', item: 'great-sword' },
    { slot: 'ring', item: 'band>1' },
    { slot: 'ring', item: 'band>1' },
    { slot: 'gem', item: 'ruby', socket: { of: 0, index: 0 } },
    { slot: 'gem', item: 'opal', socket: { of: 0, index: 1 } },
    { slot: 'enchantment', item: 'fire', socket: { of: 0, index: 0 } },
    { slot: 'gem', item: 'ruby', socket: { of: 2, index: 3 } },
    { slot: 'gem', item: 'ruby', socket: { of: 1, index: 0 } },
    { slot: 'weapon', item: '0' },
  ],
  parameters: [
    { key: 'endurance', value: 40 },
    { key: 'class', value: 'Knight of = 3' },
    { key: 'luck', value: -1.5e300 },
  ],
};

/** What a full build of a game like World of Warcraft consists of: 17 slots, each socket filled. */
const EQUIPMENT: [slot: string, item: string, ...gems: string[]][] = [
  ['head', 'sanctified-bloodmage-hood', 'chaotic-skyflare-diamond', 'runed-cardinal-ruby'],
  ['neck', 'blood-queens-crimson-choker', 'runed-cardinal-ruby'],
  ['shoulder', 'sanctified-bloodmage-shoulderpads', 'reckless-ametrine'],
  ['back', 'cloak-of-burning-dusk', 'runed-cardinal-ruby'],
  ['chest', 'sanctified-bloodmage-robe', 'runed-cardinal-ruby', 'reckless-ametrine'],
  ['wrist', 'bracers-of-fiery-night', 'runed-cardinal-ruby'],
  ['hands', 'sanctified-bloodmage-gloves', 'reckless-ametrine'],
  ['waist', 'crushing-coldwraith-belt', 'runed-cardinal-ruby', 'purified-dreadstone'],
  ['legs', 'plaguebringers-stained-pants', 'runed-cardinal-ruby', 'reckless-ametrine'],
  ['feet', 'plague-scientists-boots', 'runed-cardinal-ruby', 'reckless-ametrine'],
  ['finger', 'ring-of-rapid-ascent', 'runed-cardinal-ruby'],
  ['finger', 'ashen-band-of-endless-destruction', 'runed-cardinal-ruby'],
  ['trinket', 'charred-twilight-scale'],
  ['trinket', 'phylactery-of-the-nameless-lich'],
  ['main_hand', 'bloodsurge-kel-thuzads-blade-of-agony', 'reckless-ametrine'],
  ['off_hand', 'shadow-silk-spindle', 'runed-cardinal-ruby'],
  ['ranged', 'corpse-impaling-spike'],
];

function dressed(keyOf: (key: string) => string): BuildCode {
  return {
    ...{ game: 'wotlk-like', dataVersion: 12, name: 'Arcane mage', notes: null },
    items: [
      ...EQUIPMENT.map(([slot, item]) => ({ slot, item: keyOf(item) })),
      ...EQUIPMENT.flatMap(([, , ...gems], of) =>
        gems.map((gem, index) => ({ slot: 'gem', item: keyOf(gem), socket: { of, index } })),
      ),
    ],
    parameters: [
      { key: 'class', value: 'mage' },
      { key: 'faction', value: 'horde' },
    ],
  };
}

const deflated = (value: unknown) => deflateSync(JSON.stringify(value)).toString('base64url');
/** As codes of version 3 and later are wrapped. */
function wrapped(version: number, text: string): string {
  const code = Buffer.concat([Buffer.alloc(7), brotliCompressSync(text)]);
  code.writeUInt8(version, 0);
  code.writeUInt16BE(code.length, 1);
  code.writeUInt32BE(crc32(code.subarray(7), crc32(code.subarray(0, 3))), 3);
  return code.toString('base64url');
}

async function faultsOf(code: string) {
  const decoded = await decodeBuild(code);
  assert.ok('faults' in decoded, 'it has faults');
  assert.ok(decoded.faults.every(({ cure }) => cure !== null));
  return decoded.faults;
}
const pathsOf = async (code: string) => (await faultsOf(code)).map(({ path }) => path);
const wordsOf = async (code: string) => (await faultsOf(code))[0]!.message;

describe('the code of a build', () => {
  it('comes back as it went out, though it was broken into lines', async () => {
    const code = await encodeBuild(build);
    assert.match(code, /^[\w-]+$/);
    assert.deepEqual(await decodeBuild(code), build);
    assert.deepEqual(await decodeBuild(` ${code.replaceAll(/.{20}/g, '$&\n')}\n`), build);
    const bare = { ...build, items: [], parameters: [], notes: null, dataVersion: null };
    assert.deepEqual(await decodeBuild(await encodeBuild(bare)), bare);
  });

  it('is short: a third less than deflated JSON', async () => {
    const numbers = new Map<string, string>();
    const numbered = dressed(key => {
      const number = numbers.get(key) ?? String(40_000 + numbers.size * 523);
      numbers.set(key, number);
      return number;
    });
    for (const [wanted, lengthMax] of [
      [dressed(key => key), 600],
      [numbered, 320],
    ] as const) {
      const { length } = await encodeBuild(wanted);
      assert.ok(length <= lengthMax, `${length} characters`);
      assert.ok(length < deflated(wanted).length * 0.75, `${length} characters`);
    }
  });

  it('is read if it is of version 1 or 2', async () => {
    const { dataVersion: _, ...old } = build;
    assert.deepEqual(await decodeBuild(deflated({ version: 2, ...old })), {
      ...build,
      dataVersion: null,
    });
  });

  it('says what is wrong with it as a text', async () => {
    const code = await encodeBuild(build);
    assert.match(await wordsOf(code.slice(0, -5)), /^It is cut off: \d+ of \d+ characters are/);
    assert.match(await wordsOf(`${code}AAAA`), /^It has 4 characters too many/);
    assert.match(await wordsOf(`${code.slice(0, 30)}+${code.slice(31)}`), /"\+".*character 31/);
    const other = code[40] === 'A' ? 'B' : 'A';
    assert.match(await wordsOf(code.slice(0, 40) + other + code.slice(41)), /^A character of it/);
    assert.match(await wordsOf(wrapped(4, 'whatever')), /of version 4.*up to 3/);
    for (const text of ['', 'nonsense', deflated('x').slice(0, -3), wrapped(2, 'x')])
      assert.match(await wordsOf(text), /^It is no code of a build/, text);
    assert.match(await wordsOf('A'.repeat(100_001)), /too long/);
  });

  it('names each place that is wrong', async () => {
    const { game: _, ...noGame } = build;
    assert.deepEqual(await pathsOf(deflated(noGame)), ['game']);
    const items = [build.items[0], { slot: 'weapon' }, { slot: 1, item: 'x' }];
    const parameters = [{ key: 'endurance', value: true }];
    assert.deepEqual(await pathsOf(deflated({ ...build, items, parameters })), [
      'items[1].item',
      'items[2].slot',
      'parameters[0].value',
    ]);
    assert.deepEqual(await pathsOf(deflated([])), ['code']);
    assert.deepEqual(await pathsOf(deflated({ ...build, name: ' ' })), ['name']);
    assert.deepEqual(await pathsOf(wrapped(3, '')), ['name']);
    assert.deepEqual(await pathsOf(wrapped(3, 'game\nnew\nname\n\nring \u0001z\n')), [
      'dataVersion',
      'items[0].item',
    ]);
  });

  it('is not inflated beyond 64 KiB, however small it is', async () => {
    const bomb = 'x'.repeat(50_000_000);
    assert.deepEqual(await pathsOf(deflateSync(bomb).toString('base64url')), ['code']);
    assert.deepEqual(await pathsOf(wrapped(3, bomb)), ['code']);
    assert.deepEqual(await pathsOf(deflateSync('['.repeat(60_000)).toString('base64url')), [
      'code',
    ]);
  });

  it('holds no text that a database could not', async () => {
    const item = { slot: 'weapon\0', item: 'great\ud800sword' };
    assert.deepEqual(await pathsOf(deflated({ ...build, items: [item] })), [
      'items[0].slot',
      'items[0].item',
    ]);
    assert.deepEqual(await pathsOf(deflated({ ...build, name: 'a\0b', notes: 'a\ud800' })), [
      'name',
      'notes',
    ]);
  });

  it('cannot reach what objects inherit', async () => {
    const json = JSON.stringify(build).replace('{', '{"__proto__":{"isAdmin":true},');
    const decoded = await decodeBuild(deflateSync(json).toString('base64url'));
    assert.deepEqual(decoded, build);
    assert.equal((decoded as { isAdmin?: boolean }).isAdmin, undefined);
  });

  it('is refused, or comes to the same build, however it was mistyped', async () => {
    let state = 20_261_122;
    const below = (limit: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    };
    const character = () =>
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ +/=\n\u00e9'[below(71)]!;
    const sources = [await encodeBuild(build), await encodeBuild(dressed(key => key))];
    const slips: ((code: string, at: number) => string)[] = [
      (code, at) => code.slice(0, at) + character() + code.slice(at + 1),
      (code, at) => code.slice(0, at) + character() + code.slice(at),
      (code, at) => code.slice(0, at) + code.slice(at + 1 + below(4)),
      (code, at) => code.slice(0, at),
      (code, at) => code.slice(at),
      (code, at) => code.slice(0, at) + code[at + 1] + code[at] + code.slice(at + 2),
      (code, at) => code.slice(0, at) + code.slice(at).toLowerCase(),
      (code, at) => code.slice(0, at) + sources[1]!.slice(at),
      (code, at) => code.slice(at) + code.slice(0, at),
    ];
    let refused = 0;
    for (let n = 0; n < 20_000; n++) {
      const source = sources[n % 2]!;
      let code = source;
      for (let slip = below(3); slip >= 0; slip--)
        code = slips[below(slips.length)]!(code, below(code.length));
      const decoded = await decodeBuild(code);
      if ('faults' in decoded) refused++;
      else
        assert.ok(
          sources.includes(code.replaceAll(/\s/g, '')),
          `${JSON.stringify(code)} was read as ${JSON.stringify(decoded)}`,
        );
    }
    assert.ok(refused > 15_000, `${refused} were refused`);
  });
});
