import pc from 'picocolors';

/** What one wants to know when everything runs. */
export function screen(graphqlUrl: string): string {
  const { origin, host } = new URL(graphqlUrl);
  const began = Number(process.env.GAMEGRAPH_BEGAN) || Date.now() - process.uptime() * 1000;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const line = (name: string, ...texts: string[]) =>
    `  ${pc.bold(name.padEnd(11))}${texts.join('   ')}`;
  const accounts = ['player@demo', 'studio@demo', 'analyst@demo', 'admin@demo'];
  return [
    '',
    `  ${pc.green(pc.bold('Gamegraph'))}  ready in ${seconds} s`,
    '',
    line('GraphQL', `${origin}/graphql`, pc.dim(`ws://${host}/graphql`)),
    line('Explorer', `${origin}/explorer`),
    line('Health', `${origin}/readyz`, pc.dim(`${origin}/metrics`)),
    '',
    line('Log in as', ...accounts.map(pc.cyan), pc.dim('password: demo')),
    '',
    pc.dim(
      '  Ctrl-C stops everything.   npm start -- --reset starts over.   npm run drift audits every copy.',
    ),
    '',
  ].join('\n');
}

/** How much there is, as anyone can see it. */
export async function countData(graphqlUrl: string): Promise<{ users: number; words: string }> {
  const counts = ['users', 'games', 'builds'];
  const query = `{ ${counts.map(name => `${name}(first: 1) { totalCount }`).join(' ')} }`;
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as { data: Record<string, { totalCount: number }> };
  const words = counts.map(name => `${data[name]!.totalCount} ${name}`).join(' · ');
  return { users: data.users!.totalCount, words };
}
