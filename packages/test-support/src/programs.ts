import { spawnSync } from 'node:child_process';

/** A program that npm does not bring. */
export interface Program {
  /** Candidates on PATH, in order. */
  commands: string[];
  /** The Debian packages that bring it. */
  packages: string[];
}

export const JAVA: Program = { commands: ['java'], packages: ['openjdk-17-jre-headless'] };
export const MAVEN: Program = { commands: ['mvn'], packages: ['maven'] };
export const CHROMIUM: Program = {
  commands: ['chromium', 'google-chrome', 'chromium-browser'],
  packages: ['chromium'],
};

/** The program is not there, and may not be installed by us. */
export class MissingProgram extends Error {
  override name = 'MissingProgram';
}

/**
 * The first of the commands that runs; as root on Debian, installed when none does.
 *
 * @throws MissingProgram with the one line that says what to install
 */
export function requireProgram({ commands, packages }: Program): string {
  const found = commands.find(runs);
  if (found) return found;
  if (process.getuid?.() === 0 && runs('apt-get')) {
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], install])
      spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 2, 2] });
    const installed = commands.find(runs);
    if (installed) return installed;
  }
  throw new MissingProgram(
    `${commands[0]} is not on this machine: install it (on Debian: apt-get install ${packages.join(' ')}).`,
  );
}

function runs(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}
