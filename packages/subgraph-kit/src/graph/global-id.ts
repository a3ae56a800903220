import { notFound } from './errors.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The id that clients see: opaque, and unique over all types, so that `node(id)` can tell what it is.
 *
 * @see https://relay.dev/graphql/objectidentification.htm
 */
export function globalId(typeName: string, uuid: string): string {
  return Buffer.from(`${typeName}:${uuid}`).toString('base64url');
}

/**
 * The uuid within a global id.
 *
 * @throws GraphError NOT_FOUND when it is no id of that type: a stranger's id, and none at all, are told alike
 */
export function uuidOf(typeName: string, id: string): string {
  return tryUuidOf(typeName, id) ?? throwNotFound(typeName);
}

/** The uuid within a global id, or undefined when it is no id of that type. */
export function tryUuidOf(typeName: string, id: string): string | undefined {
  const text = Buffer.from(id, 'base64url').toString();
  const uuid = text.slice(typeName.length + 1);
  return text.startsWith(`${typeName}:`) && UUID.test(uuid) ? uuid : undefined;
}

function throwNotFound(typeName: string): never {
  throw notFound(typeName);
}
