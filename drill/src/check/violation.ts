/** What a violation counts as in the drill's result. */
export type Damage = 'lost' | 'duplicated' | 'drift' | 'ledger' | 'other';

/** Something that must hold, and does not. */
export interface Violation {
  /** I1 to I13, as docs/reliability.md has them. */
  invariant: string;
  damage: Damage;
  /** What is wrong, in words. */
  told: string;
  /** The entry of the history that it is about. */
  n?: number;
}
