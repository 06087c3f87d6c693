import { describe, expect, it } from "vitest";
import { levelOf } from "../web/board/level.js";
import { EMPTY, withCounts } from "../web/board/model.js";
import { arrivalSeries, insideSeries } from "../web/board/series.js";

const MINUTE = 60_000;

describe("the bar", () => {
  it.each([
    [0, "calm", "0 % full"],
    [79, "calm", "79 % full"],
    [80, "filling", "Filling: 80 %"],
    [90, "high", "Nearly full: 90 %"],
    [99, "high", "Nearly full: 99 %"],
    [100, "full", "Full"],
    [101, "full", "Over capacity"],
  ])("at %i of 100 is %s", (inside, name, words) => {
    expect(levelOf(inside, 100, [80, 90, 100])).toEqual({ name, words });
  });

  it("calls nothing full that has a place left", () => {
    expect(levelOf(2_799, 2_800, [80, 90, 100]).words).toBe("Nearly full: 99 %");
    expect(levelOf(0, 0, [80]).name).toBe("full");
  });
});

describe("the curves", () => {
  const history = [0, 1, 2, 3].map((minute) => ({ at: minute * MINUTE, inside: minute * 10, entries: minute * 10 }));
  const seen = [
    { at: 3 * MINUTE - 1_000, inside: 30, entries: 160 },
    { at: 3 * MINUTE + 1_000, inside: 33, entries: 163 },
    { at: 4 * MINUTE + 1_000, inside: 40, entries: 170 },
  ];

  it("go on from what the server told with what was seen since", () => {
    expect(insideSeries(history, seen)[1]).toEqual([0, 10, 20, 30, 33, 40]);
    expect(arrivalSeries(history, seen)).toEqual([
      [-30, 30, 90, 150, 210, 270],
      [0, 10, 20, 30, 3, 7],
    ]);
  });

  it("begin a minute before anything happened", () => {
    const quiet = Array.from({ length: 5 }, (_, minute) => ({ at: (minute - 5) * MINUTE, inside: 0, entries: 0 }));
    expect(insideSeries([...quiet, ...history], [])[0]).toEqual([0, 60, 120, 180]);
  });
});

describe("the counts that are seen", () => {
  const counts = {
    version: 5,
    inside: 1,
    capacity: 9,
    available: 8,
    theoretical: 1,
    entries: 1,
    exits: 0,
    refusals: 0,
    gates: [],
  };

  it("never go back to an older version", () => {
    const state = withCounts(EMPTY, counts, 0);
    expect(withCounts(state, { ...counts, version: 4, inside: 7 }, 1)).toBe(state);
  });

  it("are remembered once a second, the last of it, and for ten minutes at most", () => {
    let state = EMPTY;
    for (let tick = 0; tick < 20_000; tick++)
      state = withCounts(state, { ...counts, version: tick, inside: tick }, tick * 100);
    expect(state.seen.length).toBe(600);
    expect(state.seen.at(-1)?.inside).toBe(19_999);
  });
});
