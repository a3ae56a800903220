import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A disk of its own for one folder, in memory: it can be filled without filling the machine's. */
export class Tmpfs {
  private constructor(private readonly directory: string) {}

  /** Undefined where we may not mount: anybody but root, anything but Linux. */
  static async mount(directory: string, sizeMb: number): Promise<Tmpfs | undefined> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    const options = ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'gamegraph-drill', directory];
    return run('mount', options).then(
      () => new Tmpfs(directory),
      () => undefined, // a container that may not
    );
  }

  /** Takes all the space that is left. The returned function gives it back. */
  async fill(): Promise<() => Promise<void>> {
    const ballast = join(this.directory, 'ballast');
    const file = await open(ballast, 'w');
    const block = Buffer.alloc(1 << 20);
    try {
      for (let size = block.length; size > 0;) {
        await file.write(block, 0, size).catch(() => (size = size >> 1));
      }
    } finally {
      await file.close();
    }
    return () => rm(ballast, { force: true });
  }

  async unmount(): Promise<void> {
    await run('umount', ['-l', this.directory]).catch(() => {});
  }
}
