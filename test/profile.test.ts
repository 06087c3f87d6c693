import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import type { Client } from "./setup/client.js";
import { enter, fromNow, openDoors } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, mutate, type Person, World } from "./setup/world.js";

const PROFILE = "user { id name email location { latitude longitude } }";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const update = (client: Client, input: Record<string, unknown>) =>
  mutate<{ user: object | null }>(client, "updateProfile", "UpdateProfileInput", PROFILE, input);
const remove = ({ client, password }: Pick<Person, "client" | "password">) =>
  mutate<{ ok: boolean }>(client, "deleteAccount", "DeleteAccountInput", "ok", { password });
const login = (email: string, password: string) =>
  mutate<{ accessToken: string | null }>(world.anonymous, "login", "LoginInput", "accessToken", { email, password });
const me = async (client: Client) =>
  (await client.ok<{ me: object | null }>(`{ ${PROFILE.replace("user", "me")} }`)).me;
const userRow = async (id: string) =>
  (await gatehouse.sql("select * from users where id = $1", [decodeId("usr", id)]))[0];

describe("updateProfile", () => {
  it("changes what is given alone", async () => {
    const { id, email, client } = await world.person("Ada");
    const location = { latitude: 51.5, longitude: -0.12 };
    const base = { id, email, name: "Ada", location: null };
    expect(await update(client, {})).toEqual({ user: base, userErrors: [] });
    expect(await update(client, { location })).toEqual({ user: { ...base, location }, userErrors: [] });
    expect(await update(client, { name: " Eve " })).toMatchObject({ user: { name: "Eve", location } });
    expect(await update(client, { location: null })).toMatchObject({ user: { name: "Eve", location: null } });
    expect(await me(client)).toEqual({ ...base, name: "Eve" });
  });

  it.each([
    ["a blank name", { name: " " }, ["name"]],
    ["a name of 201 characters", { name: "n".repeat(201) }, ["name"]],
    ["to take the name away", { name: null }, ["name"]],
    ["a latitude beyond the pole", { location: { latitude: -90.1, longitude: 0 } }, ["location", "latitude"]],
    ["a longitude beyond the date line", { location: { latitude: 0, longitude: 180.1 } }, ["location", "longitude"]],
  ])("refuses %s, and changes nothing", async (_what, input, path) => {
    const { client } = await world.person("Ada");
    const before = await me(client);
    const given = { name: "Other", location: { latitude: 1, longitude: 1 }, ...input };
    expect(await update(client, given)).toMatchObject({ user: null, userErrors: [{ code: "INVALID", path }] });
    expect(await me(client)).toEqual(before);
  });

  it("is for users who have signed in", async () => {
    const mutation = `mutation { updateProfile(input: { name: "x" }) { user { id } } }`;
    expect(await world.anonymous.codes(mutation)).toEqual(["UNAUTHENTICATED"]);
    const { client } = await (await world.venue()).device();
    expect(await client.codes(mutation)).toEqual(["FORBIDDEN"]);
  });

  it("keeps the location from everybody else", async () => {
    const { id, client } = await world.person();
    await update(client, { location: { latitude: 1, longitude: 2 } });
    const query = "query ($id: ID!) { user(id: $id) { location { latitude } email } }";
    const other = await world.person();
    expect(await other.client.ok(query, { id })).toEqual({ user: { location: null, email: null } });
    expect(await client.ok(query, { id })).toMatchObject({ user: { location: { latitude: 1 } } });
  });
});

describe("deleteAccount", () => {
  it("erases what is known of the person, and frees the address", async () => {
    const person = await world.person("Ada Porter");
    await update(person.client, { location: { latitude: 1, longitude: 2 } });
    await gatehouse.sql("update users set role = 'ADMIN' where id = $1", [decodeId("usr", person.id)]);
    expect(await remove(person)).toEqual({ ok: true, userErrors: [] });
    expect(await userRow(person.id)).toMatchObject({
      email: null,
      password_hash: null,
      name: "Deleted user",
      role: "MEMBER",
      latitude: null,
      longitude: null,
    });
    expect(await login(person.email, person.password)).toMatchObject({ userErrors: [{ code: "BAD_CREDENTIALS" }] });
    const again = { name: "Other", email: person.email, password: person.password };
    const { user } = await made<{ user: { id: string } }>(
      world.anonymous,
      "register",
      "RegisterInput",
      "user { id }",
      again,
    );
    expect(user.id).not.toBe(person.id);
  });

  it("refuses a wrong password, and erases nothing", async () => {
    const person = await world.person("Ada");
    const before = await userRow(person.id);
    for (const password of ["", "not the right one", person.password.toUpperCase()]) {
      expect(await remove({ ...person, password })).toMatchObject({
        ok: false,
        userErrors: [{ code: "BAD_CREDENTIALS", path: ["password"] }],
      });
    }
    expect(await userRow(person.id)).toEqual(before);
    expect(await me(person.client)).not.toBeNull();
  });

  it("ends every session of the person at once, with its refresh token and its subscriptions", async () => {
    const person = await world.person();
    const { accessToken } = await login(person.email, person.password);
    const other = person.client.as(accessToken ?? "");
    const venue = await world.venue({ publicOccupancy: true });
    await using subscription = other.subscribe(
      "subscription ($id: ID!) { occupancyChanged(venueId: $id) { inside } }",
      {
        id: venue.id,
      },
    );
    await subscription.next();
    await remove(person);
    const failure = await subscription.failure(2_000);
    expect(failure).not.toBeNull();
    for (const client of [person.client, other])
      expect(await client.codes("{ me { id } }")).toEqual(["UNAUTHENTICATED"]);
    const { refreshToken } = person;
    expect(
      await mutate(world.anonymous, "refreshSession", "RefreshSessionInput", "accessToken", { refreshToken }),
    ).toMatchObject({ accessToken: null, userErrors: [{ code: "BAD_CREDENTIALS" }] });
  });

  it("leaves the rest of its own operation to nobody", async () => {
    const person = await world.person();
    const { body } = await person.client.request<object>(
      `mutation ($password: String!) {
        deleteAccount(input: { password: $password }) { ok }
        updateProfile(input: { name: "Ghost" }) { user { id } }
      }`,
      { password: person.password },
    );
    expect(body.errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    expect(await userRow(person.id)).toMatchObject({ email: null, name: "Deleted user" });
  });

  it("leaves tickets good, scans and counts as they were, without the person", async () => {
    const { venue, event, client } = await openDoors(world);
    const person = await world.person();
    const more = { holderEmail: person.email, holderName: "Ada Porter" };
    const [ticketId] = await event.tickets(["KEPT"], "Standard", more);
    await event.tickets(["LATER"], "Standard", more);
    expect(await enter(client, "KEPT")).toBe("ACCEPTED");
    const query = `query ($ticket: ID!, $venue: ID!, $event: ID!) {
      ticket(id: $ticket) { status code inside scans { totalCount } holder { id } holderName }
      venue(id: $venue) { occupancy { inside entries } }
      event(id: $event) { ticketsSold ticketsAvailable }
    }`;
    const read = () =>
      venue.owner.client.ok<{ ticket: object }>(query, { ticket: ticketId, venue: venue.id, event: event.id });
    const before = await read();
    await remove(person);
    expect(await read()).toEqual({ ...before, ticket: { ...before.ticket, holder: null, holderName: null } });
    expect(await enter(client, "LATER")).toBe("ACCEPTED");
    expect(await enter(client, "KEPT", { direction: "EXIT" })).toBe("ACCEPTED");
  });

  it("releases the person's holds, and keeps what they have paid", async () => {
    const { event } = await openDoors(world);
    const person = await world.person();
    for (const quantity of [1, 2, 3]) {
      await made(person.client, "reserveTickets", "ReserveTicketsInput", "reservation { id }", {
        eventId: event.id,
        items: [{ ticketTypeId: event.types.get("Standard"), quantity }],
        idempotencyKey: String(quantity),
      });
    }
    await event.tickets(["OWN"], "Standard", { holderEmail: person.email });
    const query = "query ($id: ID!) { event(id: $id) { ticketTypes { sold reserved available } } }";
    const counts = () => world.anonymous.ok(query, { id: event.id });
    expect(await counts()).toEqual({ event: { ticketTypes: [{ sold: 2, reserved: 6, available: 992 }] } });
    await remove(person);
    expect(await counts()).toEqual({ event: { ticketTypes: [{ sold: 2, reserved: 0, available: 998 }] } });
  });

  it("takes the person out of the staff", async () => {
    const venue = await world.venue();
    const steward = await venue.staff();
    await remove(steward);
    const query = "query ($id: ID!) { venue(id: $id) { staff { id } } }";
    expect(await venue.owner.client.ok(query, { id: venue.id })).toEqual({ venue: { staff: [] } });
  });

  it("is refused while a published event of the person's is not over, and leaves all as it was", async () => {
    const venue = await world.venue();
    await venue.event({ publish: true });
    const before = await userRow(venue.owner.id);
    expect(await remove(venue.owner)).toMatchObject({ ok: false, userErrors: [{ code: "CONFLICT" }] });
    expect(await userRow(venue.owner.id)).toEqual(before);
    expect(await me(venue.owner.client)).not.toBeNull();
  });

  it.each([
    ["a draft", { publish: false }],
    ["an event that is over", { startsAt: fromNow(-3), endsAt: fromNow(-1) }],
  ])("is done in spite of %s, whose owner is a person without a name from then on", async (_what, input) => {
    const venue = await world.venue();
    await venue.event(input);
    expect(await remove(venue.owner)).toEqual({ ok: true, userErrors: [] });
    const query = "query ($id: ID!) { venue(id: $id) { owner { id name email } } }";
    expect(await world.anonymous.ok(query, { id: venue.id })).toEqual({
      venue: { owner: { id: venue.owner.id, name: "Deleted user", email: null } },
    });
  });

  it("happens once when it is asked for twice at once", async () => {
    const person = await world.person();
    const mutation = "mutation ($password: String!) { deleteAccount(input: { password: $password }) { ok } }";
    const answers = await Promise.all(
      [1, 2, 3].map(() => person.client.request(mutation, { password: person.password })),
    );
    expect(answers.filter(({ body }) => JSON.stringify(body.data) === '{"deleteAccount":{"ok":true}}')).toHaveLength(1);
    const codes = answers.flatMap(({ body }) => (body.errors ?? []).map(({ extensions }) => extensions?.code));
    expect(codes.filter((code) => code === "INTERNAL_SERVER_ERROR")).toEqual([]);
  });

  it("lets nobody in who signs in while it is under way", async () => {
    const person = await world.person();
    const row = ["select from users where id = $1 for key share", [decodeId("usr", person.id)]] as const;
    const [deleted, signedIn] = await whileHeld(row, [
      () => remove(person),
      () => login(person.email, person.password),
    ]);
    expect(deleted).toMatchObject({ ok: true });
    expect(signedIn).toMatchObject({ accessToken: null, userErrors: [{ code: "BAD_CREDENTIALS" }] });
    expect(
      await gatehouse.sql("select from sessions where user_id = $1 and ended_at is null", [decodeId("usr", person.id)]),
    ).toEqual([]);
  });

  it("waits for an event that the person is publishing, and is refused for it", async () => {
    const venue = await world.venue();
    const [, deleted] = await whileHeld(
      ["lock table events in exclusive mode"],
      [() => venue.event(), () => remove(venue.owner)],
    );
    expect(deleted).toMatchObject({ ok: false, userErrors: [{ code: "CONFLICT" }] });
    expect(await me(venue.owner.client)).not.toBeNull();
  });
});

/** Takes a lock, starts the first and then the second, each of which must come to wait, and lets go of the lock. */
async function whileHeld<First, Second>(
  lock: readonly [text: string, values?: readonly unknown[]],
  [first, second]: readonly [() => Promise<First>, () => Promise<Second>],
): Promise<[First, Second]> {
  const holder = new pg.Client(gatehouse.databaseUrl);
  await holder.connect();
  try {
    await holder.query("begin");
    await holder.query(lock[0], [...(lock[1] ?? [])]);
    const started = first();
    await someWait(1);
    const followed = second();
    await someWait(2).finally(() => holder.query("rollback"));
    return await Promise.all([started, followed]);
  } finally {
    await holder.end();
  }
}

const someWait = (count: number): Promise<void> =>
  vi.waitFor(
    async () =>
      expect(
        await gatehouse.sql(
          "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        ),
      ).toHaveLength(count),
    { timeout: 3_000, interval: 20 },
  );
