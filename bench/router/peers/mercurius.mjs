import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import gateway from '@mercuriusjs/gateway';
import Fastify from 'fastify';

// It takes no supergraph, but the subgraphs' schemas, as federation 1 has them. Arguments: the folder that they are in,
// the supergraph's file, for where the subgraphs are, and the port.
const [directory, supergraph, port] = process.argv.slice(2);
const [, origin] = /url: "(.*)\/accounts"/.exec(readFileSync(supergraph, 'utf8'));
const services = ['accounts', 'inventory', 'products', 'reviews'].map(name => ({
  name,
  url: `${origin}/${name}`,
  schema: readFileSync(join(directory, `${name}.graphql`), 'utf8'),
  mandatory: true,
  connections: 128,
}));
const app = Fastify();
app.register(gateway, { jit: 1, gateway: { services } });
await app.listen({ port: Number(port), host: '127.0.0.1' });
