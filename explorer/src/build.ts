import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { build } from 'vite';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const SOURCE = join(ROOT, 'page');
const TARGET = join(ROOT, 'dist', 'page');

/** Builds the explorer's page, unless what it is made of has not changed since. Returns whether it did. */
export async function buildPage(): Promise<boolean> {
  const stamp = join(TARGET, 'stamp');
  const wanted = await fingerprint();
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return false;
  // Apart from what is served, and moved into its place when it is whole: others may be building, or serving, meanwhile.
  const target = `${TARGET}.${process.pid}`;
  await build({
    configFile: false,
    root: SOURCE,
    base: './',
    logLevel: 'error', // the libraries' "use client" warnings are many, and mean nothing here
    worker: { format: 'es' },
    build: {
      outDir: target,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 10_000,
    },
  });
  await compress(target);
  await writeFile(join(target, 'stamp'), wanted);
  await rm(TARGET, { recursive: true, force: true });
  await rename(target, TARGET).catch(async error => {
    await rm(target, { recursive: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error; // another was faster, with the same
  });
  return true;
}

/** Of all that the page is made of: its sources, and the versions of the libraries. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of [SOURCE, join(ROOT, 'src')])
    for (const name of (await readdir(folder)).sort())
      hash.update(await readFile(join(folder, name)));
  hash.update(await readFile(join(ROOT, '..', 'pnpm-lock.yaml')));
  return hash.digest('hex');
}

/** Puts a `.br` beside each file, so that the router need not compress. */
async function compress(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile() && /\.(js|css|html|svg)$/.test(entry.name));
  const packed = promisify(brotliCompress);
  await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
      await writeFile(`${file}.br`, await packed(await readFile(file), { params }));
    }),
  );
}
