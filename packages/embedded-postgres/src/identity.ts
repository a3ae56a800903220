import { chown, lchown, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** How to run PostgreSQL's programs, which refuse to run as root. */
export interface Identity {
  /** The user and group to give to `spawn`; absent where the present user will do. */
  uid?: number;
  gid?: number;
  /** The command line to run instead of `file args…`. */
  command(file: string, args: string[]): [file: string, args: string[]];
}

/**
 * The present user, or for root an unprivileged one: `nobody`, to whom `directory` then belongs. Where a parent of the
 * paths is closed to others (a clone under /root), root keeps the files and poses as `nobody` in a user namespace.
 */
export async function unprivilegedIdentity(
  directory: string,
  programs: string[],
): Promise<Identity> {
  if (process.getuid?.() !== 0) return { command: (file, args) => [file, args] };
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'));
  const account =
    accounts.find(([name]) => name === 'nobody') ?? accounts.find(([, , id]) => Number(id) > 0);
  if (!account)
    throw new Error('/etc/passwd names no user but root, and PostgreSQL does not run as root.');
  const [uid, gid] = [Number(account[2]), Number(account[3])];
  if (await reachableByOthers([directory, ...programs])) {
    await giveAway(directory, uid, gid);
    return { uid, gid, command: (file, args) => [file, args] };
  }
  return {
    command: (file, args) => [
      'unshare',
      ['--user', `--map-user=${uid}`, `--map-group=${gid}`, '--', file, ...args],
    ],
  };
}

async function reachableByOthers(paths: string[]): Promise<boolean> {
  for (const path of paths) {
    for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
      if (((await stat(at)).mode & 0o001) === 0) return false;
    }
  }
  return true;
}

async function giveAway(path: string, uid: number, gid: number): Promise<void> {
  const at = await stat(path);
  if (at.uid === uid && at.gid === gid) return; // given already: nothing below can differ
  for (const entry of await readdir(path, { recursive: true }))
    await lchown(join(path, entry), uid, gid);
  await chown(path, uid, gid);
}
