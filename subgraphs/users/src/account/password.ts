import { hash, verify } from '@node-rs/argon2';

// OWASP's first choice for argon2id; the parameters travel in the hash.
const PARAMETERS = {
  algorithm: 2, // argon2id: the package's enum has no value at run time
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
};
const PREFIX = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;

export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), PARAMETERS);
}

/** Whether the hash was made with other parameters than we use now. */
export function isOutdated(passwordHash: string): boolean {
  return !passwordHash.startsWith(PREFIX);
}

let decoy: Promise<string> | undefined;

/** Takes the same time when there is no hash to compare with, so that nobody learns who has an account. */
export async function verifyPassword(
  passwordHash: string | undefined,
  password: string,
): Promise<boolean> {
  const against = passwordHash ?? (await (decoy ??= hashPassword('a password that nobody has')));
  const isRight = await verify(against, password.normalize('NFKC'));
  return isRight && passwordHash !== undefined;
}
