import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { enter } from "./setup/doors.js";
import { csv, readImport, refusal, scansOf, send, ticketsOf } from "./setup/imports.js";
import { eventWith, held, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, made, type Person, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  world = new World(gatehouse.url);
  venue = await world.venue({ capacity: 5_000 });
});
afterAll(() => gatehouse.close());

const sendTickets = ({ id }: Event, file: string, { client }: Person = venue.owner) =>
  send(client, ticketsOf(id), file);

const kept = ({ id }: Event) =>
  gatehouse.sql<{ code: string; type: string; name: string | null; email: string | null; status: string }>(
    `select t.code, y.name as type, t.holder_name as name, u.email, t.status from tickets t
    join ticket_types y on y.id = t.ticket_type_id left join users u on u.id = t.holder_id
    where t.event_id = $1 order by t.code`,
    [decodeId("evt", id)],
  );

const numbered = (count: number, from = 0) =>
  csv(
    Array.from({ length: count }, (_, index) => ({
      code: `T${String(from + index).padStart(5, "0")}`,
      ticket_type: "Standard",
    })),
  );

describe("a file of tickets", () => {
  it("is issued in the columns of the export, and its tickets open the gate", async () => {
    const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP" }]);
    const guest = await world.person("Guest");
    const file = csv([
      { code: "T1", status: "PAID", ticket_type: "Standard", holder_name: "Ada", holder_email: "" },
      { code: " T2 ", status: "paid", ticket_type: "vip", holder_name: "", holder_email: guest.email.toUpperCase() },
      { code: "T3", status: "PAID", ticket_type: event.types.get("VIP") ?? "", holder_name: '"=Bo, the ""1st"""' },
    ]);
    const { result, bad } = await sendTickets(event, file);
    expect(bad).toEqual([]);
    expect(result).toEqual({ status: "DONE", reason: null, lines: 3, taken: 3, repeated: 0, skipped: 0, bad: 0 });
    expect(await kept(event)).toEqual([
      { code: "T1", type: "Standard", name: "Ada", email: null, status: "PAID" },
      { code: "T2", type: "VIP", name: null, email: guest.email, status: "PAID" },
      { code: "T3", type: "VIP", name: '=Bo, the "1st"', email: null, status: "PAID" },
    ]);
    expect(await stockOf(event)).toMatchObject({ sold: 1 });
    expect(await stockOf(event, "VIP")).toMatchObject({ sold: 2 });
    expect(await enter((await venue.device()).client, "T2")).toBe("ACCEPTED");
  });

  it("orders the mail that issued tickets have", async () => {
    const event = await venue.event();
    const guest = await world.person("Guest");
    const file = csv([
      { code: "M1", ticket_type: "Standard", holder_email: guest.email },
      { code: "M2", ticket_type: "Standard", holder_email: guest.email },
    ]);
    await sendTickets(event, file);
    const mails = await gatehouse.sql<{ tickets: number }>(
      `select json_array_length(payload -> 'letter' -> 'ticketIds') as tickets from graphile_worker._private_jobs
      where payload ->> 'userId' = $1 and payload -> 'letter' ->> 'kind' = 'issued'`,
      [decodeId("usr", guest.id)],
    );
    expect(mails).toEqual([{ tickets: 2 }]);
  });

  it("has each of its bad lines told by number, column and reason, and the others taken", async () => {
    const event = await venue.event({}, [
      { name: "Standard" },
      { name: "Twin" },
      { name: "Twin" },
      { name: "Few", quantity: 2 },
    ]);
    const other = await venue.event();
    const row = (code: string, more: Record<string, string> = {}) => ({
      code,
      status: "PAID",
      ticket_type: "Standard",
      holder_name: "",
      holder_email: "",
      ...more,
    });
    const file = csv([
      row("T1"),
      row(""), // 3
      row("x".repeat(201)),
      row("T4", { status: "STOLEN" }), // 5
      row("T5", { ticket_type: "Golden" }),
      row("T6", { ticket_type: "Twin" }), // 7
      row("T7", { ticket_type: other.types.get("Standard") ?? "" }),
      row("T8", { ticket_type: "tty_nonsense" }), // 9
      row("T9", { holder_name: "n".repeat(201) }),
      row("T10", { holder_email: "nobody@example.com" }), // 11
      row("T1", { holder_name: "Somebody else" }),
      row("T1"), // 13
      row("F1", { ticket_type: "Few" }),
      row("F2", { ticket_type: "Few" }), // 15
      row("F3", { ticket_type: "Few" }),
      row("T16"), // 17
      row("T17", { status: "CANCELLED" }),
      row("T18", { status: "reserved" }), // 19
    ]);
    const { bad, result, begin } = await sendTickets(event, file);
    expect(bad.map(({ line, column, message }) => `${line} ${column}: ${message}`)).toEqual([
      "3 code: The line has nothing in `code`.",
      "4 code: `code` has 201 characters; at most 200 are allowed.",
      '5 status: "STOLEN" is no status: issued tickets are PAID.',
      '6 ticket_type: There is no ticket type "Golden" here.',
      '7 ticket_type: There are several ticket types of the name "Twin": give the id.',
      expect.stringMatching(/^8 ticket_type: There is no ticket type "tty_/),
      expect.stringMatching(/^9 ticket_type: "tty_nonsense" is not such an id/),
      "10 holder_name: `holder_name` has 201 characters; at most 200 are allowed.",
      "11 holder_email: Nobody is registered with this address.",
      "12 code: The event has a ticket with this code, and its holder's name is another.",
      "16 ticket_type: There is no place left of this ticket type.",
    ]);
    expect(result).toEqual({ status: "DONE", reason: null, lines: 18, taken: 4, repeated: 1, skipped: 2, bad: 11 });
    expect((await kept(event)).map(({ code }) => code)).toEqual(["F1", "F2", "T1", "T16"]);
    expect(await readImport(venue.owner.client, begin.import)).toMatchObject({ kind: "TICKETS", ...result });
  });

  it("takes places whose hold ran out, and no others", async () => {
    const event = await eventWith(venue, 3);
    const buyer = await world.person("Buyer");
    await held(buyer.client, event, { Standard: 1 });
    await held(buyer.client, event, { Standard: 1 });
    await gatehouse.sql(
      `update tickets set held_until = now() - interval '1 minute' where id =
        (select id from tickets where event_id = $1 order by id limit 1)`,
      [decodeId("evt", event.id)],
    );
    const { result } = await sendTickets(event, numbered(3));
    expect(result).toMatchObject({ taken: 2, bad: 1 });
    expect(await stockOf(event)).toMatchObject({ sold: 2, reserved: 1 });
  });

  it("sells no place twice, whoever else takes some meanwhile", async () => {
    const event = await eventWith(venue, 1_500);
    const [first, second] = await Promise.all([
      sendTickets(event, numbered(1_000)),
      sendTickets(event, numbered(1_000, 1_000)),
    ]);
    expect(first.result.taken + second.result.taken).toBe(1_500);
    expect(first.result.bad + second.result.bad).toBe(500);
    expect(await stockOf(event)).toMatchObject({ sold: 1_500, reserved: 0 });
    expect(await kept(event)).toHaveLength(1_500);
  });
});

describe("a file of tickets that is sent twice", () => {
  it("counts once, also when both are sent at once", async () => {
    const event = await eventWith(venue, 5_000);
    const file = numbered(2_500);
    const both = await Promise.all([sendTickets(event, file), sendTickets(event, file)]);
    expect(both[0].result.taken + both[1].result.taken).toBe(2_500);
    expect(both[0].result.repeated + both[1].result.repeated).toBe(2_500);
    expect((await sendTickets(event, file)).result).toMatchObject({ taken: 0, repeated: 2_500, bad: 0 });
    expect(await stockOf(event)).toMatchObject({ sold: 2_500 });
  });

  it("is the same whatever became of the tickets since, but one whose code was taken from it", async () => {
    const event = await venue.event();
    const file = csv(["C1", "C2", "C3"].map((code) => ({ code, ticket_type: "Standard", holder_name: "Ada" })));
    await sendTickets(event, file);
    const ids = await gatehouse.sql<{ id: string; code: string }>("select id, code from tickets where event_id = $1", [
      decodeId("evt", event.id),
    ]);
    await gatehouse.sql("update tickets set status = 'CANCELLED' where id = $1", [
      ids.find(({ code }) => code === "C1")?.id,
    ]);
    await gatehouse.sql(
      `with given as (update tickets set code = 'NEW' where id = $1 returning id, event_id, venue_id)
      insert into revoked_codes (event_id, code, ticket_id, venue_id, revoked_at)
      select event_id, 'C2', id, venue_id, now() from given`,
      [ids.find(({ code }) => code === "C2")?.id],
    );
    const { result, bad } = await sendTickets(event, file);
    expect(result).toMatchObject({ taken: 0, repeated: 2, bad: 1 });
    expect(bad).toMatchObject([{ line: 3, column: "code", message: expect.stringContaining("transferred") }]);
  });

  it("tells a code that is another ticket's", async () => {
    const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP" }]);
    const guest = await world.person("Guest");
    await event.tickets(["T1", "T2", "T3"]);
    const { bad, result } = await sendTickets(
      event,
      csv([
        { code: "T1", ticket_type: "VIP", holder_email: "" },
        { code: "T2", ticket_type: "Standard", holder_email: guest.email },
        { code: "T3", ticket_type: "Standard", holder_email: "" },
      ]),
    );
    expect(result).toMatchObject({ repeated: 1, bad: 2 });
    expect(bad.map(({ message }) => message)).toEqual([
      "The event has a ticket with this code, and its ticket type is another.",
      "The event has a ticket with this code, and its holder is another.",
    ]);
  });
});

describe("who may import", () => {
  it("are the owner and admins, and nobody else", async () => {
    const event = await venue.event();
    const draft = await venue.event({ publish: false });
    const admin = await world.person("Admin");
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    const staff = await venue.staff();
    const stranger = await world.person("Stranger");
    const { client: device } = await venue.device();
    const tickets = numbered(1);
    const scans = "code,gate,scanned_at,direction\n";
    const statusOf = async (client: Person["client"], path: string, file: string | null) => {
      const response = await fetch(`${client.url}${path}`, {
        method: file === null ? "GET" : "POST",
        headers: {
          "content-type": "text/csv",
          ...(client.token === undefined ? {} : { authorization: `Bearer ${client.token}` }),
        },
        body: file,
      });
      await response.text();
      return response.status;
    };
    const { begin } = await sendTickets(event, tickets);
    const asked = [
      [ticketsOf(event.id), tickets],
      [ticketsOf(draft.id), tickets],
      [scansOf(venue.id), scans],
      [`/import/${begin.import}`, null],
      [`/import/venues/${venue.id}`, null],
    ] as const;
    const answers: Record<string, number[]> = {};
    const people = { owner: venue.owner.client, admin: admin.client, staff: staff.client, stranger: stranger.client };
    for (const [who, client] of Object.entries({ ...people, device, anonymous: world.anonymous })) {
      answers[who] = [];
      for (const [path, file] of asked) answers[who].push(await statusOf(client, path, file));
    }
    expect(answers).toEqual({
      owner: [200, 200, 200, 200, 200],
      admin: [200, 200, 200, 200, 200],
      staff: [403, 403, 403, 200, 200],
      stranger: [403, 404, 403, 404, 200],
      device: [403, 403, 403, 404, 200],
      anonymous: [401, 401, 401, 401, 401],
    });
    const listOf = (client: Person["client"]) => readImport<{ imports: unknown[] }>(client, `venues/${venue.id}`);
    expect((await listOf(staff.client)).imports[0]).toMatchObject({ kind: "SCANS", status: "DONE" });
    expect((await listOf(stranger.client)).imports).toEqual([]);
    expect((await kept(draft)).length).toBe(1);
  });

  it("are told what there is not", async () => {
    const { client } = venue.owner;
    const cancelled = await venue.event();
    await made(client, "cancelEvent", "EventIdInput", "event { id }", { eventId: cancelled.id });
    const file = numbered(1);
    expect(await refusal(client, ticketsOf("evt_01h455vb4pex5vsknk084sn02q"), file)).toMatchObject({ status: 404 });
    expect(await refusal(client, scansOf("ven_01h455vb4pex5vsknk084sn02q"), file)).toMatchObject({ status: 404 });
    expect(await refusal(client, ticketsOf(venue.id), file)).toMatchObject({ status: 400, code: "BAD_USER_INPUT" });
    expect(await refusal(client, ticketsOf(cancelled.id), file)).toMatchObject({
      status: 409,
      code: "ALREADY_CANCELLED",
    });
    expect(await refusal(client, "/import/imp_01h455vb4pex5vsknk084sn02q", null)).toMatchObject({ status: 404 });
    expect(await refusal(client, "/import/nonsense", null)).toMatchObject({ status: 400 });
    const forged = world.anonymous.as("forged");
    expect(await refusal(forged, ticketsOf(cancelled.id), file)).toMatchObject({ status: 401 });
  });
});
