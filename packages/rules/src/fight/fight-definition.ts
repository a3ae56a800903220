import { z } from 'zod';

/** A figure of one side that changes during a fight. */
const FightVariable = z.object({
  /** Formulas call it `self.key`, and those of the other side `other.key`. */
  key: z.string(),
  name: z.string(),
  /** What it begins with. May use the variables before it. */
  formula: z.string(),
});

/** Gives a variable another value. */
const FightEffect = z.object({
  /** Whose variable. */
  of: z.enum(['SELF', 'OTHER']),
  variable: z.string(),
  formula: z.string(),
});

/** What a side does. */
const FightAction = z.object({
  key: z.string(),
  name: z.string(),
  /** In a fight by TIME: the seconds until it comes again, asked each time. */
  every: z.string().nullable(),
  /** In a fight by TIME: the seconds until it comes first. Null for at once. */
  first: z.string().nullable(),
  /** Whether it has its effects, when it comes; null for always. */
  condition: z.string().nullable(),
  /** One after the other: each sees what those before it did. */
  effects: z.array(FightEffect),
});

const FightSide = z.object({
  /** In a fight by TURNS: who has more goes first; chance decides between equals. */
  speed: z.string().nullable(),
  variables: z.array(FightVariable),
  /** In a fight by TURNS it does the first of them whose condition holds. */
  actions: z.array(FightAction),
});

/** What is told of a fight, by a formula from the build's side at its end. */
const FightMeasure = z.object({
  key: z.string(),
  name: z.string(),
  unit: z.string().nullable(),
  /** A NUMBER, or a CHANCE: how often its condition holds. */
  type: z.enum(['NUMBER', 'CHANCE']),
  formula: z.string(),
});

/** A fight of a build against a target, or of two builds. */
export const FightDefinition = z.object({
  key: z.string(),
  name: z.string(),
  /** TIME: actions come in seconds of their own. TURNS: in each turn, each side does one. */
  pace: z.enum(['TIME', 'TURNS']),
  /** Seconds, or turns: then it ends, whatever happens. */
  limit: z.number(),
  /** Of the build's, or of both in a fight of two. */
  build: FightSide,
  /** Null for a fight of two builds. */
  target: FightSide.nullable(),
  /** Asked after each action, from the build's side: whether it is over. Null for not before the limit. */
  end: z.string().nullable(),
  measures: z.array(FightMeasure),
});

export type FightDefinition = z.infer<typeof FightDefinition>;

export type FightSide = z.infer<typeof FightSide>;

export const FIGHT_PARTS = {
  variable: FightVariable,
  effect: FightEffect,
  action: FightAction,
  side: FightSide,
  measure: FightMeasure,
};
