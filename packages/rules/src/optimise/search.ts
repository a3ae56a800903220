import type { RuleItem } from '../rule-set.js';
import type { AffineBound, Box, Model } from './model.js';
import { Dominance, isWithin, merge, type Option } from './options.js';

/** Of a score, what noise may have added to it. */
const NOISE = 1e-9;
const WIDTH = 30; // of partial builds that go on from one place to the next; ten times as many each time
const TRIES = 4; // so many times as many are made
const TRIES_MAX = 500; // and tried
const WIDER = 0.1; // of a tenfold width, each time a region is halved
const WIDTH_MAX = 300_000;
const REGIONS_MAX = 20_000;
const COMPARED_MAX = 400; // with so many of those that are better: dominance saves work, and need not be complete
const SLICE_MS = 5;
const MULTIPLES = [4, 2, 1.25];
const STEPS_MAX = 40;
const WEIGHINGS = 8;
/** Of a local search: options of each place, and how often it begins anew, with so many places changed. */
const TRIED = 30;
const RESTARTS = 8;
const CHANGED = 3;

/** A build that the search has come to. */
export interface Found {
  objective: number;
  options: Option[];
}

/** A part of all builds, by what their variables may be, and how good they are at most. */
interface Region {
  box: Box;
  /** By places: what may be there. */
  stages: readonly Stage[];
  bound: number;
  /** Where tangents touch. */
  near: Float64Array;
  /** How its bound was chosen (`Model.bound`), and with what weight each variable is kept in the box. */
  choices: Float64Array;
  weights: Float64Array;
  width: number;
}

interface Label {
  variables: Float64Array;
  owes: readonly number[];
  limited: readonly RuleItem[];
  score: number;
  /** What it may become at most. */
  most: number;
  option: Option | null;
  /** Which of the options for its place that is, from the best on. */
  rank: number;
  before: Label | null;
}

/**
 * Branch and bound by dynamic programming: place by place, all partial builds that may still become better than the best so
 * far, but for those that another is as good as in every way. Where they are too many, the best by their bounds go on, and
 * the others are accounted for by theirs: the region is then halved by one of its variables, where bounds are tighter.
 */
export class Search {
  best: Found | undefined;
  /** No build scores more. */
  bound = Infinity;
  /** Whether there is none better than the best, or none at all. */
  isDone = false;
  readonly #regions: Region[] = [];
  readonly #dominance: Dominance;
  readonly #stages: readonly Stage[];
  /** The last place where an item may be: behind it nothing depends on it. */
  readonly #lastOf = new Map<RuleItem, number>();
  /** Of regions that are too large to be searched, or too many. */
  #leftOver = -Infinity;
  /** What scores no more is no build that does all that is demanded, or no better one than is known. */
  readonly #floor: number;
  #near: Float64Array;
  /** Of one partial build, as it may become. */
  readonly #box: Box;
  /** Of one whole build. */
  readonly #sum: Float64Array;
  #sliceEnds = 0;
  #seed = 1;

  /**
   * @param stages the options for each place; the same array where places are alike, one after another
   * @param start what stays, and the fixed part of every build
   * @param limitOf how often a build may have an item
   * @param check the objective of a whole build, by the rules themselves; undefined when it breaks one
   * @param known the objective of a build that is known: none that is no better is found
   */
  constructor(
    private readonly model: Model,
    stages: readonly (readonly Option[])[],
    private readonly start: Option,
    private readonly limitOf: (item: RuleItem) => number,
    private readonly check: (options: Option[]) => number | undefined,
    known: number | undefined,
  ) {
    this.#dominance = new Dominance(model);
    const made = new Map<readonly Option[], Stage>();
    for (const options of stages)
      if (!made.has(options)) made.set(options, new Stage(model, options));
    this.#stages = stages.map(options => made.get(options)!);
    for (const [n, options] of stages.entries())
      for (const { limited } of options) for (const item of limited) this.#lastOf.set(item, n);
    this.#near = middle(model.root);
    this.#sum = new Float64Array(model.size);
    this.#box = { lo: model.root.lo.slice(), hi: model.root.hi.slice() };
    const least = model.leastScore;
    const floor = least - noiseOf(least);
    const score = known === undefined ? least : model.scoreOf(known);
    this.#floor = known === undefined ? floor : Math.max(floor, score + noiseOf(score));
    if (stages.every(options => options.length > 0))
      this.#regions.push({
        box: model.root,
        stages: this.#stages,
        bound: Infinity,
        near: this.#near,
        choices: model.firstChoices(),
        weights: new Float64Array(model.size),
        width: 0,
      });
  }

  /** The objective that no build exceeds. */
  get objectiveBound(): number {
    return this.model.objectiveOf(this.bound);
  }

  /** Works until all is known, with a pause every few milliseconds. */
  *run(): Generator<void> {
    this.#sliceEnds = performance.now() + SLICE_MS;
    for (;;) {
      const region = this.#next();
      this.bound = Math.max(region?.bound ?? -Infinity, this.#leftOver, this.#bestScore());
      if (!region) break;
      if (region.bound === Infinity && !(yield* this.#enter(region))) continue;
      if (region.bound <= this.#bestScore()) continue;
      this.#narrow(region);
      const before = this.best;
      const discarded = yield* this.#explore(region);
      region.bound = Math.min(region.bound, discarded);
      if (this.best !== before && this.model.isExact) yield* this.#polish(region);
      if (region.bound <= this.#bestScore()) continue;
      if (this.best !== before) yield* this.#tune(region); // where tangents touch has changed
      if (region.bound <= this.#bestScore()) continue;
      this.#narrow(region);
      const halves = yield* this.#halves(region);
      if (!halves) region.width++;
      const isTooLarge = WIDTH * 10 ** region.width > WIDTH_MAX;
      for (const part of halves ?? [region])
        if (isTooLarge || this.#regions.length >= REGIONS_MAX)
          this.#leftOver = Math.max(this.#leftOver, part.bound);
        else this.#regions.push(part);
      yield* this.#pause();
    }
    this.isDone = this.#leftOver <= this.#bestScore();
  }

  *#pause(): Generator<void> {
    if (performance.now() < this.#sliceEnds) return;
    yield;
    this.#sliceEnds = performance.now() + SLICE_MS;
  }

  #bestScore(): number {
    if (!this.best) return this.#floor;
    const score = this.model.scoreOf(this.best.objective);
    return score + noiseOf(score);
  }

  #next(): Region | undefined {
    const best = this.#regions.reduce(
      (most, { bound }, n) => (bound > (this.#regions[most]?.bound ?? -Infinity) ? n : most),
      0,
    );
    return this.#regions.splice(best, 1)[0];
  }

  /** Works out its bound. False when no build can be in it. */
  *#enter(region: Region): Generator<void, boolean> {
    if (!this.#shrink(region) || this.model.isImpossible(region.box)) return false;
    yield* this.#tune(region);
    return region.bound > this.#bestScore();
  }

  /** Narrows a box to what the options allow, and leaves those out that it does not. False when nothing is left. */
  #shrink(region: Region): boolean {
    const { box } = region;
    if (box === this.model.root) return true;
    for (let n = 0; n < this.model.forms.length; n++) {
      let [lo, hi] = [this.start.variables[n]!, this.start.variables[n]!];
      for (const { least, most } of region.stages) {
        lo += least[n]!;
        hi += most[n]!;
      }
      const room = noiseOf(lo, hi);
      const [from, to] = [box.lo[n]! - room, box.hi[n]! + room];
      if (lo > to || hi < from) return false;
      if (lo < from || hi > to)
        region.stages = mapped(region.stages, stage =>
          this.#filtered(stage, ({ variables }) => {
            const value = variables[n]!;
            return lo - stage.least[n]! + value <= to && hi - stage.most[n]! + value >= from;
          }),
        );
      if (region.stages.some(({ options }) => options.length === 0)) return false;
      box.lo[n] = Math.max(box.lo[n]!, lo);
      box.hi[n] = Math.max(box.lo[n]!, Math.min(box.hi[n]!, hi));
    }
    return true;
  }

  #filtered(stage: Stage, isLeft: (option: Option, n: number) => boolean): Stage {
    const left = stage.options.filter(isLeft);
    return left.length < stage.options.length ? new Stage(this.model, left) : stage;
  }

  #affineOf({ box, weights, near }: Region, choices: Float64Array): AffineBound {
    const bound = this.model.bound(box, near, choices);
    for (const [n, weight] of weights.entries()) {
      if (weight === 0) continue;
      bound.constant += weight * (weight > 0 ? box.hi[n]! : box.lo[n]!);
      bound.factors[n]! -= weight;
    }
    return bound;
  }

  #mostOf({ stages }: Region, { constant, factors }: AffineBound): number {
    let most = constant + scalar(factors, this.start.variables, this.model.forms.length);
    for (const [n, stage] of stages.entries())
      if (stages[n - 1] !== stage)
        most += stage.highest(factors, alike(stages, n), this.limitOf).value;
    return Number.isNaN(most) ? Infinity : most;
  }

  /** Chooses among the bounds there are, one number after another, until that does not help any more. */
  *#tune(region: Region): Generator<void> {
    const { choices, weights, box } = region;
    const { mixes } = this.model;
    let most = this.#touch(region, Infinity, [region.near, this.#near]);
    const tried = (list: Float64Array, n: number, value: number): boolean => {
      const before = list[n]!;
      if (value === before) return false;
      list[n] = value;
      const now = this.#mostOf(region, this.#affineOf(region, choices));
      if (now < most - (Number.isFinite(most) ? NOISE * Math.abs(most) : 0)) {
        most = now;
        return true;
      }
      list[n] = before;
      return false;
    };
    const matter = new Set(choices.keys());
    const boxed = [...weights.keys()].filter(
      n => n < this.model.forms.length && this.#isRestricted(box, n),
    );
    for (let round = 0, step = 0.5; round < 6 && most > this.#bestScore(); round++, step /= 2) {
      let isBetter = false;
      for (const n of matter) {
        const at = choices[n]!;
        const values =
          n < mixes ? [Math.min(1, at + step), Math.max(0, at - step)] : weightsFrom(at, round);
        if (values.some(value => tried(choices, n, value))) isBetter = true;
        else if (round === 0 && n < mixes) matter.delete(n); // inert, as most are
        yield* this.#pause();
      }
      for (const n of boxed) {
        for (const value of signedFrom(weights[n]!, this.#scaleOf(n, most), round))
          if (tried(weights, n, value)) isBetter = true;
        yield* this.#pause();
      }
      if (!isBetter && round > 2) break;
    }
    const simply = this.model.mostIn(box);
    if (simply > this.#bestScore()) most = Math.min(most, yield* this.#weigh(region));
    for (let part = 0.5; part > 0.1 && most > this.#bestScore(); part /= 2) {
      const { near } = region;
      const at = this.#highestOf(region, this.#affineOf(region, choices));
      const between = near.map((value, n) => value + part * (finite(at[n]!) - value));
      most = this.#touch(region, most, [between]);
      yield* this.#pause();
    }
    region.bound = Math.min(region.bound, most, simply);
  }

  /** Has tangents touch where the bound is least, if that is less than what it is. */
  #touch(region: Region, most: number, places: readonly Float64Array[]): number {
    let least = most;
    for (const near of places) {
      const before = region.near;
      region.near = near;
      const now = this.#mostOf(region, this.#affineOf(region, region.choices));
      if (now < least) least = now;
      else region.near = before;
    }
    return least;
  }

  /** What a weight may be like: that of a variable, for scores like that. */
  #scaleOf(variable: number, score: number): number {
    const size = Number.isFinite(score) ? Math.max(1, Math.abs(score)) : 1;
    return (0.1 * size) / this.#rangeOf(variable);
  }

  #rangeOf(variable: number): number {
    const { lo, hi } = this.model.root;
    return Math.max(1e-9, hi[variable]! - lo[variable]!);
  }

  /** Whether a box leaves less of a variable than there is. */
  #isRestricted(box: Box, variable: number): boolean {
    const { lo, hi } = this.model.root;
    return box.lo[variable]! > lo[variable]! || box.hi[variable]! < hi[variable]!;
  }

  /** Finds the weight that keeps one variable in its box best: less lets it out, and more costs too much. */
  #weighOne(region: Region, variable: number, side: 1 | -1): void {
    const { weights, box } = region;
    let kept = weights[variable]!;
    let [from, to] = [Math.max(0, kept * side), Infinity];
    let weight = from === 0 ? this.#scaleOf(variable, region.bound) : 2 * from;
    for (let n = 0; n < WEIGHINGS; n++) {
      weights[variable] = side * weight;
      const affine = this.#affineOf(region, region.choices);
      const bound = this.#mostOf(region, affine);
      if (bound < region.bound) [region.bound, kept] = [bound, side * weight];
      const at = this.#highestOf(region, affine)[variable]!;
      if (side > 0 ? at > box.hi[variable]! : at < box.lo[variable]!) from = weight;
      else to = weight;
      weight = to === Infinity ? 4 * weight : (from + to) / 2;
    }
    weights[variable] = kept;
  }

  /**
   * Improves all weights at once, by steps as long as they would be if the best so far were the best of all (Polyak,
   * USSR Computational Mathematics 9, 1969).
   */
  *#weigh(region: Region): Generator<void, number> {
    const { choices, weights, box } = region;
    const { mixes } = this.model;
    const own = choices.slice(mixes);
    const kept = { own: own.slice(), weights: weights.slice() };
    let least = Infinity;
    for (let n = 0, since = 0; n < STEPS_MAX && since < 8; n++, since++) {
      const affine = this.#affineOf(region, choices);
      const most = this.#mostOf(region, affine);
      if (most < least) {
        least = most;
        since = 0;
        kept.own.set(choices.subarray(mixes));
        kept.weights.set(weights);
        if (most <= this.#bestScore()) break;
      }
      const at = this.#highestOf(region, affine);
      const slacks = own.map((_, demand) => this.model.slack(demand, at));
      const rests = weights.map((weight, v) => {
        if (v >= this.model.forms.length) return 0;
        if (!this.#isRestricted(box, v)) return 0;
        const range = this.#rangeOf(v);
        if (weight > 0 || at[v]! > box.hi[v]!) return (box.hi[v]! - at[v]!) / range;
        if (weight < 0 || at[v]! < box.lo[v]!) return (box.lo[v]! - at[v]!) / range;
        return 0;
      });
      const square = (list: Float64Array) => list.reduce((sum, x) => sum + x * x, 0);
      const length = square(slacks) + square(rests);
      const aim = this.best ? this.#bestScore() : most - 0.01 * Math.max(1, Math.abs(most));
      const step = (most - aim) / length;
      if (!Number.isFinite(step) || step <= 0) break;
      for (const [demand, slack] of slacks.entries())
        choices[mixes + demand] = Math.max(0, choices[mixes + demand]! - step * slack);
      for (const [v, rest] of rests.entries()) {
        if (rest === 0) continue;
        const next = weights[v]! - (step * rest) / this.#rangeOf(v);
        // From the one side to the other it goes by way of none.
        weights[v] = weights[v]! * next < 0 ? 0 : next;
      }
      yield* this.#pause();
    }
    choices.set(kept.own, mixes);
    weights.set(kept.weights);
    return least;
  }

  /** What that bound is highest for: the variables of a build that may be none. */
  #highestOf({ stages }: Region, { factors }: AffineBound): Float64Array {
    const at = this.start.variables.slice();
    for (const [n, stage] of stages.entries()) {
      if (stages[n - 1] === stage) continue;
      for (const pick of stage.highest(factors, alike(stages, n), this.limitOf).picks)
        merge(this.model, at, stage.options[pick]!.variables);
    }
    return at;
  }

  /** Looks for better builds. Returns the most that those score which it left out. */
  *#explore(region: Region): Generator<void, number> {
    const { model } = this;
    const { constant, factors } = this.#affineOf(region, region.choices);
    const width = Math.round(Math.min(WIDTH * 10 ** region.width, WIDTH_MAX));
    const { stages } = region;
    const rankings = this.#rank(stages, factors);
    const reach = this.#reachOf(region);
    let discarded = -Infinity;
    let labels: Label[] = [
      {
        ...{ variables: this.start.variables, owes: this.start.owes, limited: this.start.limited },
        score: constant + scalar(factors, this.start.variables, model.forms.length),
        ...{ most: Infinity, option: null, rank: 0, before: null },
      },
    ];
    for (const [n, stage] of stages.entries()) {
      const ranking = rankings[n]!;
      const least = this.#bestScore();
      const isAlike = stage === stages[n - 1];
      const made: Label[] = [];
      const best = new Best(labels, ranking, isAlike);
      for (let tries = 0; ; tries++) {
        const next = best.next();
        if (!next || next.most <= least) break;
        // Those that can become no build are many where a rule is in the way.
        if (made.length >= TRIES * width || tries >= TRIES_MAX * width) {
          discarded = Math.max(discarded, next.most);
          break;
        }
        const longer = this.#extend(stage, ranking, next, { stage: n, reach });
        if (longer) made.push(longer);
        if (tries % 100 === 99) yield* this.#pause();
      }
      labels = yield* this.#undominated(made, stage === stages[n + 1]);
      if (labels.length > width) {
        labels.sort((a, b) => b.most - a.most);
        discarded = Math.max(discarded, labels[width]!.most);
        labels.length = width;
      }
      yield* this.#pause();
    }
    for (const label of labels.toSorted((a, b) => b.score - a.score)) {
      if (label.score <= this.#bestScore()) break;
      this.#finish(label);
      yield* this.#pause();
    }
    return discarded;
  }

  /** For each variable that the box restricts: how much the places from each on add to it, at least and at most. */
  #reachOf({ box, stages }: Region): Reach {
    const { root } = this.model;
    const restricted: Reach['restricted'] = [];
    for (let n = 0; n < this.model.forms.length; n++) {
      const [from, to] = [box.lo[n]!, box.hi[n]!];
      if (!this.#isRestricted(box, n)) continue;
      const room = noiseOf(root.lo[n]!, root.hi[n]);
      restricted.push({ variable: n, from: from - room, to: to + room });
    }
    const least = [new Float64Array(this.model.size)];
    const most = [new Float64Array(this.model.size)];
    for (const stage of stages.toReversed()) {
      least.unshift(least[0]!.map((value, n) => value + (stage.least[n] ?? 0)));
      most.unshift(most[0]!.map((value, n) => value + (stage.most[n] ?? 0)));
    }
    const demanded = this.model.demandedVariables;
    const isDemanded = stages.map(stage =>
      demanded.some(n => n >= stage.least.length || stage.least[n] !== stage.most[n]),
    );
    return { restricted, least, most, isDemanded };
  }

  /** Of each place: its options from the best on, and what they and the places behind come to at most. */
  #rank(stages: readonly Stage[], factors: Float64Array): Ranking[] {
    const rankings: Ranking[] = [];
    let behind = 0;
    for (let n = stages.length - 1; n >= 0; n--) {
      const stage = stages[n]!;
      if (stage !== stages[n + 1]) behind = rankings[0]?.most[0] ?? 0;
      const values = stage.scalars(factors);
      const order = Int32Array.from(values.keys()).toSorted((a, b) => values[b]! - values[a]!);
      // Places that are alike are filled from the best on: what comes to the next is no better.
      const others = alike(stages, n) - 1;
      const next = (rank: number): number => {
        const [item] = stage.options[order[rank]!]!.limited;
        if (item === undefined || this.limitOf(item) > 1) return rank;
        let at = rank + 1;
        while (at < order.length && stage.options[order[at]!]!.limited[0] === item) at++;
        return at;
      };
      const most = Float64Array.from(order, (option, rank) => {
        const after = others === 0 ? 0 : others * (values[order[next(rank)]!] ?? -Infinity);
        return values[option]! + after + behind;
      });
      rankings.unshift({ order, values, most });
    }
    return rankings;
  }

  #extend(
    { options }: Stage,
    { order, values }: Ranking,
    { label, rank, most: mostOfAll }: { label: Label; rank: number; most: number },
    at: { stage: number; reach: Reach },
  ): Label | undefined {
    const more = options[order[rank]!]!;
    const score = label.score + values[order[rank]!]!;
    let { limited, owes } = label;
    if (more.limited.length > 0) {
      limited = [...limited, ...more.limited];
      if (this.#isTooOften(limited, more)) return undefined;
    }
    if (limited.some(item => this.#lastOf.get(item)! <= at.stage))
      limited = limited.filter(item => this.#lastOf.get(item)! > at.stage);
    if (more.owes.length > 0) owes = [...new Set([...owes, ...more.owes])];
    const variables = label.variables.slice();
    merge(this.model, variables, more.variables);
    const [least, most] = [at.reach.least[at.stage + 1]!, at.reach.most[at.stage + 1]!];
    for (const { variable, from, to } of at.reach.restricted) {
      const value = variables[variable]!;
      if (value + least[variable]! > to || value + most[variable]! < from) return undefined;
    }
    if (at.reach.isDemanded[at.stage]) {
      const { lo, hi } = this.#box;
      for (let n = 0; n < this.model.forms.length; n++) {
        lo[n] = variables[n]! + least[n]!;
        hi[n] = variables[n]! + most[n]!;
      }
      if (this.model.isImpossible(this.#box)) return undefined;
    }
    const rest = { most: mostOfAll, option: more, rank, before: label };
    return { variables, owes, limited, score, ...rest };
  }

  *#undominated(labels: Label[], isAlike: boolean): Generator<void, Label[]> {
    if (!this.model.isExact) return labels;
    const left: Label[] = [];
    const ranked = labels
      .map(label => ({ label, rank: this.#dominance.rank(label.variables) }))
      .toSorted((a, b) => b.rank - a.rank);
    for (const [n, { label }] of ranked.entries()) {
      let isNeedless = false;
      for (let m = 0; m < left.length && m < COMPARED_MAX && !isNeedless; m++) {
        const other = left[m]!;
        isNeedless =
          this.#dominance.isAsGood(other.variables, label.variables) &&
          isWithin(other.owes, label.owes) &&
          isWithin(other.limited, label.limited) &&
          (!isAlike || other.rank <= label.rank); // what may come next goes by that
      }
      if (!isNeedless) left.push(label);
      if (n % 100 === 99) yield* this.#pause();
    }
    return left;
  }

  /** A whole build: the best so far, or not. */
  #finish(label: Label): void {
    const options: Option[] = [];
    for (let at: Label | null = label; at?.option; at = at.before) options.unshift(at.option);
    this.#take(options, label.variables, label.owes);
  }

  #take(options: Option[], variables: Float64Array, owes: readonly number[]): void {
    if (this.model.isExact) {
      const objective = this.model.evaluate(variables);
      // Written so that what has no value is none either.
      if (!(this.model.scoreOf(objective) > this.#bestScore())) return;
      if (owes.some(condition => !this.model.isTrue(condition))) return;
    }
    const checked = this.check(options);
    if (checked === undefined || !Number.isFinite(this.model.scoreOf(checked))) return;
    if (this.best && checked <= this.best.objective) return;
    this.best = { objective: checked, options };
    this.#near = variables.map(finite);
  }

  /**
   * A local search from the best on: place by place what makes it better, then the same with some places changed by chance.
   * A good build early is what lets bounds leave out most options.
   */
  *#polish(region: Region): Generator<void> {
    const { factors } = this.#affineOf(region, region.choices);
    const lists = this.#stages.map(stage => {
      const values = stage.scalars(factors);
      const order = [...values.keys()].toSorted((a, b) => values[b]! - values[a]!);
      return order.slice(0, TRIED).map(n => stage.options[n]!);
    });
    let options = this.best!.options;
    let score = this.model.scoreOf(this.best!.objective);
    for (let n = 0; n <= RESTARTS; n++) {
      let start = options;
      for (let m = 0; n > 0 && m < CHANGED; m++) {
        const stage = this.#chance(lists.length);
        start = start.with(stage, lists[stage]![this.#chance(lists[stage]!.length)]!);
      }
      const climbed = this.#climb(start, lists);
      if (climbed.score > score) {
        const before = this.best;
        this.#take(climbed.options, ...this.#sumOf(climbed.options));
        if (this.best !== before) ({ options, score } = climbed);
      }
      yield* this.#pause();
    }
  }

  #climb(
    start: readonly Option[],
    lists: readonly (readonly Option[])[],
  ): { options: Option[]; score: number } {
    let options = [...start];
    let score = -Infinity;
    for (
      let since = 0, stage = 0;
      since < lists.length;
      since++, stage = (stage + 1) % lists.length
    ) {
      const others = options.filter((_, n) => n !== stage);
      const [base, owes] = this.#sumOf(others);
      const limited = others.flatMap(option => option.limited);
      for (const option of since === 0 ? [options[stage]!, ...lists[stage]!] : lists[stage]!) {
        const better = this.#scoreOf(option, { base, owes, limited });
        if (!(better > score + (score === -Infinity ? 0 : noiseOf(score)))) continue;
        [options, score] = [options.with(stage, option), better];
        since = 0;
      }
    }
    return { options, score };
  }

  /** Of a whole build, by one option and the sum of all others; minus infinity when it is none. */
  #scoreOf(
    option: Option,
    others: { base: Float64Array; owes: readonly number[]; limited: readonly RuleItem[] },
  ): number {
    const limited = [...others.limited, ...option.limited];
    if (this.#isTooOften(limited, option)) return -Infinity;
    this.#sum.set(others.base);
    merge(this.model, this.#sum, option.variables);
    const score = this.model.scoreOf(this.model.evaluate(this.#sum));
    const isOwing = (one: number) => !this.model.isTrue(one);
    if (Number.isNaN(score) || others.owes.some(isOwing) || option.owes.some(isOwing))
      return -Infinity;
    return score;
  }

  /** Whether an item of what was added is there more often than it may be. */
  #isTooOften(limited: readonly RuleItem[], added: Option): boolean {
    return added.limited.some(
      item => limited.filter(one => one === item).length > this.limitOf(item),
    );
  }

  #sumOf(options: readonly Option[]): [variables: Float64Array, owes: number[]] {
    const variables = this.start.variables.slice();
    for (const option of options) merge(this.model, variables, option.variables);
    return [variables, [...new Set(options.flatMap(({ owes }) => owes))]];
  }

  /** A number below that, the same in each run (the minimal standard of Park and Miller, CACM 31, 1988). */
  #chance(below: number): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed % below;
  }

  /** Leaves out what no build that is better than the best can have. */
  #narrow(region: Region): void {
    const affine = this.#affineOf(region, region.choices);
    const { factors } = affine;
    const spare = this.#mostOf(region, affine) - this.#bestScore();
    if (!Number.isFinite(spare)) return;
    region.stages = mapped(region.stages, (stage, count) => {
      const all = stage.highest(factors, count, this.limitOf).value;
      const others = stage.highest(factors, count - 1, this.limitOf).value;
      const values = stage.scalars(factors);
      return this.#filtered(stage, (_, n) => spare - all + others + values[n]! > 0);
    });
  }

  /** Two regions that are one together: by the variable, and where, that leaves the least to both. */
  *#halves(region: Region): Generator<void, Region[] | undefined> {
    const cuts = this.#cutsOf(region.box);
    let best: Region[] | undefined;
    let least = Infinity;
    const nothing = this.#bestScore();
    for (const { variable, below, above } of cuts) {
      const halves = [below, above].flatMap((edge, isAbove) => {
        const box = { lo: region.box.lo.slice(), hi: region.box.hi.slice() };
        (isAbove ? box.lo : box.hi)[variable] = edge;
        const half = { ...region, box, choices: region.choices.slice() };
        half.weights = region.weights.slice();
        half.width = region.width + WIDER;
        if (!this.#shrink(half) || this.model.isImpossible(box)) return [];
        const most = this.#mostOf(half, this.#affineOf(half, half.choices));
        half.bound = Math.min(region.bound, most, this.model.mostIn(box));
        this.#weighOne(half, variable, isAbove ? -1 : 1);
        return [half];
      });
      const measure = halves.reduce((sum, { bound }) => sum + Math.max(0, bound - nothing), 0);
      if (measure < least || !best) [best, least] = [halves, measure];
      yield* this.#pause();
    }
    if (!best) return undefined;
    for (const half of best) yield* this.#tune(half);
    return best.filter(({ bound }) => bound > this.#bestScore());
  }

  /** Where a box may be cut: at corners, and in the middle. */
  #cutsOf({ lo, hi }: Box): { variable: number; below: number; above: number }[] {
    const cuts: { variable: number; below: number; above: number }[] = [];
    const cut = (variable: number, at: number) => {
      const isWhole = this.#isWhole(variable);
      const below = isWhole ? Math.ceil(at) - 1 : at;
      const above = isWhole ? below + 1 : at;
      const room =
        1e-6 * Math.max(1, this.model.root.hi[variable]! - this.model.root.lo[variable]!);
      const isWithinBox = isWhole
        ? below >= lo[variable]! && above <= hi[variable]!
        : at > lo[variable]! + room && at < hi[variable]! - room;
      if (isWithinBox) cuts.push({ variable, below, above });
    };
    for (const { variable, at } of this.model.corners)
      if (variable < this.model.forms.length) cut(variable, at);
    for (const [n, sense] of this.model.senses.entries()) {
      if (n >= this.model.forms.length || sense === 'NONE' || sense === 'LINEAR') continue;
      cut(n, (lo[n]! + hi[n]!) / 2);
      if (this.#near[n]! > lo[n]! && this.#near[n]! < hi[n]!) cut(n, this.#near[n]!);
    }
    return cuts;
  }

  readonly #whole: boolean[] = [];

  #isWhole(variable: number): boolean {
    const isWhole = ({ variables }: Option) => Number.isInteger(variables[variable]);
    this.#whole[variable] ??=
      isWhole(this.start) && this.#stages.every(({ options }) => options.every(isWhole));
    return this.#whole[variable];
  }
}

interface Reach {
  restricted: { variable: number; from: number; to: number }[];
  /** By places: whether what is demanded depends on what is put there. */
  isDemanded: boolean[];
  /** By places: what it and those behind it add to each variable. */
  least: Float64Array[];
  most: Float64Array[];
}

/** How many places from that on are alike. */
function alike(stages: readonly Stage[], n: number): number {
  let count = 1;
  while (stages[n + count] === stages[n]) count++;
  return count;
}

/** Places that are alike stay so. */
function mapped(
  stages: readonly Stage[],
  change: (stage: Stage, count: number) => Stage,
): readonly Stage[] {
  const changed = new Map<Stage, Stage>();
  return stages.map((stage, n) => {
    const known = changed.get(stage) ?? change(stage, alike(stages, n));
    changed.set(stage, known);
    return known;
  });
}

/** A place, and what may be put in it. */
class Stage {
  readonly least: Float64Array;
  readonly most: Float64Array;
  readonly #size: number;
  readonly #variables: Float64Array;

  constructor(
    model: Model,
    readonly options: readonly Option[],
  ) {
    this.#size = model.forms.length;
    this.#variables = new Float64Array(this.#size * options.length);
    this.least = new Float64Array(this.#size).fill(Infinity);
    this.most = new Float64Array(this.#size).fill(-Infinity);
    for (const [n, { variables }] of options.entries()) {
      for (let m = 0; m < this.#size; m++) {
        this.#variables[n * this.#size + m] = variables[m]!;
        this.least[m] = Math.min(this.least[m]!, variables[m]!);
        this.most[m] = Math.max(this.most[m]!, variables[m]!);
      }
    }
  }

  /** Of each option. */
  scalars(factors: Float64Array): Float64Array {
    const all = new Float64Array(this.options.length);
    const [size, variables] = [this.#size, this.#variables];
    for (let n = 0, at = 0; n < all.length; n++) {
      let sum = 0;
      for (let m = 0; m < size; m++, at++) sum += factors[m]! * variables[at]!;
      all[n] = sum;
    }
    return all;
  }

  #first(factors: Float64Array): { value: number; picks: number[] } {
    const [size, variables] = [this.#size, this.#variables];
    let value = -Infinity;
    let pick = -1;
    for (let n = 0, at = 0; n < this.options.length; n++) {
      let sum = 0;
      for (let m = 0; m < size; m++, at++) sum += factors[m]! * variables[at]!;
      if (sum > value) [value, pick] = [sum, n];
    }
    return { value, picks: pick < 0 ? [] : [pick] };
  }

  /** What so many places like this one come to at most, an item no more often than a build may have it. */
  highest(
    factors: Float64Array,
    count: number,
    limitOf: (item: RuleItem) => number,
  ): { value: number; picks: number[] } {
    if (count === 0) return { value: 0, picks: [] };
    if (count === 1) return this.#first(factors);
    const values = this.scalars(factors);
    const best: { value: number; pick: number; item: RuleItem | undefined }[] = [];
    for (let pick = 0; pick < values.length; pick++) {
      const value = values[pick]!;
      if (best.length === count && value <= best[count - 1]!.value) continue;
      const [item] = this.options[pick]!.limited;
      const isSingle = item !== undefined && limitOf(item) === 1;
      const own = isSingle ? best.findIndex(one => one.item === item) : -1;
      if (own >= 0 && best[own]!.value >= value) continue;
      if (own >= 0) best.splice(own, 1);
      for (let m = isSingle ? 1 : count; m > 0; m--) best.push({ value, pick, item });
      best.sort((a, b) => b.value - a.value);
      best.length = Math.min(best.length, count);
    }
    if (best.length < count) return { value: -Infinity, picks: [] }; // there are not as many
    return {
      value: best.reduce((sum, { value }) => sum + value, 0),
      picks: best.map(({ pick }) => pick),
    };
  }
}

/** The options for a place from the best on. */
interface Ranking {
  order: Int32Array;
  values: Float64Array;
  /** By ranks: what that option and all places behind come to at most. It falls. */
  most: Float64Array;
}

interface Pair {
  label: Label;
  rank: number;
  /** What the two may become at most. */
  most: number;
}

/** All pairs of a partial build and an option, from the best on: a heap of what is next for each build. */
class Best {
  readonly #heap: Pair[] = [];

  /** @param isAlike whether the place is like the one before, and filled with what is no better */
  constructor(
    labels: readonly Label[],
    private readonly ranking: Ranking,
    isAlike: boolean,
  ) {
    for (const label of labels) this.#push(label, isAlike ? label.rank : 0);
    for (let n = (this.#heap.length >> 1) - 1; n >= 0; n--) this.#sink(n);
  }

  next(): Pair | undefined {
    const first = this.#heap[0];
    if (!first) return undefined;
    const { label, rank } = first;
    if (rank + 1 < this.ranking.order.length) this.#heap[0] = this.#pair(label, rank + 1);
    else {
      const last = this.#heap.pop()!;
      if (this.#heap.length > 0) this.#heap[0] = last;
    }
    this.#sink(0);
    return first;
  }

  #pair(label: Label, rank: number): Pair {
    return { label, rank, most: label.score + this.ranking.most[rank]! };
  }

  #push(label: Label, rank: number): void {
    if (rank < this.ranking.order.length) this.#heap.push(this.#pair(label, rank));
  }

  #sink(from: number): void {
    const one = this.#heap[from];
    if (!one) return;
    let n = from;
    for (;;) {
      let child = 2 * n + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && this.#heap[child + 1]!.most > this.#heap[child]!.most)
        child++;
      if (this.#heap[child]!.most <= one.most) break;
      this.#heap[n] = this.#heap[child]!;
      n = child;
    }
    this.#heap[n] = one;
  }
}

const finite = (x: number) => (Number.isFinite(x) ? x : 0);

const noiseOf = (one: number, other = 0) => NOISE * Math.max(1, Math.abs(one), Math.abs(other));

function middle({ lo, hi }: Box): Float64Array {
  return lo.map((from, n) => (Number.isFinite(from + hi[n]!) ? (from + hi[n]!) / 2 : 0));
}

function scalar(factors: Float64Array, variables: Float64Array, size: number): number {
  let sum = 0;
  for (let n = 0; n < size; n++) {
    const factor = factors[n]!;
    if (factor !== 0) sum += factor * variables[n]!;
  }
  return sum;
}

/** Weights to try after one. */
function weightsFrom(weight: number, round: number): number[] {
  if (weight === 0) return [1e-4, 1e-2, 1, 100];
  const by = MULTIPLES[Math.min(round, MULTIPLES.length - 1)]!;
  return [weight * by, weight / by, 0];
}

function signedFrom(weight: number, scale: number, round: number): number[] {
  if (weight === 0) return [scale, -scale, scale / 10, -scale / 10, 10 * scale, -10 * scale];
  const by = MULTIPLES[Math.min(round, MULTIPLES.length - 1)]!;
  return [weight * by, weight / by, 0];
}
