import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An operation that the explorer offers. */
export interface Example {
  /** Of the file, without its ending. */
  name: string;
  /** What it answers, as a person would ask: `# @title Which games do most players own?` */
  title: string;
  /** The demo account to ask as: `# @role analyst`. */
  role: string | undefined;
  /** As JSON: `# @variables {"first": 10}`. */
  variables: string;
  document: string;
}

/** The examples in a folder of `*.graphql` files, in the order of their names. */
export async function readExamples(directory: string): Promise<Example[]> {
  const files = (await readdir(directory)).filter(file => file.endsWith('.graphql')).sort();
  return Promise.all(
    files.map(async file => {
      const text = await readFile(join(directory, file), 'utf8');
      const note = (name: string) => new RegExp(`^# @${name} (.*)$`, 'm').exec(text)?.[1]?.trim();
      return {
        name: file.replace(/\.graphql$/, ''),
        title: note('title') ?? file,
        role: note('role'),
        variables: note('variables') ?? '',
        document: text.replaceAll(/^# @.*\n/gm, '').trim(),
      };
    }),
  );
}
