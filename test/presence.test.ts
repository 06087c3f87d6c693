import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareMoments } from "../src/domain/moment.js";
import { advance, hasLeft, insideAt, isTheoreticallyInside, NEVER_SCANNED } from "../src/domain/presence.js";
import { RefusalReason, ScanDirection, ScanOutcome } from "../src/entities/scan.js";

const START = Date.parse("2026-06-01T18:00:00Z");

const anyScan = fc.record({
  at: fc.nat(5).map((minutes) => new Date(START + minutes * 60_000)),
  key: fc.constantFrom("a", "b", "é", "\u{1F39F}", "\uFFFD", "aa", "B"),
  direction: fc.constantFrom(...Object.values(ScanDirection)),
  gateId: fc.constantFrom("A", "B", "C"),
  outcome: fc.constantFrom(ScanOutcome.ACCEPTED, ScanOutcome.REFUSED),
  reason: fc.constantFrom(RefusalReason.VENUE_FULL, RefusalReason.EVENT_FULL, RefusalReason.ALREADY_INSIDE, null),
});
const anyStory = fc.uniqueArray(anyScan, {
  selector: ({ at, key, direction, gateId }) => `${at.getTime()} ${key} ${direction} ${gateId}`,
  maxLength: 12,
});
const anyStoryTwice = anyStory.chain((story) =>
  fc.tuple(fc.constant(story), fc.shuffledSubarray(story, { minLength: story.length })),
);

const replay = (story: Parameters<typeof advance>[1][]) => story.reduce(advance, NEVER_SCANNED);

describe("a ticket's presence", () => {
  it("is the same in whatever order its scans arrive", () => {
    fc.assert(
      fc.property(anyStoryTwice, ([story, shuffled]) => {
        expect(replay(shuffled)).toEqual(replay(story));
      }),
      { numRuns: 500 },
    );
  });

  it("is what a plain replay of the sorted scans tells", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const sorted = story.toSorted(compareMoments);
        const accepted = sorted.filter((scan) => scan.outcome === ScanOutcome.ACCEPTED);
        const wanted = sorted.filter(
          (scan) =>
            scan.outcome === ScanOutcome.ACCEPTED ||
            scan.reason === RefusalReason.VENUE_FULL ||
            scan.reason === RefusalReason.EVENT_FULL,
        );
        const last = accepted.at(-1);
        const firstEntry = accepted.findIndex((scan) => scan.direction === ScanDirection.ENTRY);
        const state = replay(story);
        expect(insideAt(state)).toBe(last?.direction === ScanDirection.ENTRY ? last.gateId : null);
        expect(isTheoreticallyInside(state)).toBe(wanted.at(-1)?.direction === ScanDirection.ENTRY);
        expect(hasLeft(state)).toBe(
          firstEntry >= 0 && accepted.slice(firstEntry).some((scan) => scan.direction === ScanDirection.EXIT),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("orders scans of one instant by their keys' bytes, as the database does", () => {
    const entry = { at: new Date(START), direction: ScanDirection.ENTRY };
    // In UTF-16 the ticket emoji would come before the replacement character.
    expect(compareMoments({ ...entry, key: "\u{1F39F}" }, { ...entry, key: "\uFFFD" })).toBeGreaterThan(0);
    expect(compareMoments({ ...entry, key: "B" }, { ...entry, key: "a" })).toBeLessThan(0);
  });
});
