import { registerEnumType } from 'type-graphql';

/** What somebody is on this platform; each role is a set of permissions. */
export enum Role {
  PLAYER = 'PLAYER',
  DEVELOPER = 'DEVELOPER',
  MODERATOR = 'MODERATOR',
  ANALYST = 'ANALYST',
  ADMIN = 'ADMIN',
}

registerEnumType(Role, {
  name: 'Role',
  description: 'What somebody is on this platform. Clients must expect further values.',
  valuesConfig: {
    PLAYER: { description: 'Plays, buys, builds and talks. Everyone is one.' },
    DEVELOPER: { description: 'Founds studios, and publishes games for them.' },
    MODERATOR: { description: 'Suspends accounts, and hides what breaks the rules.' },
    ANALYST: { description: 'Reads statistics over all games and players.' },
    ADMIN: { description: 'Operates the platform.' },
  },
});

/** docs/permissions.md explains each; a test keeps the two equal. */
export const PERMISSIONS: Record<Role, readonly string[]> = {
  [Role.PLAYER]: [],
  [Role.DEVELOPER]: ['games:create'],
  [Role.MODERATOR]: ['users:suspend', 'games:moderate', 'builds:moderate'],
  [Role.ANALYST]: ['analytics:read'],
  [Role.ADMIN]: [
    ...['games:create', 'users:suspend', 'games:moderate', 'builds:moderate', 'analytics:read'],
    ...['users:grant', 'payments:operate', 'system:operate'],
  ],
};

export function permissionsOf(roles: readonly Role[]): string[] {
  return [...new Set(roles.flatMap(role => PERMISSIONS[role] ?? []))].sort();
}
