import { isAtMost, isLess } from '../formula/arithmetic.js';
import { type Expression, type Feature, partsOf, ROUND } from './expression.js';

/** Arithmetic's noise tolerance and more: a bound lies so much beside what it bounds, and never within it. */
const TOLERANCE = 2e-6;

/** From and to, of each variable. */
export interface Box {
  lo: Float64Array;
  hi: Float64Array;
}

/** `constant + factors * variables`: nowhere within the box below the score of a build that does all that is demanded. */
export interface AffineBound {
  constant: number;
  factors: Float64Array;
}

/**
 * What more of a variable does to the objective and to what is demanded: nothing; so much to the objective, always, and
 * nothing else; good or nothing; harm or nothing; now this, now that.
 */
export type Sense = 'NONE' | 'LINEAR' | 'GOOD' | 'BAD' | 'MIXED';

/** With linear forms of features for variables. */
type Step =
  | { op: 'variable'; variable: number; isSum: boolean }
  | Exclude<Expression, { op: 'extreme' }>;

/**
 * An objective and what is demanded, over variables: linear forms of what items add to, each of which is there once. Bounds
 * within a box of them are affine, so that they are the sum of what each item adds to them.
 *
 * The bounds of products are those of McCormick (Mathematical Programming 10, 1976), of caps and steps chords and tangents;
 * what is demanded is part of the bound with weights, as Lagrange has it. Where the objective is a product, its logarithm is
 * bounded: that of each factor by a tangent, which is exact where it touches.
 */
export class Model {
  /** Of each variable that is a sum: what it is the sum of. */
  readonly forms: { feature: number; factor: number }[][] = [];
  /** Of the variables behind those: the feature, a highest or lowest. */
  readonly extremes: number[] = [];
  /** Whether each of them is a highest or a lowest. */
  readonly extremesAre: Feature['how'][];
  /** Whether all can be told from the variables. */
  readonly isExact: boolean;
  /** Whether what is bounded is the logarithm of the objective. */
  readonly isLogarithmic: boolean;
  readonly senses: Sense[];
  /** Of those whose sense is LINEAR: how much. */
  readonly slopes: Float64Array;
  /** The numbers of bounds that can be chosen, each from 0 to 1, and then of the weights of demands, from 0. */
  readonly #mixes = new Map<string, number>();
  readonly #steps: Step[] = [];
  readonly #objective: number;
  readonly #demands: number[];
  readonly #conditions: number[];
  /** All steps, and those that demands depend on. */
  readonly #all: readonly number[];
  readonly #demanding: readonly number[];
  readonly #values: Float64Array;
  readonly #lo: Float64Array;
  readonly #hi: Float64Array;
  readonly #upper: Float64Array;
  readonly #lower: Float64Array;
  #choices: Float64Array = new Float64Array(0);

  /**
   * @param demands what must be true of every build
   * @param conditions what must be true of some: each number is that of `isTrue`
   */
  constructor(
    nodes: readonly Expression[],
    objective: number,
    demands: readonly number[],
    conditions: readonly number[],
    features: readonly Feature[],
    rootOf: (model: Pick<Model, 'forms' | 'extremes' | 'extremesAre'>) => Box,
  ) {
    const places = this.#place(nodes, [objective, ...demands, ...conditions]);
    const place = (id: number) => places.get(id)!;
    this.#objective = place(objective);
    this.#conditions = conditions.map(place);
    const count = this.#steps.length;
    this.#values = new Float64Array(count);
    this.#lo = new Float64Array(count);
    this.#hi = new Float64Array(count);
    this.#upper = new Float64Array(count * (this.size + 1));
    this.#lower = new Float64Array(count * (this.size + 1));
    this.isExact = this.#steps.every(({ op }) => op !== 'opaque');
    this.extremesAre = this.extremes.map(feature => features[feature]!.how);
    this.root = rootOf(this);
    this.#all = [...this.#steps.keys()];
    this.#spread(this.root);
    this.#demands = demands.map(place).filter(at => this.#lo[at]! < 1);
    this.#demanding = this.#neededFor(this.#demands);
    this.isLogarithmic = this.#lo[this.#objective]! > 0 && this.#isProduct(this.#objective);
    this.slopes = new Float64Array(this.size);
    this.senses = this.#findSenses();
    for (const [at, { op }] of this.#steps.entries())
      for (const side of SIDES[op] ?? []) this.#mixes.set(`${at} ${side}`, this.#mixes.size);
    this.mixes = this.#mixes.size;
    this.weights = this.#demands.length;
  }

  /** What the variables may be, of any build. */
  readonly root: Box;
  readonly mixes: number;
  readonly weights: number;

  get size(): number {
    return this.forms.length + this.extremes.length;
  }

  /** The score of an objective: what is bounded. */
  scoreOf(objective: number): number {
    return this.isLogarithmic ? Math.log(objective) : objective;
  }

  objectiveOf(score: number): number {
    return this.isLogarithmic ? Math.exp(score) : score;
  }

  /** Where steps and caps change their course, if that depends on one variable alone. */
  get corners(): { variable: number; at: number }[] {
    return this.#steps.flatMap(step => {
      if (step.op !== 'step' && step.op !== 'least' && step.op !== 'most') return [];
      const [factors, constant] =
        step.op === 'step' ? this.#linearOf(step.a) : this.#linearOf(step.a, step.b);
      const [first, ...others] = factors ?? [];
      if (!first || others.length > 0 || first[1] === 0) return [];
      return [{ variable: first[0], at: -constant / first[1] }];
    });
  }

  /** A step, or the difference of two, as factors of variables and a constant; if that is what it is. */
  #linearOf(one: number, other?: number): [[number, number][] | undefined, number] {
    const factors = new Map<number, number>();
    let constant = 0;
    const visit = (at: number, by: number): boolean => {
      const step = this.#steps[at]!;
      if (step.op === 'variable')
        factors.set(step.variable, (factors.get(step.variable) ?? 0) + by);
      else if (step.op === 'linear') {
        constant += by * step.constant;
        return step.terms.every(([term, factor]) => visit(term, by * factor));
      } else return false;
      return true;
    };
    const isLinear = visit(one, 1) && (other === undefined || visit(other, -1));
    return [isLinear ? [...factors] : undefined, constant];
  }

  /** The objective of a build; NaN when it has none, or something that is demanded is untrue. */
  evaluate(variables: Float64Array): number {
    this.#evaluate(variables);
    return this.#demands.every(at => this.#values[at] === 1) ? this.#values[this.#objective]! : NaN;
  }

  /** Of the build that was evaluated last. */
  isTrue(condition: number): boolean {
    return this.#values[this.#conditions[condition]!] === 1;
  }

  /** No build scores less. */
  get leastScore(): number {
    this.#spread(this.root);
    const least = this.#lo[this.#objective]!;
    return this.isLogarithmic ? Math.log(least) : least;
  }

  /** The variables that demands depend on. */
  get demandedVariables(): number[] {
    return this.#demanding.flatMap(at => {
      const step = this.#steps[at]!;
      return step.op === 'variable' ? [step.variable] : [];
    });
  }

  /** What a build within a box scores at most, by the least and most of each variable alone. */
  mostIn(box: Box): number {
    this.#spread(box);
    const most = this.#hi[this.#objective]!;
    return this.isLogarithmic ? Math.log(most) : most;
  }

  /** Whether something that is demanded is untrue of all builds within a box. */
  isImpossible(box: Box): boolean {
    this.#spread(box, this.#demanding);
    return this.#demands.some(at => this.#hi[at]! < 1);
  }

  /**
   * An upper bound of the score within a box.
   *
   * @param near where tangents touch: best where the best builds are
   * @param choices of `mixes` and `weights`
   */
  bound(box: Box, near: Float64Array, choices: Float64Array): AffineBound {
    this.#choices = choices;
    this.#spread(box);
    this.#evaluate(near);
    const all = this.size;
    for (const [at, step] of this.#steps.entries()) this.#relax(at, step);
    const sum: AffineBound = { constant: 0, factors: new Float64Array(all) };
    if (this.isLogarithmic) this.#addLogarithm(this.#objective, 1, sum);
    else this.#addTo(sum, this.#objective, 1);
    for (const [n, at] of this.#demands.entries()) {
      const weight = choices[this.mixes + n]!;
      if (weight === 0) continue;
      const step = this.#steps[at]!;
      this.#addTo(sum, step.op === 'step' ? step.a : at, weight);
      sum.constant += weight * (TOLERANCE - (step.op === 'step' ? 0 : 1));
    }
    return sum;
  }

  /** By how much a demand is met, at most, by what `bound` has worked out last. */
  slack(demand: number, variables: Float64Array): number {
    const at = this.#demands[demand]!;
    const step = this.#steps[at]!;
    const start = (step.op === 'step' ? step.a : at) * (this.size + 1);
    let slack = this.#upper[start + this.size]! - (step.op === 'step' ? 0 : 1) + TOLERANCE;
    for (let n = 0; n < this.forms.length; n++) slack += this.#upper[start + n]! * variables[n]!;
    return slack;
  }

  /** What to begin with: of steps the lines, which are exact at whole numbers, and of the others the middle; no weights. */
  firstChoices(): Float64Array {
    const choices = new Float64Array(this.mixes + this.weights).fill(0.5, 0, this.mixes);
    for (const [at, { op }] of this.#steps.entries())
      if (op === 'step')
        for (const side of SIDES.step!) choices[this.#mixes.get(`${at} ${side}`)!] = 1;
    return choices;
  }

  /** The nodes that are needed, with linear forms made into variables. */
  #place(nodes: readonly Expression[], roots: readonly number[]): Map<number, number> {
    const reached = new Set<number>();
    const reach = (id: number): void => {
      if (reached.has(id)) return;
      reached.add(id);
      for (const part of partsOf(nodes[id]!)) reach(part);
    };
    roots.forEach(reach);
    const places = new Map<number, number>();
    const known = new Map<string, number>();
    const place = (id: number) => places.get(id)!;
    const push = (step: Step) => this.#steps.push(step) - 1;
    for (const id of [...reached].toSorted((a, b) => a - b)) {
      const node = nodes[id]!;
      if (node.op === 'extreme') {
        // Behind the sums, whose number is not known yet.
        const variable = this.extremes.push(node.feature) - 1;
        places.set(id, push({ op: 'variable', variable, isSum: false }));
      } else if (node.op === 'linear') {
        const terms = node.terms.map(([term, by]): [number, number] => [place(term), by]);
        const scale = node.features[0]?.[1] ?? 1;
        const form = node.features.map(([feature, by]) => ({ feature, factor: by / scale }));
        if (form.length > 0) {
          const key = JSON.stringify(form);
          const at =
            known.get(key) ??
            push({ op: 'variable', variable: this.forms.push(form) - 1, isSum: true });
          known.set(key, at);
          terms.push([at, scale]);
        }
        places.set(id, push({ ...node, features: [], terms }));
      } else {
        places.set(id, push(mapped(node, place)));
      }
    }
    for (const [at, step] of this.#steps.entries())
      if (step.op === 'variable' && !step.isSum)
        this.#steps[at] = { ...step, variable: this.forms.length + step.variable };
    return places;
  }

  #neededFor(places: readonly number[]): number[] {
    const needed = new Set<number>();
    const visit = (at: number): void => {
      if (needed.has(at)) return;
      needed.add(at);
      const step = this.#steps[at]!;
      if (step.op !== 'variable') partsOf(step).forEach(visit);
    };
    places.forEach(visit);
    return [...needed].toSorted((a, b) => a - b);
  }

  #evaluate(variables: Float64Array): void {
    const v = this.#values;
    for (const [at, step] of this.#steps.entries()) {
      switch (step.op) {
        case 'variable':
          v[at] = variables[step.variable]!;
          if (!Number.isFinite(v[at])) v[at] = 0; // the highest of no items
          break;
        case 'linear': {
          let sum = step.constant;
          for (const [term, by] of step.terms) sum += v[term]! * by;
          v[at] = sum;
          break;
        }
        case 'times':
          v[at] = v[step.a]! * v[step.b]!;
          break;
        case 'inverse':
          v[at] = v[step.a] === 0 ? NaN : 1 / v[step.a]!;
          break;
        case 'least':
          v[at] = Math.min(v[step.a]!, v[step.b]!);
          break;
        case 'most':
          v[at] = Math.max(v[step.a]!, v[step.b]!);
          break;
        case 'step': {
          const a = v[step.a]!;
          v[at] = Number.isNaN(a) ? NaN : Number(step.isStrict ? isLess(0, a) : isAtMost(0, a));
          break;
        }
        case 'round':
          v[at] = ROUND[step.how](v[step.a]!);
          break;
        case 'curve':
          v[at] = onCurve(step, v[step.a]!);
          break;
        case 'power':
          v[at] = v[step.a]! ** step.exponent;
          break;
        case 'choose':
          v[at] = v[step.condition] === 1 ? v[step.a]! : v[step.b]!;
          break;
        case 'opaque':
          v[at] = NaN;
      }
    }
  }

  /** The least and the most that each step comes to within a box. */
  #spread(box: Box, steps: readonly number[] = this.#all): void {
    const [lo, hi] = [this.#lo, this.#hi];
    const set = (at: number, least: number, most: number) => {
      lo[at] = Number.isNaN(least) ? -Infinity : least;
      hi[at] = Number.isNaN(most) ? Infinity : most;
    };
    for (const at of steps) {
      const step = this.#steps[at]!;
      switch (step.op) {
        case 'variable':
          set(at, box.lo[step.variable]!, box.hi[step.variable]!);
          break;
        case 'linear': {
          let [least, most] = [step.constant, step.constant];
          for (const [term, by] of step.terms) {
            least += by * (by > 0 ? lo[term]! : hi[term]!);
            most += by * (by > 0 ? hi[term]! : lo[term]!);
          }
          set(at, least, most);
          break;
        }
        case 'times': {
          const [least, most] = product(lo[step.a]!, hi[step.a]!, lo[step.b]!, hi[step.b]!);
          set(at, least, most);
          break;
        }
        case 'inverse': {
          const isWhole = lo[step.a]! <= 0 && hi[step.a]! >= 0;
          set(at, isWhole ? -Infinity : 1 / hi[step.a]!, isWhole ? Infinity : 1 / lo[step.a]!);
          break;
        }
        case 'least':
          set(at, Math.min(lo[step.a]!, lo[step.b]!), Math.min(hi[step.a]!, hi[step.b]!));
          break;
        case 'most':
          set(at, Math.max(lo[step.a]!, lo[step.b]!), Math.max(hi[step.a]!, hi[step.b]!));
          break;
        case 'step': {
          const isSure = lo[step.a]! > TOLERANCE || (!step.isStrict && lo[step.a]! >= 0);
          const isNever = hi[step.a]! < -TOLERANCE || (step.isStrict && hi[step.a]! <= 0);
          set(at, isSure ? 1 : 0, isNever ? 0 : 1);
          break;
        }
        case 'round':
          set(at, ROUND[step.how](lo[step.a]!), ROUND[step.how](hi[step.a]!));
          break;
        case 'curve': {
          const [least, most] = rangeOfCurve(step, lo[step.a]!, hi[step.a]!);
          set(at, least, most);
          break;
        }
        case 'power':
          if (lo[step.a]! > 0) {
            const ends = [lo[step.a]! ** step.exponent, hi[step.a]! ** step.exponent];
            set(at, Math.min(...ends), Math.max(...ends));
          } else {
            set(at, -Infinity, Infinity);
          }
          break;
        case 'choose':
          if (lo[step.condition]! >= 1) set(at, lo[step.a]!, hi[step.a]!);
          else if (hi[step.condition]! < 1) set(at, lo[step.b]!, hi[step.b]!);
          else set(at, Math.min(lo[step.a]!, lo[step.b]!), Math.max(hi[step.a]!, hi[step.b]!));
          break;
        case 'opaque':
          set(at, step.lo, step.hi);
      }
    }
  }

  /** By `#spread`, and the values of where tangents touch. */
  #relax(at: number, step: Step): void {
    const width = this.size + 1;
    const [upper, lower] = [this.#upper, this.#lower];
    const [lo, hi] = [this.#lo, this.#hi];
    const own = at * width;
    upper.fill(0, own, own + width);
    lower.fill(0, own, own + width);
    /** Adds so many times what bounds another step, from the side that keeps it a bound. */
    const add = (to: Float64Array, of: number, by: number) => {
      if (by === 0) return;
      const from = (to === upper) === by > 0 ? upper : lower;
      for (let n = 0, m = of * width; n < width; n++, m++) to[own + n]! += by * from[m]!;
    };
    const plus = (to: Float64Array, constant: number) => {
      to[own + width - 1]! += constant;
    };
    const flat = () => {
      upper.fill(0, own, own + width);
      lower.fill(0, own, own + width);
      plus(upper, hi[at]!);
      plus(lower, lo[at]!);
    };
    const mix = (side: Side) => this.#choices[this.#mixes.get(`${at} ${side}`)!]!;
    if (lo[at] === hi[at]) return flat();
    switch (step.op) {
      case 'variable':
        if (!step.isSum) return flat();
        upper[own + step.variable] = 1;
        lower[own + step.variable] = 1;
        break;
      case 'linear':
        plus(upper, step.constant);
        plus(lower, step.constant);
        for (const [term, by] of step.terms) {
          add(upper, term, by);
          add(lower, term, by);
        }
        break;
      case 'times':
        this.#relaxProduct(step.a, step.b, mix('upper'), mix('lower'), add, plus);
        break;
      case 'choose':
        if (lo[step.condition]! >= 1 || hi[step.condition]! < 1) {
          const chosen = lo[step.condition]! >= 1 ? step.a : step.b;
          add(upper, chosen, 1);
          add(lower, chosen, 1);
        } else {
          add(upper, step.b, 1);
          add(lower, step.b, 1);
          const { condition, difference } = step;
          this.#relaxProduct(condition, difference, mix('upper'), mix('lower'), add, plus);
        }
        break;
      case 'inverse': {
        const [from, to] = [lo[step.a]!, hi[step.a]!];
        if (from <= 0 && to >= 0) return flat();
        const near = Math.min(Math.max(this.#values[step.a]!, from), to);
        const [tangent, chord] = from > 0 ? [lower, upper] : [upper, lower];
        add(tangent, step.a, -1 / near ** 2);
        plus(tangent, 2 / near);
        add(chord, step.a, -1 / (from * to));
        plus(chord, 1 / from + 1 / to);
        break;
      }
      case 'least':
      case 'most': {
        const [x, y] = [step.a, step.b];
        const [chosen, chord] = step.op === 'least' ? [upper, lower] : [lower, upper];
        const part = this.#partOfFirst(at, step, 'chosen');
        add(chosen, x, part);
        add(chosen, y, 1 - part);
        // How far the one may be on the wrong side of the other.
        const [from, to] =
          step.op === 'least'
            ? [lo[x]! - hi[y]!, hi[x]! - lo[y]!]
            : [lo[y]! - hi[x]!, hi[y]! - lo[x]!];
        const share = from >= 0 ? 1 : to <= 0 ? 0 : to / (to - from);
        add(chord, x, 1 - share);
        add(chord, y, share);
        const rest = from >= 0 || to <= 0 ? 0 : share * from;
        plus(chord, step.op === 'least' ? rest : -rest);
        break;
      }
      case 'step': {
        const [from, to] = [lo[step.a]!, hi[step.a]!];
        // Undecided: it is 0 at the one end, and 1 at the other.
        const steep = from < 0 && Number.isFinite(from) ? mix('upper') : 0;
        plus(upper, 1 + TOLERANCE);
        if (steep > 0) add(upper, step.a, -steep / from);
        const rising = to > 0 && Number.isFinite(to) ? mix('lower') : 0;
        if (rising > 0) add(lower, step.a, rising / to);
        plus(lower, -TOLERANCE);
        break;
      }
      case 'round': {
        const [below, above] = ROOM[step.how];
        add(upper, step.a, 1);
        plus(upper, above + TOLERANCE);
        add(lower, step.a, 1);
        plus(lower, -below - TOLERANCE);
        break;
      }
      case 'curve': {
        const { slope, least, most } = chordOfCurve(step, lo[step.a]!, hi[step.a]!);
        if (!Number.isFinite(slope)) return flat();
        add(upper, step.a, slope);
        plus(upper, most);
        add(lower, step.a, slope);
        plus(lower, least);
        break;
      }
      case 'power': {
        const [from, to] = [lo[step.a]!, hi[step.a]!];
        if (from <= 0 || !Number.isFinite(to)) return flat();
        const { exponent } = step;
        const isConvex = exponent > 1 || exponent < 0;
        const [chord, tangent] = isConvex ? [upper, lower] : [lower, upper];
        const slope = (to ** exponent - from ** exponent) / (to - from);
        add(chord, step.a, slope);
        plus(chord, from ** exponent - slope * from);
        const near = Math.min(Math.max(this.#values[step.a]!, from), to);
        const steepness = exponent * near ** (exponent - 1);
        add(tangent, step.a, steepness);
        plus(tangent, near ** exponent - steepness * near);
        break;
      }
      case 'opaque':
        return flat();
    }
    for (let n = own; n < own + width; n++)
      if (Number.isNaN(upper[n]) || Number.isNaN(lower[n])) return flat();
    if (
      Math.abs(upper[own + width - 1]!) === Infinity ||
      Math.abs(lower[own + width - 1]!) === Infinity
    )
      flat();
  }

  /** McCormick's bounds of a product: each mixes two planes. */
  #relaxProduct(
    a: number,
    b: number,
    above: number,
    below: number,
    add: (to: Float64Array, of: number, by: number) => void,
    plus: (to: Float64Array, constant: number) => void,
  ): void {
    const [aLo, aHi, bLo, bHi] = [this.#lo[a]!, this.#hi[a]!, this.#lo[b]!, this.#hi[b]!];
    const mixed = (part: number, one: number, other: number) => part * one + (1 - part) * other;
    add(this.#upper, a, mixed(above, bHi, bLo));
    add(this.#upper, b, mixed(above, aLo, aHi));
    plus(this.#upper, -mixed(above, aLo * bHi, aHi * bLo));
    add(this.#lower, a, mixed(below, bLo, bHi));
    add(this.#lower, b, mixed(below, aLo, aHi));
    plus(this.#lower, -mixed(below, aLo * bLo, aHi * bHi));
  }

  /** How much of the first counts where either bounds both: all or nothing where it is clear which of them it is. */
  #partOfFirst(at: number, { op, a, b }: Step & { op: 'least' | 'most' }, side: Side): number {
    const isLeast = op === 'least';
    if (isLeast ? this.#hi[a]! <= this.#lo[b]! : this.#lo[a]! >= this.#hi[b]!) return 1;
    if (isLeast ? this.#hi[b]! <= this.#lo[a]! : this.#lo[b]! >= this.#hi[a]!) return 0;
    return this.#choices[this.#mixes.get(`${at} ${side}`)!]!;
  }

  #addTo(sum: AffineBound, at: number, weight: number): void {
    const from = weight > 0 ? this.#upper : this.#lower;
    const start = at * (this.size + 1);
    for (let n = 0; n < this.size; n++) sum.factors[n]! += weight * from[start + n]!;
    sum.constant += weight * from[start + this.size]!;
  }

  /** So many times (less than none: divided by) the logarithm of what is above 0. */
  #addLogarithm(at: number, weight: number, sum: AffineBound): void {
    const step = this.#steps[at]!;
    if (step.op === 'times') {
      this.#addLogarithm(step.a, weight, sum);
      return this.#addLogarithm(step.b, weight, sum);
    }
    if (step.op === 'inverse') return this.#addLogarithm(step.a, -weight, sum);
    if (isMultiple(step)) {
      const [[term, by]] = step.terms as [[number, number]];
      sum.constant += weight * Math.log(by);
      return this.#addLogarithm(term, weight, sum);
    }
    if (step.op === 'power') return this.#addLogarithm(step.a, weight * step.exponent, sum);
    if ((step.op === 'least' && weight > 0) || (step.op === 'most' && weight < 0)) {
      let part = this.#partOfFirst(at, step, 'logarithm');
      if (this.#lo[step.b]! <= 0) part = 1; // one of them is above 0, as the whole is
      if (this.#lo[step.a]! <= 0) part = 0;
      if (part > 0) this.#addLogarithm(step.a, weight * part, sum);
      if (part < 1) this.#addLogarithm(step.b, weight * (1 - part), sum);
      return undefined;
    }
    if (step.op === 'round' && step.how === 'floor' && weight > 0 && this.#lo[step.a]! >= 1) {
      sum.constant += weight * TOLERANCE;
      return this.#addLogarithm(step.a, weight, sum);
    }
    const [lo, hi] = [this.#lo[at]!, this.#hi[at]!];
    if (weight > 0) {
      const near = Math.min(Math.max(this.#values[at]!, lo), hi);
      this.#addTo(sum, at, weight / near);
      sum.constant += weight * (Math.log(near) - 1);
    } else {
      const slope = hi > lo ? (Math.log(hi) - Math.log(lo)) / (hi - lo) : 0;
      this.#addTo(sum, at, weight * slope);
      sum.constant += weight * (Math.log(lo) - slope * lo);
    }
    return undefined;
  }

  /** Of at least two factors that depend on the build. All are above 0, as the product is in the root. */
  #isProduct(at: number): boolean {
    let factors = 0;
    const visit = (id: number): boolean => {
      const step = this.#steps[id]!;
      if (step.op === 'times') return visit(step.a) && visit(step.b);
      if (step.op === 'inverse' || step.op === 'power') return visit(step.a);
      if (isMultiple(step)) return step.terms[0]![1] > 0 && visit(step.terms[0]![0]);
      factors++;
      return this.#lo[id]! > 0;
    };
    return visit(at) && factors > 1;
  }

  /** By how much more of each variable changes each step, at least and at most, anywhere in the root. */
  #findSenses(): Sense[] {
    const { size } = this;
    const [lo, hi] = [this.#lo, this.#hi];
    const least = new Float64Array(this.#steps.length * size);
    const most = new Float64Array(this.#steps.length * size);
    const sign = (at: number, of: number, isRising = true) => {
      const [from, to] = isRising ? [least[of]!, most[of]!] : [-most[of]!, -least[of]!];
      least[at] = from < 0 ? -Infinity : 0;
      most[at] = to > 0 ? Infinity : 0;
    };
    const more = (at: number, of: number, from: number, to: number) => {
      const [less, much] = product(least[of]!, most[of]!, from, to);
      least[at]! += less;
      most[at]! += much;
    };
    for (const [id, step] of this.#steps.entries()) {
      if (step.op === 'variable') {
        least[id * size + step.variable] = 1;
        most[id * size + step.variable] = 1;
        continue;
      }
      for (let n = 0; n < size; n++) {
        const at = id * size + n;
        const place = (of: number) => of * size + n;
        switch (step.op) {
          case 'linear':
            for (const [term, by] of step.terms) more(at, place(term), by, by);
            break;
          case 'times':
            more(at, place(step.a), lo[step.b]!, hi[step.b]!);
            more(at, place(step.b), lo[step.a]!, hi[step.a]!);
            break;
          case 'inverse': {
            const isWhole = lo[step.a]! <= 0 && hi[step.a]! >= 0;
            const ends = [-1 / lo[step.a]! ** 2, -1 / hi[step.a]! ** 2];
            const [from, to] = isWhole
              ? [-Infinity, Infinity]
              : [Math.min(...ends), Math.max(...ends)];
            more(at, place(step.a), from, to);
            break;
          }
          case 'least':
          case 'most': {
            const isLeast = step.op === 'least';
            const isFirst = isLeast ? hi[step.a]! <= lo[step.b]! : lo[step.a]! >= hi[step.b]!;
            const isOther = isLeast ? hi[step.b]! <= lo[step.a]! : lo[step.b]! >= hi[step.a]!;
            const [x, y] = [place(isOther ? step.b : step.a), place(isFirst ? step.a : step.b)];
            least[at] = Math.min(least[x]!, least[y]!);
            most[at] = Math.max(most[x]!, most[y]!);
            break;
          }
          case 'step':
          case 'round':
            if (lo[id] !== hi[id]) sign(at, place(step.a));
            break;
          case 'curve': {
            const isRising = step.y.every((y, i) => i === 0 || y >= step.y[i - 1]!);
            const isFalling = step.y.every((y, i) => i === 0 || y <= step.y[i - 1]!);
            const isFlat = least[place(step.a)] === 0 && most[place(step.a)] === 0;
            if (isRising || isFalling || isFlat) sign(at, place(step.a), isRising);
            else [least[at], most[at]] = [-Infinity, Infinity];
            break;
          }
          case 'power': {
            const derivative = (x: number) => step.exponent * x ** (step.exponent - 1);
            const ends = [derivative(lo[step.a]!), derivative(hi[step.a]!)];
            const [from, to] =
              lo[step.a]! > 0 ? [Math.min(...ends), Math.max(...ends)] : [-Infinity, Infinity];
            more(at, place(step.a), from, to);
            break;
          }
          case 'choose': {
            const { condition, a, b, difference } = step;
            if (lo[condition]! >= 1) more(at, place(a), 1, 1);
            else if (hi[condition]! < 1) more(at, place(b), 1, 1);
            else {
              more(at, place(b), 1, 1);
              more(at, place(difference), 0, 1);
              more(at, place(condition), lo[difference]!, hi[difference]!);
            }
            break;
          }
          case 'opaque':
            least[at] = -Infinity;
            most[at] = Infinity;
        }
        if (Number.isNaN(least[at])) least[at] = -Infinity;
        if (Number.isNaN(most[at])) most[at] = Infinity;
      }
    }
    return Array.from({ length: size }, (_, n) => {
      const others = [...this.#demands, ...this.#conditions].map(at => at * size + n);
      const own = this.#objective * size + n;
      const all = [own, ...others];
      const isNone = (at: number) => least[at] === 0 && most[at] === 0;
      if (all.every(isNone)) return 'NONE';
      // The highest of no items is 0, which is more than the highest of some.
      const extreme = this.extremesAre[n - this.forms.length];
      if (extreme === 'highest' && this.root.lo[n]! < 0) return 'MIXED';
      if (extreme === 'lowest' && this.root.hi[n]! > 0) return 'MIXED';
      if (others.every(isNone) && least[own] === most[own] && n < this.forms.length) {
        this.slopes[n] = least[own]!;
        return 'LINEAR';
      }
      if (all.every(at => least[at]! >= 0)) return 'GOOD';
      return all.every(at => most[at]! <= 0) ? 'BAD' : 'MIXED';
    });
  }
}

/** Which bounds of an expression mix two, and are to be chosen. */
type Side = 'upper' | 'lower' | 'chosen' | 'logarithm';

const SIDES: { [op in Step['op']]?: readonly Side[] } = {
  times: ['upper', 'lower'],
  choose: ['upper', 'lower'],
  step: ['upper', 'lower'],
  least: ['chosen', 'logarithm'],
  most: ['chosen', 'logarithm'],
};

/** How much less, and how much more, than what is rounded the result may be. */
const ROOM = {
  floor: [1, 0],
  ceil: [0, 1],
  round: [0.5, 0.5],
  roundHalfDown: [0.5, 0.5],
  truncate: [1, 1],
} as const;

/** So many times one other expression, and nothing else. */
function isMultiple(step: Step): step is Step & { op: 'linear' } {
  return step.op === 'linear' && step.constant === 0 && step.terms.length === 1;
}

function mapped(
  node: Exclude<Expression, { op: 'linear' | 'extreme' }>,
  place: (id: number) => number,
): Step {
  switch (node.op) {
    case 'times':
    case 'least':
    case 'most':
      return { ...node, a: place(node.a), b: place(node.b) };
    case 'choose':
      return {
        ...node,
        condition: place(node.condition),
        ...{ a: place(node.a), b: place(node.b), difference: place(node.difference) },
      };
    case 'opaque':
      return node;
    default:
      return { ...node, a: place(node.a) };
  }
}

/** Of intervals. Nothing times whatever there may be is nothing. */
function product(aLo: number, aHi: number, bLo: number, bHi: number): [number, number] {
  const of = (a: number, b: number) => (a === 0 || b === 0 ? 0 : a * b);
  const all = [of(aLo, bLo), of(aLo, bHi), of(aHi, bLo), of(aHi, bHi)];
  return [Math.min(...all), Math.max(...all)];
}

type Curve = Step & { op: 'curve' };

function onCurve({ x, y, isLinear }: Curve, a: number): number {
  const above = x.findIndex(key => key > a);
  if (above === 0 || Number.isNaN(a)) return NaN;
  const at = (above === -1 ? x.length : above) - 1;
  if (x[at] === a || !isLinear) return y[at]!;
  if (above === -1) return NaN;
  return y[at]! + ((y[above]! - y[at]!) * (a - x[at]!)) / (x[above]! - x[at]!);
}

/** The points between which it runs from `lo` to `hi`, with what it jumps to. */
function cornersOf(curve: Curve, lo: number, hi: number): [x: number, y: number][] {
  const { x, y, isLinear } = curve;
  const [from, to] = [Math.max(lo, x[0]!), isLinear ? Math.min(hi, x.at(-1)!) : hi];
  if (!(from <= to)) return [];
  const corners: [number, number][] = [
    [from, onCurve(curve, from)],
    [to, onCurve(curve, to)],
  ];
  for (const [n, key] of x.entries()) {
    if (key < from - TOLERANCE || key > to + TOLERANCE) continue;
    corners.push([key, y[n]!]);
    if (!isLinear && n > 0) corners.push([key, y[n - 1]!]);
  }
  return corners;
}

function rangeOfCurve(curve: Curve, lo: number, hi: number): [number, number] {
  const values = cornersOf(curve, lo, hi).map(([, y]) => y);
  return values.length === 0 ? [-Infinity, Infinity] : [Math.min(...values), Math.max(...values)];
}

/** The line through its ends, and how far below and above that it lies: both as constants of parallels. */
function chordOfCurve(
  curve: Curve,
  lo: number,
  hi: number,
): { slope: number; least: number; most: number } {
  const corners = cornersOf(curve, lo, hi);
  const [first, last] = corners;
  if (!first || !last || last[0] <= first[0]) return { slope: NaN, least: NaN, most: NaN };
  const slope = (last[1] - first[1]) / (last[0] - first[0]);
  const rests = corners.map(([x, y]) => y - slope * x);
  return { slope, least: Math.min(...rests) - TOLERANCE, most: Math.max(...rests) + TOLERANCE };
}
