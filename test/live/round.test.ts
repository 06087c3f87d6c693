import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Round } from "../../src/live/round.js";

/** More than are told at a turn. */
const MANY = 100;
const SPACING = 100;

/** A round with so many members, what each of them was told, and how each leaves. */
function makeRound(count = MANY, spacing = 0) {
  const warnings: unknown[] = [];
  const round = new Round<number>(spacing, (error) => warnings.push(error));
  const join = () => {
    const told: number[] = [];
    const times: number[] = [];
    const offer = (state: number) => {
      told.push(state);
      times.push(performance.now());
    };
    return { told, times, leave: round.join({ offer }) };
  };
  return { round, join, members: Array.from({ length: count }, join), warnings };
}

describe("a round", () => {
  it("tells everybody, some at a turn", async () => {
    const { round, members } = makeRound();
    const all = round.tell(1);
    const early = members.filter(({ told }) => told.length > 0).length;
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(MANY);
    await all;
    expect(members.map(({ told }) => told)).toEqual(Array.from({ length: MANY }, () => [1]));
  });

  it("goes on with the newer state from where it stands, and comes by those once more that had the older", async () => {
    const { round, members } = makeRound();
    void round.tell(1);
    const early = members.filter(({ told }) => told.length > 0).length;
    await round.tell(2);
    const expected = members.map((_, index) => (index < early ? [1, 2] : [2]));
    expect(members.map(({ told }) => told)).toEqual(expected);
  });

  it("reaches everybody however often something newer comes", async () => {
    const { round, members } = makeRound();
    for (let state = 1; state < 50; state += 1) {
      void round.tell(state);
      await turn();
    }
    for (const { told } of members) expect(told.length).toBeGreaterThan(5);
    await round.tell(50);
    for (const { told } of members) {
      expect(told.at(-1)).toBe(50);
      expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
    }
  });

  it("tells each state once, also where others leave and join on the way", async () => {
    const { round, join, members } = makeRound();
    const late: ReturnType<typeof join>[] = [];
    for (let state = 1; state <= 20; state += 1) {
      const all = round.tell(state);
      members.pop()?.leave();
      members.shift()?.leave();
      late.push(join());
      await turn();
      members.pop()?.leave();
      await all;
    }
    const states = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const { told } of members) expect(told).toEqual(states);
    for (const [index, { told }] of late.entries()) expect(told).toEqual(states.slice(index + 1));
  });

  it("waits for the first who is written to, so that the others are told in turn, but not for long", async () => {
    const { round, join } = makeRound(0);
    const written = Promise.withResolvers<void>();
    const never = new Promise<void>(() => {});
    const asked: number[] = [];
    round.join({
      offer: (state) => {
        asked.push(state);
        return state === 1 ? written.promise : never;
      },
    });
    const { told } = join();
    const first = round.tell(1);
    await turn();
    expect([asked, told]).toEqual([[1], []]);
    written.resolve();
    await first;
    expect(told).toEqual([1]);
    await round.tell(2);
    expect([asked, told]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it("knows how long it took to come by everybody", async () => {
    const { round } = makeRound(0);
    for (let member = 0; member < MANY; member += 1) {
      round.join({
        offer: () => {
          const until = performance.now() + 0.5;
          while (performance.now() < until);
        },
      });
    }
    expect(round.lap).toBe(0);
    await round.tell(1);
    expect(round.lap).toBeGreaterThan(0.4 * MANY);
  });

  it("waits where it comes by too soon, goes on with what is newest by then, and still tells some at a turn", async () => {
    const { round, members } = makeRound(MANY, SPACING);
    await round.tell(1);
    void round.tell(2);
    const leaving = members.pop();
    const all = round.tell(3);
    leaving?.leave();
    let most = 0;
    const counted = () => members.filter(({ told }) => told.length > 1).length;
    for (let before = 0; before < members.length; before = counted()) {
      await turn();
      most = Math.max(most, counted() - before);
    }
    await all;
    expect(most).toBeLessThan(MANY / 2);
    expect(leaving?.told).toEqual([1]);
    for (const { told, times } of members) {
      expect(told).toEqual([1, 3]);
      // The moments it goes by are those of a turn's beginning.
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(SPACING - 5);
    }
  });

  it("goes on past a member that fails", async () => {
    const { round, join, warnings } = makeRound(0);
    round.join({
      offer: () => {
        throw new Error("broken");
      },
    });
    const { told } = join();
    await round.tell(1);
    await round.tell(2);
    expect(told).toEqual([1, 2]);
    expect(warnings).toHaveLength(2);
  });

  it("tells nobody when nobody is there", async () => {
    const { round, join } = makeRound(0);
    await round.tell(1);
    const { told, leave } = join();
    expect(round.isEmpty).toBe(false);
    leave();
    expect(round.isEmpty).toBe(true);
    await round.tell(2);
    expect(told).toEqual([]);
  });
});
