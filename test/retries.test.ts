import type { Pool } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { inTransaction } from "../src/domain/transaction.js";
import { interfere } from "./setup/interference.js";
import { codes, tallied, tryScan } from "./setup/race.js";
import { eventWith, held, outcomeOf, pay, reserve, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { mutate, type Venue, World } from "./setup/world.js";

const MOST_TRIES = 5;
const STATES = [
  ["a serialisation failure", "40001"],
  ["a deadlock", "40P01"],
] as const;

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  venue = await world.venue({ capacity: 10_000 });
});
afterAll(() => gatehouse.close());

let made = 0;

/** The error is raised that many times; answers how often it was come to. A sequence counts on when its transaction is rolled back. */
async function failing(
  { table, when, state }: { readonly table: string; readonly when: string; readonly state: string },
  times: number,
): Promise<() => Promise<number>> {
  made += 1;
  const tries = `tries_${made}`;
  await gatehouse.sql(`create sequence ${tries}`);
  const run = `if nextval('${tries}') <= ${times} then raise exception 'again' using errcode = '${state}'; end if;`;
  await interfere(gatehouse, { table, when, run });
  return async () => {
    const [row] = await gatehouse.sql<{ tries: string }>(`select last_value as tries from ${tries}`);
    return Number(row?.tries);
  };
}

describe.for(STATES)("%s is tried again as a whole", ([, state]) => {
  it("in a mutation of the ORM's, and what it did before is there once", async () => {
    const name = `Gate ${state}`;
    const tries = await failing({ table: "audit_entries", when: "new.action = 'addGate'", state }, MOST_TRIES - 1);
    const added = await mutate(venue.owner.client, "addGate", "AddGateInput", "gate { id }", {
      venueId: venue.id,
      name,
    });
    expect(added.userErrors).toEqual([]);
    expect(await tries()).toBe(MOST_TRIES);
    expect(await gatehouse.sql("select from gates where name = $1", [name])).toHaveLength(1);
  });

  it("in a reservation and a payment", async () => {
    const event = await eventWith(venue, 10);
    const buyer = await world.person();
    const when = "new.reservation_id is not null";
    const reserving = await failing({ table: "idempotency_keys", when: "new.operation = 'reserveTickets'", state }, 2);
    const paying = await failing({ table: "idempotency_keys", when: "new.operation = 'payReservation'", state }, 2);
    await failing({ table: "tickets", when, state }, 1);
    const reservation = await held(buyer.client, event, { Standard: 2 });
    expect(outcomeOf(await pay(buyer.client, reservation))).toBe("PAID");
    expect(await reserving()).toBeGreaterThan(2);
    expect(await paying()).toBeGreaterThan(2);
    expect(await stockOf(event)).toMatchObject({ sold: 2, reserved: 0 });
  });

  it("in a batch of scans", async () => {
    const sent = codes(5, `S${state}`);
    const tries = await failing({ table: "scans", when: `new.code = '${sent[0]}'`, state }, 2);
    await (await eventWith(venue, 10)).tickets(sent);
    const { client } = await venue.device();
    const outcomes = await Promise.all(sent.map((code) => tryScan(client, { code })));
    expect(tallied(outcomes)).toEqual({ ACCEPTED: sent.length });
    expect(await tries()).toBe(3);
  });

  it("five times at most, and told as OVERLOADED", async () => {
    const event = await eventWith(venue, 10);
    const buyer = await world.person();
    const tries = await failing({ table: "reservations", when: "true", state }, 1_000);
    await expect(reserve(buyer.client, event)).rejects.toThrow("OVERLOADED");
    expect(await tries()).toBe(MOST_TRIES);
    await gatehouse.sql("alter table reservations disable trigger user");
    expect(outcomeOf(await reserve(buyer.client, event))).toBe("RESERVED");
    await expectCountsRight(gatehouse);
  });
});

describe("what is tried again waits", () => {
  afterEach(() => vi.restoreAllMocks());

  /** Milliseconds before each try but the first. */
  async function waits(random: number): Promise<number[]> {
    vi.spyOn(Math, "random").mockReturnValue(random);
    const tries: number[] = [];
    const work = inTransaction({ connect: async () => client } as unknown as Pool, async () => {
      tries.push(performance.now());
      throw Object.assign(new Error("again"), { code: "40001" });
    });
    await expect(work).rejects.toThrow("again");
    return tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  }
  const client = { query: async () => {}, release: () => {} };

  it("ever longer, and for a random time, so that two that met do not meet again", async () => {
    const [longest, shortest] = [await waits(0.999), await waits(0)];
    expect(longest).toHaveLength(MOST_TRIES - 1);
    for (const [index, wait] of longest.entries()) expect(wait).toBeGreaterThan(35 * 2 ** index);
    expect(Math.min(...shortest)).toBeLessThan(35);
  });
});
