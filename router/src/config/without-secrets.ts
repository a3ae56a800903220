import type { JsonObject } from '../execution/json.js';
import { put, settingsOf } from './read.js';
import { ConfigSchema, type RouterConfig } from './schema.js';

const HIDDEN = '(secret)';
const NAME_OF_SECRET = /pass|secret|token|key|sig/i;

const SECRETS = settingsOf(ConfigSchema).filter(({ meta }) => meta.writeOnly);

/** The settings as they may be shown: without those that are `writeOnly`, and without what lets into a URL. */
export function withoutSecrets(config: RouterConfig): JsonObject {
  const shown = JSON.parse(JSON.stringify(config), (_, value: unknown) =>
    typeof value === 'string' ? withoutPassword(value) : value,
  ) as JsonObject;
  for (const { path } of SECRETS) {
    const value = path.reduce<unknown>((at, step) => (at as JsonObject)[step], shown);
    if (value !== undefined) put(shown, path, HIDDEN);
  }
  return shown;
}

function withoutPassword(text: string): string {
  const url = URL.parse(text);
  if (!url) return text;
  const names = [...url.searchParams.keys()].filter(name => NAME_OF_SECRET.test(name));
  if (!url.username && !url.password && names.length === 0) return text;
  if (url.password) url.password = HIDDEN;
  else if (url.username) url.username = HIDDEN; // a token
  for (const name of names) url.searchParams.set(name, HIDDEN);
  return url.href;
}
