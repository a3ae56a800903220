import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { ROOT } from '@gamegraph/launcher';
import { buildSchema, type GraphQLObjectType, parse } from 'graphql';
import { atOrigin, type Stage } from './stage.js';

export const DATA_DIRECTORY = join(ROOT, 'bench', 'router');

interface Data {
  users: { id: string; name: string; username: string; birthday: number }[];
  products: { upc: string; name: string; price: number; weight: number }[];
  inventory: Record<string, boolean>;
  reviews: { id: string; body: string; upc: string }[];
}

/** The fields of a @requires, which are in a representation and nowhere else in its subgraph. */
interface Required {
  price?: number;
  weight?: number;
}

/** The public gateways workload: users, products, and reviews that lead from one to the other in circles. */
export function publicStage(): Stage {
  const read = (name: string) => readFileSync(join(DATA_DIRECTORY, name), 'utf8');
  const world = new World(JSON.parse(read('data.json')) as Data);
  const subgraph = (name: string) =>
    buildSubgraphSchema([
      {
        typeDefs: parse(read(`${name}.graphql`)),
        resolvers: { Query: world.roots(name), ...world.entities(name) },
      },
    ]);
  const names = ['accounts', 'inventory', 'products', 'reviews'];
  const supergraph = read('supergraph.graphql');
  const merged = buildSchema(supergraph);
  const query: GraphQLObjectType = merged.getQueryType()!;
  for (const [name, resolve] of Object.entries({
    ...world.roots('accounts'),
    ...world.roots('products'),
  })) {
    query.getFields()[name]!.resolve = resolve;
  }
  return {
    supergraph: origin => atOrigin(supergraph, origin),
    subgraphs: new Map(names.map(name => [name, subgraph(name)])),
    merged,
    isRepeated: true,
  };
}

/**
 * What the subgraphs know. Every key ends in the seed that the request came with, so that two requests with other seeds
 * have no part in common that could be kept, or asked only once.
 */
class World {
  constructor(private readonly data: Data) {}

  roots(subgraph: string) {
    const { users, products } = this.data;
    const accounts = {
      users: (_: unknown, { seed }: { seed?: number }) =>
        users.map(({ id }) => this.#user(withSeed(id, seed))),
    };
    const products_ = {
      topProducts: (_: unknown, { first, seed }: { first: number; seed?: number }) =>
        products.slice(0, first).map(({ upc }) => this.#product(withSeed(upc, seed))),
    };
    return { ...(subgraph === 'accounts' && accounts), ...(subgraph === 'products' && products_) };
  }

  entities(subgraph: string) {
    const User = { __resolveReference: ({ id }: { id: string }) => this.#user(id) };
    const Review = { __resolveReference: ({ id }: { id: string }) => this.#review(id) };
    const Product = {
      __resolveReference: ({ upc, ...required }: { upc: string } & Required) =>
        this.#product(upc, subgraph === 'inventory' ? required : undefined),
    };
    return {
      ...(subgraph !== 'inventory' && subgraph !== 'products' && { User }),
      ...(subgraph !== 'accounts' && { Product }),
      ...(subgraph === 'reviews' && { Review }),
    };
  }

  #user(id: string): object {
    const { key, seed } = keyOf(id);
    return {
      ...this.data.users.find(user => user.id === key),
      ...{ __typename: 'User', id },
      reviews: () => this.data.reviews.slice(0, 2).map(each => this.#review(each.id + seed)),
    };
  }

  #product(upc: string, required?: Required): object {
    const { key, seed } = keyOf(upc);
    const product = this.data.products.find(each => each.upc === key)!;
    const { price, weight } = required ?? product;
    return {
      ...product,
      ...{ __typename: 'Product', upc },
      inStock: this.data.inventory[key],
      shippingEstimate: price! > 1000 ? 0 : Math.floor(weight! / 2),
      reviews: () =>
        this.data.reviews
          .filter(review => review.upc === key)
          .map(review => this.#review(review.id + seed)),
    };
  }

  #review(id: string): object {
    const { key, seed } = keyOf(id);
    const review = this.data.reviews.find(each => each.id === key)!;
    return {
      ...{ __typename: 'Review', id, body: review.body },
      product: () => this.#product(review.upc + seed),
      author: () => this.#user(`1${seed}`),
    };
  }
}

function withSeed(key: string, seed: number | undefined): string {
  return seed === undefined ? key : `${key}-${seed}`;
}

function keyOf(id: string): { key: string; seed: string } {
  const [key] = id.split('-', 1);
  return { key: key!, seed: id.slice(key!.length) };
}
