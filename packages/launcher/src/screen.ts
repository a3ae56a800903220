import pc from 'picocolors';
import type { System } from './system.js';

/** What one wants to know when everything runs. */
export function screen(system: System): string {
  const { origin, host } = new URL(system.graphqlUrl);
  const began = Number(process.env.GAMEGRAPH_BEGAN) || Date.now() - process.uptime() * 1000;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const line = (name: string, ...texts: string[]) =>
    `  ${pc.bold(name.padEnd(11))}${texts.join('   ')}`;
  return [
    '',
    `  ${pc.green(pc.bold('Gamegraph'))}  ready in ${seconds} s`,
    '',
    line('GraphQL', `${origin}/graphql`, pc.dim(`ws://${host}/graphql`)),
    line('Explorer', `${origin}/explorer`),
    line('Health', `${origin}/readyz`, pc.dim(`${origin}/metrics`)),
    '',
    line(
      'Log in as',
      ...['player@demo', 'studio@demo', 'analyst@demo', 'admin@demo'].map(pc.cyan),
      pc.dim('password: demo'),
    ),
    '',
    pc.dim('  Ctrl-C stops everything. npm start -- --reset starts over.'),
    '',
  ].join('\n');
}
