import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// It takes no supergraph, but a configuration that its own tool makes of the subgraphs' schemas. Arguments: the router's
// executable, the folder that the schemas are in, and the supergraph's file, for where the subgraphs are.
const [router, directory, supergraph] = process.argv.slice(2);
const [, origin] = /url: "(.*)\/accounts"/.exec(readFileSync(supergraph, 'utf8'));
const subgraphs = ['accounts', 'inventory', 'products', 'reviews'].map(name => ({
  name,
  routing_url: `${origin}/${name}`,
  schema: { file: join(directory, `${name}.graphql`) },
}));
writeFileSync('cosmo-graph.json', JSON.stringify({ version: 1, subgraphs }));
const wgc = join(import.meta.dirname, 'node_modules', 'wgc', 'dist', 'src', 'index.js');
const compose = ['router', 'compose', '-i', 'cosmo-graph.json', '-o', 'cosmo-config.json'];
execFileSync(process.execPath, [wgc, ...compose, '--suppress-warnings'], { stdio: 'inherit' });
const child = spawn(router, { stdio: 'inherit' });
process.on('SIGTERM', () => child.kill());
child.on('exit', code => process.exit(code ?? 1));
