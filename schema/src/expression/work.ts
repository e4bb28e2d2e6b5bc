import { expressionLimits } from "./limits.ts";
import { ExpressionFault } from "./problem.ts";

/** Counts what an evaluation does; throws a fault once it is over its budget of steps, or would make something too large. */
export class Work {
  readonly #budget: number;
  #left: number;

  constructor(steps: number) {
    this.#budget = steps;
    this.#left = steps;
  }

  /** Steps that are left. */
  get left(): number {
    return this.#left;
  }

  /** Takes `steps` of the budget. */
  spend(steps: number): void {
    this.#left -= steps;
    // Also true for NaN, so that no size that cannot be counted is free.
    if (!(this.#left >= 0)) {
      throw new ExpressionFault(
        "over_budget",
        `the expression does more than ${this.#budget} steps of work; filter or shorten what it works on`,
      );
    }
  }

  /** Takes what it costs to go once through `length` characters. */
  read(length: number): void {
    this.spend(Math.ceil(length / 64));
  }

  /** Throws a fault when a text of `length` characters is over the limit. */
  fits(length: number): void {
    if (!(length <= expressionLimits.size)) {
      throw new ExpressionFault(
        "too_large",
        `a text of ${length} characters is over the limit of ${expressionLimits.size}`,
      );
    }
  }

  /** Takes what it costs to make a text of `length` characters; a text over the limit is refused before it is made. */
  text(length: number): void {
    this.fits(length);
    this.read(length);
  }

  /** Takes what it costs to make a list of `length` places; a list over the limit is refused before it is made. */
  list(length: number): void {
    if (!(length * 8 <= expressionLimits.size)) {
      throw new ExpressionFault(
        "too_large",
        `a list of ${length} places is over the limit of ${expressionLimits.size / 8}`,
      );
    }
    this.spend(length);
  }

  /** Takes what it costs to look for `needle` characters among `length`: the worst case of a text search is their product. */
  search(length: number, needle: number): void {
    this.spend(Math.ceil((length * Math.max(16, needle)) / 1024));
  }
}
