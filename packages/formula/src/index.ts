export { checkFormula, type FormulaType, orderStats, statsIn, type Vocabulary } from './check.js';
export { type Environment, type EquippedItem, evaluate } from './evaluate.js';
export { parseFormula } from './parse.js';
export { FormulaError, type Node } from './syntax.js';
