import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enter, leave, setTicket } from "./setup/doors.js";
import { tryScan } from "./setup/race.js";
import { held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, mutate, type Person, recordScan, uploadScans, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
let giver: Person;
let receiver: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  [owner, giver, receiver] = await Promise.all([world.person(), world.person("Giver"), world.person("Receiver")]);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

interface TicketData {
  readonly id: string;
  readonly code: string | null;
  readonly holder: { readonly id: string } | null;
  readonly holderName: string | null;
}

const TICKET = "ticket { id status code holder { id } holderName }";

const transfer = (person: Person, ticketId: string | undefined, toEmail = receiver.email) =>
  mutate<{ ticket: TicketData | null }>(person.client, "transferTicket", "TransferTicketInput", TICKET, {
    ticketId,
    toEmail,
  });
const read = async ({ client }: Person, id: string | undefined) =>
  (
    await client.ok<{ ticket: TicketData | null }>(
      `query ($id: ID!) { ${TICKET.replace("ticket", "ticket(id: $id)")} }`,
      { id },
    )
  ).ticket;
const refused = (code: string, path: string) => ({ ticket: null, userErrors: [{ code, path: [path] }] });

/** Tickets of the giver, at a venue with a device. */
async function give(codes: readonly string[] = ["OLD"], place: Venue | null = null) {
  const venue = place ?? (await world.venue({}, owner));
  const event = await venue.event();
  const ids = await event.tickets(codes, "Standard", { holderEmail: giver.email, holderName: "Gwen Giver" });
  const { client } = await venue.device();
  return { venue, event, ids, id: ids[0], client };
}

const codeOf = async (id: string | undefined) => (await read(receiver, id))?.code ?? "";
const issue = (event: Event, codes: readonly string[]) =>
  mutate<{ tickets: readonly unknown[] }>(owner.client, "issueTickets", "IssueTicketsInput", "tickets { id }", {
    eventId: event.id,
    ticketTypeId: event.types.get("Standard"),
    tickets: codes.map((code) => ({ code })),
  });

describe("transferTicket", () => {
  it("gives the ticket to another user under a new code, which the giver never learns", async () => {
    const { id } = await give();
    expect(await transfer(giver, id)).toEqual({
      ticket: { id, status: "PAID", code: null, holder: null, holderName: null },
      userErrors: [],
    });
    expect(await read(giver, id)).toBeNull();
    expect(await read(receiver, id)).toEqual({
      id,
      status: "PAID",
      code: expect.stringMatching(/^[0-9A-Z]{20}$/),
      holder: { id: receiver.id },
      holderName: null,
    });
  });

  it("takes the ticket out of the giver's list and puts it on the receiver's", async () => {
    const { id } = await give();
    const { email } = receiver;
    await transfer(giver, id, ` ${email.toUpperCase()} `);
    const query = "{ me { tickets(first: 100) { nodes { id } } } }";
    const listed = async ({ client }: Person) =>
      (await client.ok<{ me: { tickets: { nodes: { id: string }[] } } }>(query)).me.tickets.nodes.map(
        (node) => node.id,
      );
    expect(await listed(giver)).not.toContain(id);
    expect(await listed(receiver)).toContain(id);
  });

  it("takes the ticket out of the reservation by which the giver bought it", async () => {
    const event = await (await world.venue({}, owner)).event();
    const hold = await held(giver.client, event, { Standard: 2 });
    await pay(giver.client, hold);
    const [given, kept] = hold.tickets;
    await transfer(giver, given?.id);
    const bought = "query ($id: ID!) { reservation(id: $id) { tickets { id } } }";
    expect(await giver.client.ok(bought, { id: hold.id })).toEqual({ reservation: { tickets: [{ id: kept?.id }] } });
    const query = "query ($id: ID!) { ticket(id: $id) { reservation { id } } }";
    expect(await receiver.client.ok(query, { id: given?.id })).toEqual({ ticket: { reservation: null } });
  });

  it("is for the holder alone: not for the organizer or staff, and for others there is no ticket", async () => {
    const { venue, id } = await give();
    const staff = await venue.staff();
    for (const person of [owner, staff]) await expect(transfer(person, id)).rejects.toThrow("FORBIDDEN");
    const device = await venue.device();
    await expect(transfer({ ...owner, client: device.client }, id)).rejects.toThrow("FORBIDDEN");
    await expect(transfer({ ...owner, client: world.anonymous }, id)).rejects.toThrow("UNAUTHENTICATED");
    expect(await transfer(receiver, id)).toMatchObject(refused("NOT_FOUND", "ticketId"));
    expect((await transfer(giver, id)).userErrors).toEqual([]);
    expect(await transfer(giver, id)).toMatchObject(refused("NOT_FOUND", "ticketId"));
  });

  it("is for admins too", async () => {
    const { id } = await give();
    const admin = await world.person("Admin");
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    expect((await transfer(admin, id)).ticket).toMatchObject({ holder: { id: receiver.id } });
  });

  it("knows only who is registered, and nobody gives to themselves", async () => {
    const { id } = await give();
    for (const email of [`${randomUUID()}@example.com`, "no address", ""]) {
      expect(await transfer(giver, id, email)).toMatchObject(refused("NOT_FOUND", "toEmail"));
    }
    expect(await transfer(giver, id, giver.email)).toMatchObject(refused("CONFLICT", "toEmail"));
    expect((await read(giver, id))?.code).toBe("OLD");
  });

  it.each(["RESERVED", "EXPIRED", "CANCELLED"])("refuses a ticket that is %s", async (status) => {
    const { id } = await give();
    await setTicket(gatehouse, id, status);
    expect(await transfer(giver, id)).toMatchObject(refused("CONFLICT", "ticketId"));
  });

  it("refuses a ticket that has entered, even where it has left again", async () => {
    const { id, client } = await give();
    await enter(client, "OLD");
    expect(await transfer(giver, id)).toMatchObject(refused("CONFLICT", "ticketId"));
    await leave(client, "OLD");
    expect(await transfer(giver, id)).toMatchObject(refused("CONFLICT", "ticketId"));
  });

  it("allows a ticket whose only entry was refused, or that has only left", async () => {
    const venue = await world.venue({ capacity: 1 }, owner);
    const { id, client, event } = await give(["OLD"], venue);
    await event.tickets(["FULL"]);
    await enter(client, "FULL");
    expect(await enter(client, "OLD")).toBe("VENUE_FULL");
    expect(await leave(client, "OLD")).toBe("ACCEPTED");
    expect((await transfer(giver, id)).userErrors).toEqual([]);
  });
});

describe("the gate", () => {
  it("refuses an entry under the old code as REVOKED, and takes the new one", async () => {
    const { id, client } = await give();
    await transfer(giver, id);
    expect(await enter(client, "OLD")).toBe("REVOKED");
    expect(await enter(client, await codeOf(id))).toBe("ACCEPTED");
    expect(await enter(client, "OLD")).toBe("REVOKED");
  });

  it("takes an exit under the old code for its ticket's", async () => {
    const { id, client } = await give();
    await transfer(giver, id);
    await enter(client, await codeOf(id));
    const { scan } = await recordScan(client, { code: "OLD", direction: "EXIT" });
    expect(scan).toMatchObject({ outcome: "ACCEPTED", code: "OLD", ticket: { id, inside: false } });
  });

  it("says REVOKED before anything that is wrong with the ticket, and at the owner's other venues", async () => {
    const { id, client, event } = await give();
    await transfer(giver, id);
    await setTicket(gatehouse, id, "CANCELLED");
    expect(await enter(client, "OLD")).toBe("REVOKED");
    expect(await enter(client, "OLD", { eventId: event.id })).toBe("REVOKED");
    const other = await world.venue({}, owner);
    expect(await enter((await other.device()).client, "OLD")).toBe("REVOKED");
    const strange = await world.venue();
    expect(await enter((await strange.device()).client, "OLD")).toBe("UNKNOWN_TICKET");
  });

  it("knows every code that a ticket had, and none of them at another event", async () => {
    const { id, client, venue } = await give();
    await transfer(giver, id);
    const second = await codeOf(id);
    await transfer(receiver, id, giver.email);
    expect(await enter(client, "OLD")).toBe("REVOKED");
    expect(await enter(client, second)).toBe("REVOKED");
    const elsewhere = await venue.event();
    expect(await enter(client, "OLD", { eventId: elsewhere.id })).toBe("UNKNOWN_TICKET");
  });

  it("lets in by a code that is good for one open event and revoked by another", async () => {
    const { id, client, venue } = await give();
    await transfer(giver, id);
    const [good] = await (await venue.event()).tickets(["OLD"]);
    const { scan } = await recordScan(client, { code: "OLD" });
    expect(scan).toMatchObject({ outcome: "ACCEPTED", ticket: { id: good } });
  });

  it("records an offline entry under the old code as its ticket's, with the conflict", async () => {
    const { id, client } = await give();
    await transfer(giver, id);
    const [result] = await uploadScans(client, [{ code: "OLD" }]);
    expect(result?.scan).toMatchObject({ outcome: "ACCEPTED", conflict: "REVOKED", ticket: { id, inside: true } });
    expect(await enter(client, await codeOf(id))).toBe("ALREADY_INSIDE");
  });

  it("tells REVOKED in a preview, and shows a look-up by the old code nothing", async () => {
    const { id, client, event } = await give();
    await transfer(giver, id);
    const query = `query ($event: ID!) { ticketByCode(eventId: $event, code: "OLD") { id }
      previewScan(input: { code: "OLD" }) { outcome reason ticket { id } } }`;
    expect(await client.ok(query, { event: event.id })).toEqual({
      ticketByCode: null,
      previewScan: { outcome: "REFUSED", reason: "REVOKED", ticket: { id } },
    });
  });
});

describe("a revoked code", () => {
  it("is taken within its event, and free in others", async () => {
    const { id, event, venue } = await give();
    await transfer(giver, id);
    expect(await issue(event, ["FRESH", "OLD"])).toMatchObject({
      tickets: [],
      userErrors: [{ code: "CODE_TAKEN", path: ["tickets", "1", "code"] }],
    });
    expect((await issue(event, ["FRESH"])).userErrors).toEqual([]);
    expect((await issue(await venue.event(), ["OLD"])).userErrors).toEqual([]);
  });
});

describe("side by side", () => {
  const ROUNDS = Array.from({ length: 20 }, (_, index) => `R${index}`);

  it("an entry and a transfer of one ticket never both succeed", async () => {
    const { ids, client } = await give(ROUNDS);
    const won = { entries: 0, transfers: 0 };
    for (const [index, code] of ROUNDS.entries()) {
      const [scan, { ticket }] = await Promise.all([tryScan(client, { code }), transfer(giver, ids[index])]);
      expect([scan.outcome === "ACCEPTED", ticket !== null].filter(Boolean)).toHaveLength(1);
      expect(scan.reason).toBe(ticket === null ? null : "REVOKED");
      won[ticket === null ? "entries" : "transfers"] += 1;
    }
    expect(won.entries + won.transfers).toBe(ROUNDS.length);
  });

  it("of two transfers of one ticket, one succeeds", async () => {
    const { ids } = await give(ROUNDS);
    const third = await world.person("Third");
    for (const id of ids) {
      const payloads = await Promise.all([transfer(giver, id), transfer(giver, id, third.email)]);
      expect(payloads.map(({ userErrors: [error] }) => error?.code ?? "given").sort()).toEqual(["NOT_FOUND", "given"]);
    }
  });

  it("a code that a transfer sets free is never issued again", async () => {
    const { ids, event } = await give(ROUNDS);
    for (const [index, code] of ROUNDS.entries()) {
      const [issued] = await Promise.all([issue(event, [code]), transfer(giver, ids[index])]);
      expect(issued.userErrors).toMatchObject([{ code: "CODE_TAKEN" }]);
    }
  });
});
