import { IDENTITY_HEADER, IdentitySigner } from '@gamegraph/identity';
import type { SigningJwk } from './secrets.js';

/** Asks subgraphs what only the operator may: the router's key proves that it is one of us. */
export class Operator {
  readonly #signer: IdentitySigner;

  constructor(
    routerKey: SigningJwk,
    private readonly subgraphs: ReadonlyMap<string, string>,
  ) {
    this.#signer = new IdentitySigner(routerKey);
  }

  get names(): string[] {
    return [...this.subgraphs.keys()];
  }

  get<T>(subgraph: string, path: string, query: Record<string, string> = {}): Promise<T> {
    const search = new URLSearchParams(query).toString();
    const target = `/internal/${path}${search ? `?${search}` : ''}`;
    return this.#send(subgraph, target, target);
  }

  post<T>(subgraph: string, path: string, body: object): Promise<T> {
    const text = JSON.stringify(body);
    return this.#send(subgraph, `/internal/${path}`, text, text);
  }

  async #send<T>(subgraph: string, target: string, about: string, body?: string): Promise<T> {
    const identity = { viewer: undefined, client: {}, isOperator: true };
    const response = await fetch(new URL(target, this.subgraphs.get(subgraph)), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { [IDENTITY_HEADER]: this.#signer.sign(subgraph, about, identity) },
      ...(body !== undefined && { body }),
    });
    if (!response.ok)
      throw new Error(`${subgraph}${target} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
