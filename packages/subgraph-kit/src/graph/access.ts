import { GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { type AuthChecker, Authorized, Directive, Extensions } from 'type-graphql';
import { forbidden, unauthenticated } from './errors.js';
import type { GraphContext, Viewer } from './viewer.js';

/** Anyone may ask this, signed in or not. A root field says so, or what it demands: access-less is a failing test. */
export function Public(): MethodDecorator & PropertyDecorator {
  return Extensions({ access: 'public' });
}

/** Whoever is signed in may ask this. Enforced by the router before it plans, and again here. */
export function Authenticated(): MethodDecorator & PropertyDecorator {
  return both(Directive('@authenticated'), Authorized());
}

/** Only a viewer with all these permissions may ask this. Enforced by the router before it plans, and again here. */
export function RequiresScopes(...permissions: string[]): MethodDecorator & PropertyDecorator {
  const scopes = JSON.stringify([permissions]);
  return both(Directive(`@requiresScopes(scopes: ${scopes})`), Authorized(permissions));
}

/** type-graphql's check behind `@Authorized`, in our words. */
export const authChecker: AuthChecker<GraphContext, string> = (
  { context: { viewer } },
  permissions,
) => {
  if (!viewer) throw unauthenticated();
  for (const permission of permissions) requirePermission(viewer, permission);
  return true;
};

/** @throws GraphError UNAUTHENTICATED when nobody is signed in */
export function requireViewer(context: GraphContext): Viewer {
  if (!context.viewer) throw unauthenticated();
  return context.viewer;
}

/** @throws GraphError FORBIDDEN naming what is missing */
export function requirePermission(viewer: Viewer | undefined, permission: string): void {
  if (!viewer) throw unauthenticated();
  if (!viewer.permissions.has(permission))
    throw forbidden(`This needs the permission ${permission}.`);
}

/** The root fields that neither demand anything nor say that they are public. */
export function undecidedFields(schema: GraphQLSchema): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots
    .filter(root => root instanceof GraphQLObjectType)
    .flatMap(root => Object.values(root.getFields()).map(field => ({ root, field })))
    .filter(({ field }) => !field.name.startsWith('_') && field.extensions.access !== 'public')
    .filter(({ field }) => !/@(authenticated|requiresScopes)\b/.test(directivesOf(field.astNode)))
    .map(({ root, field }) => `${root.name}.${field.name}`);
}

function directivesOf(
  node: { directives?: readonly { name: { value: string } }[] } | null | undefined,
): string {
  return (node?.directives ?? []).map(({ name }) => `@${name.value}`).join(' ');
}

function both(
  ...decorators: (MethodDecorator & PropertyDecorator)[]
): MethodDecorator & PropertyDecorator {
  return (target: object, property: string | symbol, descriptor?: PropertyDescriptor) => {
    for (const decorate of decorators)
      (decorate as PropertyDecorator & MethodDecorator)(target, property, descriptor as never);
  };
}
