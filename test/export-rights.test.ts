import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cast, makeCast, ROLES, type Role } from "./setup/cast.js";
import { exportedRows, problemOf, readExport } from "./setup/exports.js";
import { eventWith, held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { made } from "./setup/world.js";

let gatehouse: TestGatehouse;
let cast: Cast;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  cast = await makeCast(gatehouse);
});
afterAll(() => gatehouse.close());

const OK = "200 undefined";
const SIGN_IN = "401 UNAUTHENTICATED";
const FORBIDDEN = "403 FORBIDDEN";
const NOTHING = "404 NOT_FOUND";

type Answers = Readonly<Record<Role, string>>;
const everybody = (answer: string): Answers =>
  Object.fromEntries(ROLES.map((role) => [role, answer])) as Record<Role, string>;

const RECORDS: Answers = { ...everybody(FORBIDDEN), anonymous: SIGN_IN, staff: OK, owner: OK, admin: OK };
/** Of drafts and cancelled events others do not even know. */
const HIDDEN_RECORDS: Answers = {
  ...everybody(NOTHING),
  anonymous: SIGN_IN,
  device: FORBIDDEN,
  staff: OK,
  owner: OK,
  admin: OK,
};
const COUNTS: Answers = { ...everybody(FORBIDDEN), anonymous: SIGN_IN, device: OK, staff: OK, owner: OK, admin: OK };
const NOBODY: Answers = { ...everybody(NOTHING), anonymous: SIGN_IN };

const LISTS = ["scans", "tickets", "attendance"];
const ROWS: readonly (readonly [string, (ids: Cast["ids"]) => string, Answers])[] = [
  ...LISTS.flatMap((list) => [
    [`an event's ${list}`, (ids: Cast["ids"]) => `events/${ids["event"]}/${list}`, RECORDS] as const,
    [`a draft's ${list}`, (ids: Cast["ids"]) => `events/${ids["draft"]}/${list}`, HIDDEN_RECORDS] as const,
    [
      `a cancelled event's ${list}`,
      (ids: Cast["ids"]) => `events/${ids["cancelled"]}/${list}`,
      HIDDEN_RECORDS,
    ] as const,
    [`no event's ${list}`, (ids: Cast["ids"]) => `events/${ids["noEvent"]}/${list}`, NOBODY] as const,
  ]),
  ["a venue's occupancy", (ids) => `venues/${ids["venue"]}/occupancy`, COUNTS],
  ["a public venue's occupancy", (ids) => `venues/${ids["plaza"]}/occupancy`, everybody(OK)],
  ["no venue's occupancy", (ids) => `venues/${ids["noVenue"]}/occupancy`, NOBODY],
];

describe("who may export", () => {
  it.each(ROWS)("%s", async (_what, pathOf, answers) => {
    const asked = ROLES.map(async (role) => [
      role,
      await problemOf(gatehouse, `${pathOf(cast.ids)}.json`, cast.tokens[role]),
    ]);
    expect(Object.fromEntries(await Promise.all(asked))).toEqual(answers);
  });

  it("is nobody with a token that is no good, whatever is asked for", async () => {
    for (const path of [...ROWS.map(([, pathOf]) => pathOf(cast.ids)), "events/nonsense/scans.xml"]) {
      expect(await problemOf(gatehouse, path, "forged")).toBe(SIGN_IN);
    }
  });

  it("is told no more than that: a refusal has nothing of what it refuses", async () => {
    for (const role of ["anonymous", "stranger", "member", "otherOwner", "otherDevice"] as const) {
      for (const [, pathOf, answers] of ROWS) {
        if (answers[role] === OK) continue;
        const { headers, text } = await readExport(gatehouse, pathOf(cast.ids), cast.tokens[role]);
        expect(headers.get("content-disposition")).toBeNull();
        expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
        for (const secret of ["SECRET-CODE", "Secret", "secret-scan-key"]) expect(text).not.toContain(secret);
      }
    }
  });

  it("is who may no more, once the right has been taken", async () => {
    const staff = await cast.venue.staff();
    const path = `events/${cast.ids["event"]}/tickets.json`;
    expect(await problemOf(gatehouse, path, staff.client.token)).toBe(OK);
    await made(cast.people.owner.client, "removeVenueStaff", "VenueStaffInput", "venue { id }", {
      venueId: cast.venue.id,
      email: staff.email,
    });
    expect(await problemOf(gatehouse, path, staff.client.token)).toBe(FORBIDDEN);
  });
});

describe("what stands in an exported ticket", () => {
  const tickets = (role: Role, eventId = cast.ids["event"]) =>
    exportedRows(gatehouse, `events/${eventId}/tickets.csv`, cast.tokens[role]);

  it("is its code for the organizer, and for staff only of a ticket of their own", async () => {
    const event = await cast.venue.event();
    await event.tickets(["theirs"], "Standard", { holderEmail: cast.people.staff.email, holderName: "Stella" });
    await event.tickets(["another's"], "Standard", { holderEmail: cast.people.member.email, holderName: "Mel" });
    const codes = async (role: Role) => (await tickets(role, event.id)).map(({ code }) => code);
    expect(await codes("owner")).toEqual(["theirs", "another's"]);
    expect(await codes("admin")).toEqual(["theirs", "another's"]);
    expect(await codes("staff")).toEqual(["theirs", ""]);
    const names = async (role: Role) => (await tickets(role, event.id)).map(({ holder_name }) => holder_name);
    for (const role of ["owner", "admin", "staff"] as const) expect(await names(role)).toEqual(["Stella", "Mel"]);
  });

  it("is the holder's address for admins, and for holders themselves", async () => {
    const event = await cast.venue.event();
    const { admin, staff, member } = cast.people;
    for (const { email } of [staff, member]) await event.tickets([email], "Standard", { holderEmail: email });
    const emails = async (role: Role) => (await tickets(role, event.id)).map(({ holder_email }) => holder_email);
    expect(await emails("admin")).toEqual([staff.email, member.email]);
    expect(await emails("staff")).toEqual([staff.email, ""]);
    expect(await emails("owner")).toEqual(["", ""]);
    expect(admin.email).not.toBe("");
  });

  it("is the reservation for admins and who made it", async () => {
    const event = await eventWith(cast.venue, 10);
    for (const buyer of [cast.people.staff, cast.people.member]) {
      await pay(buyer.client, await held(buyer.client, event));
    }
    const isTold = async (role: Role) =>
      (await tickets(role, event.id)).map(({ reservation_id }) => reservation_id?.startsWith("rsv_"));
    expect(await isTold("admin")).toEqual([true, true]);
    expect(await isTold("staff")).toEqual([true, false]);
    expect(await isTold("owner")).toEqual([false, false]);
  });

  it("is what the API tells the same viewer of it", async () => {
    const query = `query ($id: ID!) { event(id: $id) { tickets { nodes {
      id code status holderName inside createdAt paidAt ticketType { name } holder { email } reservation { id } } } } }`;
    for (const role of ["staff", "owner", "admin"] as const) {
      const { event } = await cast.people[role].client.ok<{ event: { tickets: { nodes: Told[] } } }>(query, {
        id: cast.ids["event"],
      });
      const { text } = await readExport(gatehouse, `events/${cast.ids["event"]}/tickets.json`, cast.tokens[role]);
      expect(JSON.parse(text)).toEqual(
        event.tickets.nodes.map((ticket) => ({
          id: ticket.id,
          code: ticket.code,
          status: ticket.status,
          ticket_type: ticket.ticketType.name,
          holder_name: ticket.holderName,
          holder_email: ticket.holder?.email ?? null,
          reservation_id: ticket.reservation?.id ?? null,
          inside: ticket.inside,
          created_at: ticket.createdAt,
          paid_at: ticket.paidAt,
        })),
      );
    }
  });
});

interface Told {
  readonly id: string;
  readonly code: string | null;
  readonly status: string;
  readonly holderName: string | null;
  readonly inside: boolean;
  readonly createdAt: string;
  readonly paidAt: string | null;
  readonly ticketType: { readonly name: string };
  readonly holder: { readonly email: string | null } | null;
  readonly reservation: { readonly id: string } | null;
}
