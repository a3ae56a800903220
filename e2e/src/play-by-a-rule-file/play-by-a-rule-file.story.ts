import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '@gamegraph/launcher';
import { parse } from 'yaml';
import {
  BuildAndItsFiguresDocument,
  GivenBuildDocument,
  GivenReleaseDocument,
  ImportRulesDocument,
} from '../gql/graphql.js';
import { as } from '../person.js';
import type { World } from '../world.js';

interface Expectation {
  name: string;
  items?: { slot: string; item: string }[];
  parameters?: Record<string, number>;
  stats?: Record<string, number>;
  violations?: string[];
}

export function playByARuleFile(world: World): void {
  describe('a studio that imports its rules from a file', () => {
    it('has players whose builds come to what the file expects', async () => {
      const file = readFileSync(join(ROOT, 'packages/rules/games/path-of-exile-like.yaml'), 'utf8');
      const game = await world.givenGame(await world.givenStudio());
      const { founder } = game.studio;
      const { importRules } = await founder.data(ImportRulesDocument, { gameId: game.id, file });
      assert.equal(as('GameDataDraft', importRules).revision, 1);
      const { releaseGameData } = await founder.data(GivenReleaseDocument, { gameId: game.id });
      const { edges } = as('GameData', releaseGameData).game.items;
      const ids = new Map(edges.map(({ node }) => [node.key, node.id]));
      const player = await world.givenPlayer('exile');
      await world.settled();

      const { expectations } = parse(file) as { expectations: Expectation[] };
      assert.ok(expectations.length >= 7);
      for (const {
        name,
        items = [],
        parameters = {},
        stats = {},
        violations = [],
      } of expectations) {
        const input = {
          ...{ gameId: game.id, name },
          items: items.map(({ slot, item }) => ({ slot, itemId: ids.get(item)! })),
          parameters: Object.entries(parameters).map(([key, value]) => ({ key, value })),
        };
        const { createBuild } = await player.data(GivenBuildDocument, { input });
        const { id } = as('Build', createBuild);
        const { build } = await player.data(BuildAndItsFiguresDocument, { id });
        const values = new Map(build!.stats.map(({ key, value }) => [key, value]));
        for (const [key, value] of Object.entries(stats))
          assert.equal(values.get(key), value, `${name}: ${key}`);
        const broken = new Set(build!.violations.map(({ rule }) => rule));
        assert.deepEqual([...broken].sort(), violations.toSorted(), name);
      }
    });

    it('is told of all that is wrong with it, with the places', async () => {
      const game = await world.givenGame(await world.givenStudio());
      const file =
        'format: gamegraph-rules/1\nname: x\nstats:\n  - { key: a, formula: 1 + stat.b }\ncolour: red\n';
      const { importRules } = await game.studio.founder.data(ImportRulesDocument, {
        ...{ gameId: game.id, file },
      });
      const { faults } = as('RuleFileFaulty', importRules);
      assert.deepEqual(faults, [
        { path: 'colour', line: 5, column: 9, message: 'There is no colour here.' },
        {
          ...{ path: 'stats.a.formula', line: 4, column: 28 },
          message: 'There is no stat b. Did you mean a?',
        },
      ]);
    });
  });
}
