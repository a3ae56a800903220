import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { RuleFile } from './rule-file.js';
import { type RuleSet, rulesOf } from './rule-set.js';

const GAMES = new URL('../games/', import.meta.url);

/** The rules and items of a file of `games/`, by its name. That they are sound, and come to what is expected, is tested. */
export function gameOf(name: string): { rules: RuleSet; items: RuleFile['items'] } {
  const file = RuleFile.parse(parse(readFileSync(new URL(`${name}.yaml`, GAMES), 'utf8')));
  return { rules: rulesOf(file), items: file.items };
}
