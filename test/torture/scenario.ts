import type { Random } from "./random.js";

/** Something terrible that nothing may be lost in. */
export interface Scenario {
  readonly name: string;
  /** In a few words. */
  readonly what: string;
  /** Of a long run. */
  readonly rounds: number;
  /** Answers what was wrong in the end, in words: nothing, where all is well. */
  readonly run: (random: Random, rounds: number, report: (line: string) => void) => Promise<readonly string[]>;
}
