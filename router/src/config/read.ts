import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, parse, parseDocument, Scalar, visit } from 'yaml';
import { z } from 'zod';
import { isObject, type JsonObject } from '../execution/json.js';
import { ConfigSchema, type RouterConfig } from './schema.js';

/** The settings cannot be used. The message lists every bad one, where it is, and what it must be. */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(faults: string[]) {
    super(`These settings cannot be used:\n${faults.map(fault => `  ${fault}`).join('\n')}`);
  }
}

type Path = readonly PropertyKey[];

/** The name that a file of settings has, where none is named. */
export const CONFIG_FILE = 'router.config.yaml';

/**
 * The settings in a file, overruled by those in the environment. In the file, `${NAME}` stands for an environment
 * variable, `${NAME:-text}` for one with a default.
 *
 * @param file its path; undefined for the environment alone
 * @throws ConfigError that names all that is wrong together
 */
export function readConfig(env: NodeJS.ProcessEnv, file?: string): RouterConfig {
  const faults: string[] = [];
  const { settings, lineOf } = file
    ? readFile(file, env, faults)
    : { settings: {}, lineOf: () => undefined };
  const variables = overrule(settings, env, faults);
  const result = ConfigSchema.safeParse(settings);
  if (result.success && faults.length === 0) return result.data;
  for (const { path, message } of result.error?.issues ?? []) {
    const name = path.join('.');
    const variable = variables.get(name);
    const line = lineOf(path);
    const where = variable ?? (line === undefined ? name : `${file}:${line} ${name}`);
    const cure = result.error && path.length > 0 ? variableFor(name) : undefined;
    faults.push(
      `${where}: ${message}${!variable && cure && line === undefined ? ` (or set ${cure})` : ''}`,
    );
  }
  throw new ConfigError(faults);
}

/** The JSON Schema of a file of settings, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(ConfigSchema, { io: 'input', target: 'draft-7' });
}

function readFile(file: string, env: NodeJS.ProcessEnv, faults: string[]) {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`${file} cannot be read: ${(error as Error).message}`]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(
        ({ message, linePos }) => `${file}:${linePos?.[0].line ?? 1} ${message.split('\n', 1)[0]}`,
      ),
    );
  }
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      const line = lines.linePos(node.range?.[0] ?? 0).line;
      const expanded = expand(node.value, env, name =>
        faults.push(`${file}:${line} The environment variable ${name} is not set.`),
      );
      // What is not quoted may be a number or true: `port: ${PORT}`.
      node.value = node.type === Scalar.PLAIN ? parseScalar(expanded) : expanded;
    },
  });
  const settings: unknown = document.toJS() ?? {};
  if (!isObject(settings) || Array.isArray(settings))
    throw new ConfigError([`${file} must hold settings by name.`]);
  /** The line of a setting, or of the nearest that surrounds it. */
  const lineOf = (path: Path): number | undefined => {
    let node: unknown = document.contents;
    let range = (document.contents as { range?: number[] } | null)?.range;
    let found = 0;
    for (const step of path) {
      const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
      if (next === undefined) break;
      found++;
      node = next;
      range = (isScalar(next) || isMap(next) || isSeq(next) ? next.range : undefined) ?? range;
    }
    return found === 0 || !range ? undefined : lines.linePos(range[0]!).line;
  };
  return { settings, lineOf };
}

function expand(text: string, env: NodeJS.ProcessEnv, missing: (name: string) => void): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, name: string, fallback?: string) => {
    const value = env[name] || fallback;
    if (value === undefined) missing(name);
    return value ?? '';
  });
}

function parseScalar(text: string): unknown {
  const value: unknown = parse(text);
  return isObject(value) ? text : value;
}

/** Settings that have a variable in the environment: their paths, and how to read its text. */
const OVERRULING = settingsOf(ConfigSchema).flatMap(({ path, kind, meta: { environment } }) =>
  typeof environment === 'string' ? [{ path, kind, variable: environment }] : [],
);

function variableFor(name: string): string | undefined {
  return OVERRULING.find(({ path }) => path.join('.') === name)?.variable;
}

/** Puts what the environment says into the settings. Returns name of a setting -> the variable that it comes from. */
function overrule(
  settings: JsonObject,
  env: NodeJS.ProcessEnv,
  faults: string[],
): Map<string, string> {
  const variables = new Map<string, string>();
  for (const { path, variable, kind } of OVERRULING) {
    const text = env[variable];
    if (text === undefined || text === '') continue;
    try {
      put(settings, path, valueOf(text, kind));
      variables.set(path.join('.'), variable);
    } catch {
      faults.push(`${variable}: it is not JSON`);
    }
  }
  if (env.JWKS_URL) {
    put(settings, ['authentication', 'issuers'], [{ jwksUrl: env.JWKS_URL }]);
    variables.set('authentication.issuers.0.jwksUrl', 'JWKS_URL');
  }
  return variables;
}

function valueOf(text: string, kind: string): unknown {
  switch (kind) {
    case 'string':
    case 'enum':
      return text;
    case 'array':
      return text
        .split(',')
        .map(item => item.trim())
        .filter(Boolean);
    case 'record':
    case 'object':
      return JSON.parse(text);
    default:
      return parseScalar(text);
  }
}

export function put(settings: JsonObject, path: string[], value: unknown): void {
  let at = settings;
  for (const step of path.slice(0, -1)) {
    const below = at[step];
    at = isObject(below) ? below : (at[step] = {});
  }
  at[path.at(-1)!] = value;
}

/** One setting of the schema, or a section of settings that is given as a whole. */
export interface Setting {
  path: string[];
  meta: z.core.GlobalMeta;
  /** zod's name for what the setting is. */
  kind: string;
}

export function settingsOf(schema: z.core.$ZodType, path: string[] = []): Setting[] {
  const meta = z.globalRegistry.get(schema) ?? {};
  let inner = schema;
  while ('innerType' in inner._zod.def) inner = inner._zod.def.innerType as z.core.$ZodType;
  if (meta.environment === undefined && inner instanceof z.ZodObject)
    return Object.entries(inner.shape).flatMap(([name, child]) =>
      settingsOf(child as z.core.$ZodType, [...path, name]),
    );
  return [{ path, meta, kind: inner._zod.def.type }];
}
