import type { Random } from "./random.js";

/** Something terrible that nothing may be lost in. */
export interface Scenario {
  readonly name: string;
  /** In a few words. */
  readonly what: string;
  /** Of a long run. */
  readonly rounds: number;
  readonly run: (random: Random, rounds: number, report: (line: string) => void) => Promise<Verdict>;
}

export interface Verdict {
  /** What was wrong in the end, in words: nothing, where all is well. */
  readonly problems: readonly string[];
  readonly figures: Figures;
}

export interface Figures {
  /** Operations that were answered as done, each of which must be there once. */
  readonly acknowledged: number;
  /** Milliseconds of each round until it served again. Empty where something served all the time. */
  readonly away: readonly number[];
}
