import type { Random } from '@gamegraph/seed/random';
import type { Crowd } from '../crowd.js';
import type { Stage } from '../stage.js';

/** Where a fault strikes. */
export interface Scene {
  stage: Stage;
  crowd: Crowd;
  /** Events that are to be found in dead-letter topics, by their ids. */
  poisoned: Set<string>;
  /** How long something is gone that is gone for long. */
  outageMs: number;
}

/** What was done, and how it is undone. */
export interface Recovery {
  /** In a few words. */
  what: string;
  /** After how long it is undone: at once, if not said. */
  holdMs?: number;
  mend?(): Promise<unknown>;
}

/** A row of the fault matrix. */
export interface Fault {
  /** As in the matrix: F1. */
  name: string;
  description: string;
  /** Why it cannot be here; undefined where it can. */
  impossible?(stage: Stage): string | undefined;
  inject(scene: Scene, random: Random): Promise<Recovery>;
}

export const onlyOnKafka = ({ kafka }: Stage) =>
  kafka ? undefined : 'exists on Kafka alone: --bus kafka';
