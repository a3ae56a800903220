import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that npm does not bring. */
export interface Program {
  /** Candidates on PATH, in order. */
  commands: string[];
  /** The Debian packages that bring it. */
  packages: string[];
  /** What makes it print its version and end. */
  versionArgument?: string;
  /** Where its own installer puts it, if that is not on PATH. */
  folders?: string[];
}

export const JAVA: Program = { commands: ['java'], packages: ['openjdk-17-jre-headless'] };
export const MAVEN: Program = { commands: ['mvn'], packages: ['maven'] };
export const CHROMIUM: Program = {
  commands: ['chromium', 'google-chrome', 'chromium-browser'],
  packages: ['chromium'],
};

/** No Debian package: theirs is too old for the modules that we build with it. */
export const GO: Program = {
  commands: ['go'],
  packages: [],
  versionArgument: 'version',
  folders: ['/usr/local/go/bin'],
};

/** The program is not there, and may not be installed by us. */
export class MissingProgram extends Error {
  override name = 'MissingProgram';
}

/**
 * Where the first of the commands is that runs; as root on Debian, installed when none does.
 *
 * @throws MissingProgram with the one line that says what to install
 */
export function requireProgram({
  commands,
  packages,
  versionArgument = '--version',
  folders = [],
}: Program): string {
  const find = () =>
    commands
      .flatMap(command =>
        [...process.env.PATH!.split(delimiter), ...folders].map(folder => join(folder, command)),
      )
      .filter(file => existsSync(file))
      .find(file => spawnSync(file, [versionArgument], { stdio: 'ignore' }).error === undefined);
  const found = find();
  if (found) return found;
  if (packages.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], install])
      spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 2, 2] });
    const installed = find();
    if (installed) return installed;
  }
  const cure = packages.length > 0 ? ` (on Debian: apt-get install ${packages.join(' ')})` : '';
  throw new MissingProgram(`${commands[0]} is not on this machine: install it${cure}.`);
}

/**
 * For the `skip` of tests that need programs: the one line that says what is missing, or false when all are there.
 *
 * @throws MissingProgram with CI=true: there, nothing is skipped
 */
export function skipWithout(...programs: Program[]): string | false {
  try {
    for (const program of programs) requireProgram(program);
    return false;
  } catch (error) {
    if (!(error instanceof MissingProgram) || process.env.CI === 'true') throw error;
    return error.message;
  }
}
