import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { interfere, untilAsleep } from "./setup/interference.js";
import { codes, type Outcome, tallied, tryScan } from "./setup/race.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { mutate, type Person, type Venue, World } from "./setup/world.js";

const POOL_SIZE = 2;

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse({ databasePoolSize: POOL_SIZE, gatePoolSize: POOL_SIZE });
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
  await interfere(gatehouse, { when: "new.code = 'SLOW'", run: "perform pg_sleep(0.4);" });
});
afterEach(() => expectCountsRight(gatehouse));
afterAll(() => gatehouse.close());

async function open(ticketCodes: readonly string[]): Promise<{ venue: Venue; device: Client }> {
  const venue = await world.venue({}, owner);
  await (await venue.event()).tickets([...ticketCodes, "SLOW"]);
  return { venue, device: (await venue.device()).client };
}

/** All that is done meanwhile finds a batch of the venue under way. */
async function duringBatch<Result>(
  device: Client,
  meanwhile: (slow: Promise<Outcome>) => Promise<Result>,
): Promise<Result> {
  const slow = tryScan(device, { code: "SLOW" });
  await untilAsleep(gatehouse);
  const result = await meanwhile(slow);
  expect(await slow).toMatchObject({ outcome: "ACCEPTED" });
  return result;
}

/** The transactions by which the scans were stored, each once. */
const transactionsOf = (outcomes: readonly Outcome[]) =>
  gatehouse.sql("select distinct xmin::text from scans where key = any($1)", [outcomes.map(({ key }) => key)]);

const storedCount = async (outcomes: readonly Outcome[]): Promise<number> =>
  (await gatehouse.sql("select from scans where key = any($1)", [outcomes.map(({ key }) => key)])).length;

describe("a lone scan", () => {
  it("waits for no company", async () => {
    const { device } = await open(codes(30));
    const times: number[] = [];
    for (const code of codes(30)) {
      const begun = performance.now();
      expect(await tryScan(device, { code })).toMatchObject({ outcome: "ACCEPTED" });
      times.push(performance.now() - begun);
    }
    expect(Math.min(...times)).toBeLessThan(25);
  });

  it("does not wait for another venue's batch", async () => {
    const slow = await open([]);
    const { device } = await open(codes(1));
    let slowIsAnswered = false;
    const isSlowAnswered = await duringBatch(slow.device, async (answer) => {
      void answer.then(() => {
        slowIsAnswered = true;
      });
      expect(await tryScan(device, { code: "C0000" })).toMatchObject({ outcome: "ACCEPTED" });
      return slowIsAnswered;
    });
    expect(isSlowAnswered).toBe(false);
  });
});

describe("scans that arrive while a batch is under way", () => {
  it("are committed together", async () => {
    const { device } = await open(codes(64));
    const outcomes = await duringBatch(device, () => Promise.all(codes(64).map((code) => tryScan(device, { code }))));
    expect(tallied(outcomes)).toEqual({ ACCEPTED: 64 });
    const transactions = await transactionsOf(outcomes);
    expect(transactions.length).toBeLessThan(8);
  });

  it("are committed together without any slowness, when many come at once", async () => {
    const { device } = await open(codes(64));
    const outcomes = await Promise.all(codes(64).map((code) => tryScan(device, { code })));
    expect(tallied(outcomes)).toEqual({ ACCEPTED: 64 });
    expect((await transactionsOf(outcomes)).length).toBeLessThan(48);
  });

  it("are spared by the one whose data breaks the batch", async () => {
    const run = "raise exception 'broken' using errcode = '22000';";
    await interfere(gatehouse, { when: "new.code = 'BROKEN'", run });
    const { device } = await open([...codes(20), "BROKEN"]);
    const sent = codes(20).toSpliced(10, 0, "BROKEN");
    const outcomes = await duringBatch(device, () => Promise.all(sent.map((code) => tryScan(device, { code }))));
    expect(tallied(outcomes)).toEqual({ ACCEPTED: 20, INTERNAL_SERVER_ERROR: 1 });
    expect(outcomes[10]).toMatchObject({ code: "BROKEN", outcome: "INTERNAL_SERVER_ERROR" });
    expect(await storedCount(outcomes)).toBe(20);
  });
});

describe("a serialization failure", () => {
  const failing = async (code: string, times: number) => {
    const tries = `tries_of_${code.toLowerCase()}`;
    await gatehouse.sql(`create sequence ${tries}`);
    // A sequence counts on when its transaction is rolled back.
    const run = `if nextval('${tries}') <= ${times} then raise exception 'again' using errcode = '40001'; end if;`;
    await interfere(gatehouse, { when: `new.code = '${code}'`, run });
    return async () =>
      Number((await gatehouse.sql<{ last_value: string }>(`select last_value from ${tries}`))[0]?.last_value);
  };

  it("is tried again with all its batch until it passes", async () => {
    const tries = await failing("TWICE", 2);
    const { device } = await open([...codes(5), "TWICE"]);
    const sent = [...codes(5), "TWICE"];
    const outcomes = await duringBatch(device, () => Promise.all(sent.map((code) => tryScan(device, { code }))));
    expect(tallied(outcomes)).toEqual({ ACCEPTED: 6 });
    expect(await storedCount(outcomes)).toBe(6);
    expect(await tries()).toBe(3);
  });

  it("that never passes is answered in the end, and may be repeated under its key", async () => {
    await failing("OFTEN", 5);
    const { device } = await open(["OFTEN"]);
    const outcome = await tryScan(device, { code: "OFTEN" });
    expect(outcome.outcome).toMatch(/^OVERLOADED$/);
    expect(await storedCount([outcome])).toBe(0);
    const repeated = await tryScan(device, { code: "OFTEN", key: outcome.key });
    expect(repeated).toMatchObject({ outcome: "ACCEPTED", replayed: false });
  });
});

describe("a database that ends more sessions within their transactions than the pools hold", () => {
  const LANES = 8;
  const DEATHS = 4 * POOL_SIZE;
  const FAULTS = /^OVERLOADED$/;

  /** Ends what sleeps within this table's trigger until that many have died. */
  async function terminate(ofStatement: string): Promise<void> {
    for (let deaths = 0; deaths < DEATHS; ) {
      const ended = await gatehouse.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event = 'PgSleep' and query like $1`,
        [`%${ofStatement}%`],
      );
      deaths += ended.length;
      await sleep(5);
    }
  }

  /** As a scanner does: the same scan under the same key until there is an answer. */
  async function insist(device: Client, code: string, faults: string[]): Promise<Outcome> {
    const key = `insist ${code}`;
    for (let tries = 0; tries < 200; tries += 1) {
      const outcome = await tryScan(device, { code, key });
      if (outcome.id !== null) return outcome;
      faults.push(outcome.outcome);
      await sleep(10);
    }
    throw new Error(`${code} was never answered: ${faults.slice(-3)}`);
  }

  it("keeps every scan that was acknowledged, once, and goes on", async () => {
    await interfere(gatehouse, { when: "new.code like 'DYING%'", run: "perform pg_sleep(0.03);" });
    const crowd = codes(60, "DYING");
    const { device } = await open(crowd);
    const faults: string[] = [];
    const rest = [...crowd];
    const lane = async () => {
      const outcomes: Outcome[] = [];
      for (let code = rest.shift(); code !== undefined; code = rest.shift()) {
        outcomes.push(await insist(device, code, faults));
      }
      return outcomes;
    };
    const [, ...lanes] = await Promise.all([terminate("gate.write"), ...Array.from({ length: LANES }, lane)]);
    const outcomes = lanes.flat();
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.filter((fault) => !FAULTS.test(fault))).toEqual([]);
    expect(tallied(outcomes)).toEqual({ ACCEPTED: crowd.length });
    const stored = await gatehouse.sql<{ key: string }>("select key from scans where code like 'DYING%' order by key");
    expect(stored.map(({ key }) => key)).toEqual(crowd.map((code) => `insist ${code}`));
    expect(await tryScan(device, { code: "DYING0000", direction: "EXIT" })).toMatchObject({ outcome: "ACCEPTED" });
  });

  it("goes on to make places after as many died at that", async () => {
    const run = "perform pg_sleep(0.05);";
    await interfere(gatehouse, { table: "gates", when: "new.name like 'Dying%'", run });
    const { venue } = await open([]);
    let isOver = false;
    const add = async (lane: number) => {
      for (let number = 0; !isOver; number += 1) {
        const input = { venueId: venue.id, name: `Dying ${lane} ${number}` };
        const query = `mutation ($input: AddGateInput!) { addGate(input: $input) { gate { id } } }`;
        const { body } = await owner.client.request(query, { input });
        for (const { extensions } of body.errors ?? []) expect(extensions?.code).toMatch(FAULTS);
      }
    };
    const adding = Promise.all([add(0), add(1), add(2)]);
    await terminate("gates").finally(() => {
      isOver = true;
    });
    await adding;
    const input = { venueId: venue.id, name: "Last" };
    const added = await mutate<{ gate: { id: string } }>(
      owner.client,
      ...(["addGate", "AddGateInput", "gate { id }"] as const),
      input,
    );
    expect(added).toMatchObject({ userErrors: [], gate: { id: expect.any(String) } });
  });
});
