import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeId } from "../src/schema/ids.js";
import { auditLog, type Entry } from "./setup/audit.js";
import { chargeOf } from "./setup/charges.js";
import type { Variables } from "./setup/client.js";
import { csv, refusal, scansOf, send, ticketsOf } from "./setup/imports.js";
import { PaymentCompany } from "./setup/payment-company.js";
import { eventWith, held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, made, type Person, recordScan, type Venue, World } from "./setup/world.js";

let company: PaymentCompany;
let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
beforeAll(async () => {
  company = await PaymentCompany.open();
  gatehouse = await startGatehouse({ jobs: false }, { payments: company.provider() });
  world = new World(gatehouse.url);
  venue = await world.venue();
});
afterAll(async () => {
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
  await company[Symbol.asyncDispose]();
});

const logOf = async ({ id, owner }: Venue): Promise<Entry[]> => (await auditLog(owner.client, id)) ?? [];
const latest = async (place: Venue): Promise<Entry | undefined> => (await logOf(place))[0];
const rename = ({ client }: Person, { id }: Venue, name: string) =>
  made(client, "updateVenue", "UpdateVenueInput", "venue { id }", { venueId: id, name });

describe("an entry", () => {
  it("tells who, when, what and of what, the newest first", async () => {
    const place = await world.venue();
    const began = Date.now();
    await rename(place.owner, place, "Renamed");
    const [renamed, ...before] = await logOf(place);
    expect(renamed).toEqual({
      ...{ id: expect.stringMatching(/^aud_/), at: expect.any(String) },
      ...{ user: { id: place.owner.id }, device: null },
      ...{ action: "updateVenue", target: place.id, summary: "Changed name." },
    });
    expect(Date.parse(renamed?.at ?? "")).toBeGreaterThanOrEqual(began);
    expect(before).toMatchObject([{ action: "createVenue", target: place.id }]);
  });

  it("names the admin who changed another's venue", async () => {
    const admin = await world.person();
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    await rename(admin, venue, "By an admin");
    expect(await latest(venue)).toMatchObject({ action: "updateVenue", user: { id: admin.id } });
  });

  it("names the device that took its own scan back, and no user", async () => {
    const device = await venue.device();
    const { scan } = await recordScan(device.client, { code: "nobody's", direction: "EXIT" });
    const input = { scanId: scan?.id, reason: "A mistake" };
    await made(device.client, "annulScan", "AnnulScanInput", "scan { id }", input);
    const entry = { action: "annulScan", user: null, device: { id: device.id }, target: scan?.id };
    expect(await latest(venue)).toMatchObject(entry);
  });

  it("names nobody any more once they are erased, whether they did it or it was about them", async () => {
    const place = await world.venue();
    const clerk = await place.staff();
    const admin = await world.person();
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    await rename(admin, place, "By somebody");
    const entries = (user: unknown, target: unknown) => [
      { action: "updateVenue", user },
      { action: "addVenueStaff", user: { id: place.owner.id }, target },
    ];
    expect(await logOf(place)).toMatchObject([...entries({ id: admin.id }, clerk.id), {}]);
    for (const { client, password } of [clerk, admin]) {
      await made(client, "deleteAccount", "DeleteAccountInput", "ok", { password });
    }
    const left = { action: "deleteAccount", user: null, target: null, summary: /staff deleted their account/ };
    expect(await logOf(place)).toMatchObject([
      { ...left, summary: expect.stringMatching(left.summary) },
      ...entries(null, null),
      { user: { id: place.owner.id } },
    ]);
  });

  it("of what the system did names nobody: money that went back cancels its tickets", async () => {
    const event = await eventWith(venue, 10);
    const buyer = await world.person();
    const hold = await held(buyer.client, event, { Standard: 2 });
    await pay(buyer.client, hold);
    const notice = { type: "charge.refunded", charge: await chargeOf(gatehouse, hold), refunded: 2_000 };
    const { body, headers } = company.sign(notice);
    await fetch(`${gatehouse.url}/payments/webhook`, { method: "POST", body, headers });
    const entries = (await logOf(venue)).slice(0, 2);
    expect(entries).toMatchObject([0, 1].map(() => ({ action: "cancelTicket", user: null, device: null })));
    expect(entries.map(({ target }) => target).sort()).toEqual(hold.tickets.map(({ id }) => id).sort());
  });
});

describe("a file", () => {
  it("of tickets is told of by those it brought, in the transaction that kept them; of none it is not", async () => {
    const event = await venue.event();
    const file = csv(["A", "B", "C"].map((code) => ({ code, ticket_type: "Standard" })));
    const { client, id } = venue.owner;
    await send(client, ticketsOf(event.id), file);
    const told = {
      action: "importTickets",
      target: event.id,
      user: { id },
      summary: "Imported 3 tickets from a file.",
    };
    const before = await logOf(venue);
    expect(before[0]).toMatchObject(told);
    await send(client, ticketsOf(event.id), file);
    expect((await refusal((await world.person()).client, ticketsOf(event.id), file)).status).toBe(403);
    expect(await logOf(venue)).toEqual(before);
  });

  it("of scans is told of when it begins", async () => {
    const scannedAt = new Date().toISOString();
    const row = { key: "k", code: "nobody's", direction: "EXIT", gate: "A", scanned_at: scannedAt };
    await send(venue.owner.client, scansOf(venue.id), csv([row]));
    expect(await latest(venue)).toMatchObject({ action: "importScans", target: venue.id });
  });
});

describe("the log", () => {
  it("is for the owner and admins alone", async () => {
    const place = await world.venue();
    const [staff, stranger] = [await place.staff(), await world.person()];
    const device = await place.device();
    for (const { client } of [staff, stranger, device, { client: world.anonymous }]) {
      expect(await auditLog(client, place.id)).toBeNull();
    }
    expect(await auditLog(place.owner.client, place.id)).toHaveLength(3);
  });

  it("keeps scans, holds and payments out: they are their own record", async () => {
    const place = await world.venue();
    const event: Event = await eventWith(place, 10);
    const before = await logOf(place);
    const buyer = await world.person();
    const hold = await held(buyer.client, event);
    await pay(buyer.client, hold);
    await recordScan(place.owner.client, { gateId: place.gate(), code: hold.tickets[0]?.code });
    expect(await logOf(place)).toEqual(before);
  });

  it.each([
    ["changed", "update audit_entries set summary = 'Nothing.'"],
    ["changed, even where none is", "update audit_entries set summary = '' where false"],
    ["deleted", "delete from audit_entries"],
    ["emptied", "truncate audit_entries"],
    ["emptied with what stands on venues", "truncate venues cascade"],
  ])("cannot be %s, not by the owner of the database either", async (_what, statement) => {
    const before = await logOf(venue);
    await expect(gatehouse.sql(statement)).rejects.toMatchObject({ code: "23001" });
    expect(await logOf(venue)).toEqual(before);
  });

  it("is read in pages from both ends, all of one instant too, and goes on where it was while more is written", async () => {
    const place = await world.venue();
    for (let index = 0; index < 6; index++) await rename(place.owner, place, `Name ${index}`);
    const venueId = (await gatehouse.sql<{ id: string }>("select id from venues order by created_at desc limit 1"))[0]
      ?.id;
    await gatehouse.sql(
      `insert into audit_entries select gen_random_uuid(), venue_id, at, user_id, device_id, action, target_kind,
       target_id, summary from audit_entries where venue_id = $1`,
      [venueId],
    );
    expect(encodeId("ven", venueId ?? "")).toBe(place.id);
    const all = (await logOf(place)).map(({ id }) => id);
    expect(all).toHaveLength(14);
    const grow = async (index: number) => rename(place.owner, place, `Later ${index}`);
    expect(await walk(place, "forward", grow)).toEqual(all);
    const grown = (await logOf(place)).map(({ id }) => id);
    expect(await walk(place, "backward")).toEqual(grown);
    expect((await pageOf(place, { first: 1 })).totalCount).toBe(grown.length);
  });

  it("is read by its index, a page of many entries", async () => {
    const { id } = (await gatehouse.sql<{ id: string }>("select id from venues limit 1"))[0] ?? {};
    await gatehouse.sql(
      `insert into audit_entries select gen_random_uuid(), $1, now() - make_interval(secs => n), null, null, 'updateVenue',
       'VENUE', $1, 'Changed name.' from generate_series(1, 5000) n`,
      [id],
    );
    await gatehouse.sql("analyze audit_entries");
    const plan = await gatehouse.sql<{ "QUERY PLAN": string }>(
      `explain select * from audit_entries where venue_id = '${id}' order by at desc, id desc limit 21`,
    );
    expect(plan.map((row) => row["QUERY PLAN"]).join("\n")).toMatch(/Index Scan Backward using audit_entries_venue_id/);
  });
});

interface Page {
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number;
}

async function pageOf({ id, owner }: Venue, args: Variables): Promise<Page> {
  const query = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { venue(id: $id) {
    auditLog(first: $first, after: $after, last: $last, before: $before) { nodes { id } totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  return (await owner.client.ok<{ venue: { auditLog: Page } }>(query, { id, ...args })).venue.auditLog;
}

/** The ids in the log's order; `between` happens after each page. */
async function walk(
  place: Venue,
  way: "forward" | "backward",
  between: (index: number) => Promise<unknown> = async () => {},
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let index = 0; index < 50; index++) {
    const page: Page = await pageOf(
      place,
      way === "forward" ? { first: 3, after: cursor } : { last: 3, before: cursor },
    );
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    const found = page.nodes.map(({ id }) => id);
    if (way === "forward") ids.push(...found);
    else ids.unshift(...found);
    if (!(way === "forward" ? hasNextPage : hasPreviousPage)) return ids;
    cursor = way === "forward" ? endCursor : startCursor;
    await between(index);
  }
  throw new Error("the log has no end");
}
