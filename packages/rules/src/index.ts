export {
  type Fault,
  faultsOf,
  type Outcome,
  type StatValue,
  type Violation,
  workOut,
} from './build.js';
export { checkFile, type FileFault } from './check-file.js';
export { CompiledRules } from './compiled-rules.js';
export { costOfBuild, costOfItem } from './cost.js';
export { explainStat } from './explain-stat.js';
export { withoutNoise } from './formula/arithmetic.js';
export type { Explanation, Part } from './formula/explain.js';
export { FightDefinition } from './fight/fight-definition.js';
export { FightProblem } from './fight/fight.js';
export {
  FightSimulation,
  ITERATIONS_MAX,
  ITERATIONS_MIN,
  type MeasureEstimate,
  type SimulationPlan,
} from './fight/simulation.js';
export type { TallyState } from './fight/tally.js';
export { FileChecker } from './file-checker.js';
export { FormulaError } from './formula/syntax.js';
export { gameOf } from './games.js';
export { type Sensitivity, sensitivityOf } from './sensitivity.js';
export { faultOfType, faultsOfItem } from './item-faults.js';
export { type DefinitionFault, faultsOfRuleSet, isNumeric, ITEMS_MAX } from './rule-faults.js';
export * from './rule-set.js';
export { chosenOf, withItemAt } from './placements.js';
export { itemsOf, RuleFile, ShortRuleSet } from './rule-file.js';
export { type Answer, type Conflict, optimise, type Optimum } from './optimise/optimise.js';
export { type Question, withObjective } from './optimise/find-best.js';
export { type Upgrade, upgradesOf } from './optimise/upgrades.js';
