import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql';
import { SCHEMA } from './own-graph.js';

/** What no generated member may be called. Words that are keywords in some places only are left out. */
const KEYWORDS: Record<string, string> = {
  Dart: 'assert break case catch class const continue default do else enum extends false final finally for hashCode if in is new null rethrow return runtimeType super switch this throw toString true try var void while with',
  Kotlin:
    'as break class continue do else false for fun if in interface is null object package return super this throw true try typealias typeof val var when while',
  Swift:
    'as associatedtype break case catch class continue default defer deinit do else enum extension fallthrough false fileprivate for func guard if import in init inout internal is let nil operator precedencegroup private protocol public repeat rethrows return self static struct subscript super switch throw throws true try typealias var where while',
};

/** Types of the language that generated code, or the code around it, uses by their bare names. */
const TYPES: Record<string, string> = {
  Dart: 'bool DateTime double Duration dynamic Enum Error Exception Function Future int Iterable List Map Never Null num Object Record Set Stream String Symbol Type Uri',
  Kotlin:
    'Any Array Boolean Byte Char Double Error Exception Float Function Int Iterable List Long Map Nothing Number Pair Result Sequence Set Short String Throwable Unit',
  Swift:
    'Any Array Bool Character Data Date Dictionary Double Error Float Int Never Optional Protocol Result Self Sequence Set String Type Void',
};

const BUILT_IN = ['Boolean', 'Float', 'ID', 'Int', 'String'];

/** How the generators for a language write the values of enums. */
const valueIn = (language: string, value: string) =>
  language === 'Kotlin'
    ? value
    : value.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const schema = buildSchema(readFileSync(join(SCHEMA, 'api.graphql'), 'utf8'));
const types = Object.values(schema.getTypeMap()).filter(
  type => !isIntrospectionType(type) && !BUILT_IN.includes(type.name),
);

/** Name in the schema -> the languages that it clashes in. */
function clashes(): Map<string, string> {
  const found = new Map<string, string>();
  const check = (
    coordinate: string,
    words: Record<string, string>,
    nameIn: (language: string) => string,
  ) => {
    const languages = Object.entries(words)
      .filter(([language, list]) => list.split(' ').includes(nameIn(language)))
      .map(([language]) => language);
    if (languages.length > 0) found.set(coordinate, languages.join(', '));
  };
  for (const type of types) {
    check(type.name, TYPES, () => type.name);
    if (isEnumType(type)) {
      for (const { name } of type.getValues())
        check(`${type.name}.${name}`, KEYWORDS, language => valueIn(language, name));
    } else if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      for (const name of Object.keys(type.getFields()))
        check(`${type.name}.${name}`, KEYWORDS, () => name);
    }
  }
  return found;
}

describe('names of the API', () => {
  it('that clash in a language are those that docs/clients/README.md tells of', () => {
    const page = readFileSync(join(SCHEMA, '..', 'docs', 'clients', 'README.md'), 'utf8');
    const told = page.matchAll(/^\| `([\w.]+)` +\| ([\w, ]+?) +\|$/gm);
    assert.deepEqual(
      [...told].map(([, name, languages]) => `${name}: ${languages}`).sort(),
      [...clashes()].map(([name, languages]) => `${name}: ${languages}`).sort(),
    );
  });

  it('differ by more than capitals, for generators write a file of each', () => {
    const names = types.map(({ name }) => name.toLowerCase());
    assert.equal(new Set(names).size, names.length);
  });
});
