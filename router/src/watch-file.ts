import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';

const SETTLE_MS = 100; // after a change: writers may write in parts

/** Calls `onChange` when a file was written or replaced. Returns how to stop. */
export function watchFile(path: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  // The folder, not the file: who replaces it by a rename leaves the old one behind for whoever watches that.
  const watcher = watch(dirname(path), (_, name) => {
    if (name !== basename(path)) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS);
  });
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
