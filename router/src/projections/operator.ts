import { IDENTITY_HEADER, IdentitySigner } from '@gamegraph/identity';

const TIMEOUT_MS = 30_000;

/** A subgraph did not do what the operator asked. */
export class OperatorFailure extends Error {
  override name = 'OperatorFailure';

  constructor(
    readonly subgraph: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Asks subgraphs what only the operator may: the router's key proves that it is one of us. */
export class Operator {
  readonly #signer: IdentitySigner;

  constructor(
    routerKey: ConstructorParameters<typeof IdentitySigner>[0],
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
    const asked = fetch(new URL(target, this.subgraphs.get(subgraph)), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { [IDENTITY_HEADER]: this.#signer.sign(subgraph, about, identity) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body }),
    });
    const response = await asked.catch((cause: unknown) => {
      throw new OperatorFailure(subgraph, `${subgraph} is not reachable now.`, { cause });
    });
    if (response.ok) return (await response.json()) as T;
    const told = `${subgraph}${target} answered ${response.status}: ${await response.text()}`;
    throw new OperatorFailure(subgraph, told);
  }
}
