/** A subgraph as the launcher starts it: `subgraphs/<name>/dist/main.js`. */
export interface SubgraphEntry {
  name: string;
  /** Variables that it wants a secret of its own in; made once, and kept in the state's folder. */
  secrets?: string[];
  env?: Record<string, string>;
}

/** The subgraphs of this supergraph. A new one is a folder in `subgraphs/` and a line here. */
export const SUBGRAPHS: SubgraphEntry[] = [
  { name: 'users', secrets: ['SIGNING_KEY_SECRET'], env: { PASSWORD_LENGTH_MIN: '4' } },
  { name: 'games' },
  { name: 'builds' },
  { name: 'library' },
  { name: 'payments', secrets: ['PROVIDER_WEBHOOK_SECRET'], env: { PAYMENT_PROVIDER: 'fake' } },
  { name: 'social' },
];
