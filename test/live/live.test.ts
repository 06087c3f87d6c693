import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CredentialEnded } from "../../src/live/rights.js";
import { collect, DEVICE, GATE, OTHER_GATE, startNode, until, user, VENUE, Venue, watching } from "./world.js";

const NOTHING = { subscriptions: 0, feeds: 0, readers: 0 };

describe("a subscriber of a venue's counts", () => {
  it("gets the present state at once and then each change", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const states = live.occupancyChanged(watching(user()));
    expect((await states.next()).value?.version).toBe(1);
    await sleep(150);
    const begun = performance.now();
    live.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
    expect((await states.next()).value?.version).toBe(2);
    expect(performance.now() - begun).toBeLessThan(50);
    await states.return();
    expect(live.held).toEqual(NOTHING);
  });

  it("gets a burst merged to ten messages a second, and its last state", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const states = live.occupancyChanged(watching(user()));
    const { values, moments } = collect(states);
    await until(() => values.length === 1);
    for (let round = 0; round < 150; round++) {
      live.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
      await sleep(10);
    }
    await until(() => values.at(-1)?.version === venue.version, 250);
    for (const [index, moment] of moments.entries()) {
      expect(moments.filter((other) => other >= moment && other < moment + 1000).length, `${index}`).toBeLessThan(12);
    }
    expect(values.length).toBeGreaterThan(8);
    expect(venue.reads).toBeLessThanOrEqual(Math.ceil((moments.at(-1) ?? 0) - (moments[0] ?? 0)) / 100 + 3);
    const versions = values.map(({ version }) => version);
    expect(versions).toEqual([...versions].sort((one, other) => one - other));
    await states.return();
  });

  it("shares one read with a thousand others", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const all = Array.from({ length: 1000 }, () => live.occupancyChanged(watching(user())));
    const collected = all.map((states) => collect(states));
    await until(() => collected.every(({ values }) => values.length === 1));
    expect(venue.reads).toBe(1);
    expect(live.held).toEqual({ subscriptions: 1000, feeds: 1, readers: expect.any(Number) });
    await sleep(120);
    live.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
    await until(() => collected.every(({ values }) => values.length === 2));
    expect(venue.reads).toBe(2);
    expect(new Set(collected.map(({ values }) => values[1])).size).toBe(1);
    await Promise.all(all.map((states) => states.return()));
    expect(live.held).toEqual(NOTHING);
  });

  it("that is slow finds only the newest state", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const states = live.occupancyChanged(watching(user()));
    await states.next();
    for (let round = 0; round < 5; round++) {
      live.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
      await sleep(120);
    }
    expect((await states.next()).value?.version).toBe(6);
    await states.return();
  });

  it("is healed by polling when the message was lost", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const states = live.occupancyChanged(watching(user()));
    await states.next();
    venue.change();
    const begun = performance.now();
    expect((await states.next()).value?.version).toBe(2);
    expect(performance.now() - begun).toBeLessThan(2200);
    await states.return();
  });

  it("never sees a version go back", async () => {
    const venue = new Venue();
    venue.version = 7;
    const live = startNode(venue);
    const { values } = collect(live.occupancyChanged(watching(user())));
    await until(() => values.length === 1);
    venue.version = 5;
    live.announce({ kind: "occupancy", venueId: VENUE, version: 8 });
    await sleep(150);
    venue.version = 9;
    live.announce({ kind: "occupancy", venueId: VENUE, version: 9 });
    await until(() => values.length === 2);
    expect(values.map(({ version }) => version)).toEqual([7, 9]);
  });

  it("stays while the database is away", async () => {
    const venue = new Venue();
    venue.isAway = true;
    const live = startNode(venue);
    const { values } = collect(live.occupancyChanged(watching(user())));
    await sleep(1200);
    expect([values.length, live.held.subscriptions]).toEqual([0, 1]);
    venue.isAway = false;
    await until(() => values.length === 1, 700);
  });

  it("holds nothing once it left, even before the first state came or while it waits", async () => {
    const live = startNode(new Venue());
    const unstarted = live.occupancyChanged(watching(user()));
    expect(live.held).toEqual(NOTHING);
    await unstarted.return();
    const starting = live.occupancyChanged(watching(user()));
    const first = starting.next();
    await starting.return();
    expect(await first).toEqual({ done: true, value: undefined });
    const waiting = live.gateOccupancyChanged(watching(user()), GATE);
    await waiting.next();
    const second = waiting.next();
    await waiting.return();
    expect(await second).toEqual({ done: true, value: undefined });
    expect(live.held).toEqual(NOTHING);
  });

  it("is ended when the node closes", async () => {
    const live = startNode(new Venue());
    const { ended } = collect(live.occupancyChanged(watching(user())));
    await sleep(20);
    live.close();
    await ended;
    expect(live.held).toEqual(NOTHING);
  });
});

describe("a subscriber of a gate's counts", () => {
  it("gets them only when they have changed", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const { values } = collect(live.gateOccupancyChanged(watching(DEVICE), GATE));
    await until(() => values.length === 1);
    live.announce({ kind: "occupancy", venueId: VENUE, version: venue.change(OTHER_GATE) });
    await sleep(200);
    expect(values.length).toBe(1);
    live.announce({ kind: "occupancy", venueId: VENUE, version: venue.change(GATE) });
    await until(() => values.length === 2);
    expect(values.map(({ gate, version }) => [gate.id, version])).toEqual([
      [GATE, 1],
      [GATE, 3],
    ]);
    expect(values[0]?.asOf).toBeInstanceOf(Date);
  });
});

describe("a subscriber whose right ends", () => {
  it("is told so at once when the change is known", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const { values, ended } = collect(live.occupancyChanged(watching(user())));
    await until(() => values.length === 1);
    venue.verdict = "forbidden";
    const begun = performance.now();
    live.announce({ kind: "rights", credentialId: "session" });
    await expect(ended).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(performance.now() - begun).toBeLessThan(500);
    expect(live.held).toEqual(NOTHING);
  });

  it("is told so within a second and a half when it is not", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const { values, ended } = collect(live.gateOccupancyChanged(watching(DEVICE), GATE));
    await until(() => values.length === 1);
    venue.verdict = "invalid credential";
    const begun = performance.now();
    await expect(ended).rejects.toBeInstanceOf(CredentialEnded);
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  it("stays while that cannot be checked", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const { values, ended } = collect(live.occupancyChanged(watching(user())));
    await until(() => values.length === 1);
    venue.isAway = true;
    venue.verdict = "forbidden";
    live.announce({ kind: "rights", credentialId: null });
    await sleep(300);
    expect(live.held.subscriptions).toBe(1);
    venue.isAway = false;
    await expect(ended).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it("is not looked for when another's credential has ended", async () => {
    const venue = new Venue();
    const live = startNode(venue);
    const { values } = collect(live.occupancyChanged(watching(user())));
    await until(() => values.length === 1);
    live.announce({ kind: "rights", credentialId: "another" });
    await sleep(100);
    expect(venue.checks).toBe(0);
  });
});
