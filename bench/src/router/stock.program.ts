import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

// A stock @apollo/gateway in @apollo/server, as their documents show it. Arguments: the supergraph's file, the port.
const [file, port] = process.argv.slice(2);
const server = new ApolloServer({
  gateway: new ApolloGateway({ supergraphSdl: readFileSync(file!, 'utf8') }),
  nodeEnv: 'production',
});
await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: Number(port) } });
