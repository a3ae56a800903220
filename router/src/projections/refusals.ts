import { GraphQLError } from 'graphql';
import type { RequestContext } from '../core.js';

/** Both the router and this ask: the field's answer must not depend on one of the two alone. */
export function requirePermission(
  { principal: { viewer } }: RequestContext,
  permission: string,
): string {
  if (!viewer) throw refusal('UNAUTHENTICATED', 'Sign in first.');
  if (!viewer.permissions.has(permission))
    throw refusal('FORBIDDEN', `This needs the permission ${permission}.`);
  return viewer.userId;
}

export function badInput(message: string): GraphQLError {
  return refusal('BAD_USER_INPUT', message);
}

/** Nothing has this name; `known` do. */
export function unknownName(what: string, name: string, known: string[]): GraphQLError {
  return badInput(`There is no ${what} ${JSON.stringify(name)}. There are: ${known.join(', ')}.`);
}

export function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
