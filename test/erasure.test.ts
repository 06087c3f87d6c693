import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enter } from "./setup/doors.js";
import { eventWith, held, pay, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, type Person, type Venue, World } from "./setup/world.js";

const NAME = "Unmistakable Wintergreen";

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  venue = await world.venue();
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const remove = ({ client, password }: Person) =>
  made<{ ok: boolean }>(client, "deleteAccount", "DeleteAccountInput", "ok", { password });

/** The tables of the API and of the jobs, one row of which has the text. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await gatehouse.sql<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema in ('public', 'graphile_worker') order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await gatehouse.sql(`select from ${name} t where t::text ilike $1 limit 1`, [`%${text}%`]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

/** Somebody with all that a person can have: a place, tickets bought, issued, given and taken, a hold, scans, work. */
async function somebody() {
  const person = await world.person(NAME);
  const friend = await world.person("Friend");
  await made(person.client, "updateProfile", "UpdateProfileInput", "user { id }", {
    location: { latitude: 12.34567, longitude: 1 },
  });
  await venue.staff(person);
  const event = await eventWith(venue, 20);
  const bought = await held(person.client, event, { Standard: 2 });
  const { reservation } = await pay(person.client, bought);
  const more = { holderEmail: person.email, holderName: NAME };
  const [, given] = await event.tickets([`ISSUED ${event.id}`, `GIVEN ${event.id}`], "Standard", more);
  await made(person.client, "transferTicket", "TransferTicketInput", "ticket { id }", {
    ticketId: given,
    toEmail: friend.email,
  });
  await held(person.client, event, { Standard: 3 });
  const codes = [...(reservation?.tickets ?? []).map(({ code }) => code ?? ""), `ISSUED ${event.id}`];
  return { person, event, codes };
}

describe("an account that is deleted", () => {
  it("leaves neither name, nor address, nor place in any table", async () => {
    const { person } = await somebody();
    expect(await tablesWith(NAME)).toEqual(expect.arrayContaining(["public.tickets", "public.users"]));
    expect(await tablesWith("12.34567")).toEqual(["public.users"]);
    await remove(person);
    for (const text of [NAME, person.email, "12.34567"]) expect(await tablesWith(text), text).toEqual([]);
  });

  it("leaves what was sold and scanned, and every count, but for the hold", async () => {
    const { person, event, codes } = await somebody();
    const { client } = await venue.device();
    const eventId = event.id;
    expect(await enter(client, codes[0] ?? "", { eventId })).toBe("ACCEPTED");
    const counts = `query ($venue: ID!, $event: ID!) {
      venue(id: $venue) { occupancy { inside entries exits } }
      event(id: $event) { ticketsSold tickets { nodes { id code status inside scans { totalCount } } } scans { totalCount } } }`;
    type Counts = { event: { tickets: { nodes: { status: string }[] } } };
    const read = () => venue.owner.client.ok<Counts>(counts, { venue: venue.id, event: eventId });
    const before = await read();
    expect(await stockOf(event)).toEqual({ quantity: 20, sold: 4, reserved: 3, available: 13 });

    await remove(person);
    expect(await stockOf(event)).toEqual({ quantity: 20, sold: 4, reserved: 0, available: 16 });
    const released = before.event.tickets.nodes.map((ticket) =>
      ticket.status === "RESERVED" ? { ...ticket, status: expect.stringMatching(/CANCELLED|EXPIRED/) } : ticket,
    );
    expect(await read()).toEqual({ ...before, event: { ...before.event, tickets: { nodes: released } } });
    expect(await enter(client, codes[0] ?? "", { eventId })).toBe("ALREADY_INSIDE");
    for (const code of codes.slice(1)) expect(await enter(client, code, { eventId })).toBe("ACCEPTED");
    await expectCountsRight(gatehouse);
  });
});
