import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PERMISSIONS, permissionsOf, Role } from './role.js';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

describe('permissions', () => {
  it('are those of docs/permissions.md, with their roles', () => {
    const document = readFileSync(resolve(ROOT, 'docs/permissions.md'), 'utf8');
    const documented = [...document.matchAll(/^\| `([a-z:]+)` +\|.*\| ([A-Z, ]+?) +\|$/gm)].map(
      ([, permission, roles]) => [permission, roles!.split(', ').sort()],
    );
    const known = [...new Set(Object.values(PERMISSIONS).flat())].sort();
    const rolesWith = (permission: string) =>
      Object.values(Role)
        .filter(role => PERMISSIONS[role].includes(permission))
        .sort();
    assert.deepEqual(
      documented,
      known.map(permission => [permission, rolesWith(permission)]),
    );
  });

  it('of several roles are those of each, once', () => {
    assert.deepEqual(permissionsOf([Role.PLAYER]), []);
    assert.deepEqual(permissionsOf([Role.ANALYST, Role.DEVELOPER, Role.ANALYST]), [
      'analytics:read',
      'games:create',
    ]);
  });
});
