import type { AnomalyKind, ScanFactsFragment } from "../generated/operations.js";
import { REASONS } from "../kit/words.js";

export const ANOMALIES: Readonly<Record<AnomalyKind, string>> = {
  CLOCK_SKEW: "Scanner's clock is off",
  DUPLICATE_ENTRY: "Duplicate entry",
  EXIT_WITHOUT_ENTRY: "Exit without entry",
  INVALID_TICKET_ADMITTED: "Invalid ticket admitted",
  OVER_CAPACITY: "Over capacity",
  RAPID_REENTRY: "Rapid re-entry",
};

/** What came of a scan, such as `In`, `Out`, `Refused: venue full`. */
export function verdictOf({ outcome, direction, reason, conflict, automatic }: ScanFactsFragment): string {
  if (outcome === "REFUSED") return reason === null ? "Refused" : `Refused: ${REASONS[reason]}`;
  const words = automatic ? "Out at the end" : direction === "ENTRY" ? "In" : "Out";
  if (outcome === "ANNULLED") return `${words}, taken back`;
  return conflict === null ? words : `${words}, though ${REASONS[conflict]}`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** By the venue's own clock. */
export function shownTime(at: string, timeZone: string): string {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium" });
    clocks.set(timeZone, clock);
  }
  return clock.format(new Date(at));
}
