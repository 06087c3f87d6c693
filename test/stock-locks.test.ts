import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { at, makeCrowd } from "./setup/crowd.js";
import { interfere, untilAsleep } from "./setup/interference.js";
import { eventWith, held, outcomeOf, reserve } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, mutate, type Person, type Venue, World } from "./setup/world.js";

/** Each makes one sleep in the middle while the other begins: in a ring, PostgreSQL would end one of them after a second. */
let gatehouse: TestGatehouse;
let venue: Venue;
let people: Person[];
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  venue = await new World(gatehouse.url).venue();
  people = await makeCrowd(gatehouse, 10);
});
afterEach(() => expectCountsRight(gatehouse));
afterAll(() => gatehouse.close());

const nextPerson = (): Person => people.pop() as Person;
const uuidOf = (person: Person): string => decodeId("usr", person.id);

/** Whose reservations, once they are cancelled, take a while. */
const slowDown = (person: Person) =>
  interfere(gatehouse, {
    table: "reservations",
    on: "update",
    when: `new.status = 'CANCELLED' and new.user_id = '${uuidOf(person)}'`,
    run: "perform pg_sleep(0.3);",
  });

const errorOf = async (call: Promise<{ userErrors: readonly { code: string }[] }>): Promise<string> =>
  (await call).userErrors[0]?.code ?? "OK";

const erase = ({ client, password }: Person) =>
  errorOf(mutate(client, "deleteAccount", "DeleteAccountInput", "ok", { password }));
const cancelTicket = (ticketId: string | undefined) =>
  errorOf(mutate(venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", { ticketId }));
const cancelEvent = ({ id }: Event) =>
  errorOf(mutate(venue.owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: id }));
const issueTo = (event: Event, { email }: Person) =>
  errorOf(
    mutate(venue.owner.client, "issueTickets", "IssueTicketsInput", "tickets { id }", {
      eventId: event.id,
      ticketTypeId: event.types.get("Standard"),
      tickets: [{ holderEmail: email }],
    }),
  );

const ticketsHeldBy = (person: Person) =>
  gatehouse.sql("select status from tickets where holder_id = $1", [uuidOf(person)]);

describe("an account that is deleted", () => {
  it.each([false, true])(
    "does not wait in a ring with a ticket of its that is cancelled (staff: %s)",
    async (isStaff) => {
      const person = nextPerson();
      if (isStaff) await venue.staff(person);
      const event = await eventWith(venue, 5);
      const [ticket] = await event.tickets(["PAID"], "Standard", { holderEmail: person.email });
      await held(person.client, event);
      await slowDown(person);
      const erased = erase(person);
      await untilAsleep(gatehouse);
      expect(await Promise.all([erased, cancelTicket(ticket)])).toEqual(["OK", "OK"]);
    },
  );

  it("does not wait in a ring with an event that is cancelled, of whose staff it is", async () => {
    const person = nextPerson();
    await venue.staff(person);
    const event = await eventWith(venue, 5);
    await event.tickets(["PAID"], "Standard", { holderEmail: person.email });
    await interfere(gatehouse, {
      table: "events",
      on: "update",
      when: `new.id = '${decodeId("evt", event.id)}'`,
      run: "perform pg_sleep(0.5);",
    });
    const cancelled = cancelEvent(event);
    await untilAsleep(gatehouse);
    expect(await Promise.all([cancelled, erase(person)])).toEqual(["OK", "OK"]);
  });

  it("does not wait in a ring with a ticket that is issued to it, and is issued none afterwards", async () => {
    const person = nextPerson();
    const event = await eventWith(venue, 5);
    await held(person.client, event);
    await slowDown(person);
    const erased = erase(person);
    await untilAsleep(gatehouse);
    expect(await Promise.all([erased, issueTo(event, person)])).toEqual(["OK", "NOT_FOUND"]);
    expect(await ticketsHeldBy(person)).toEqual([]);
  });

  it("holds no place that it asked for meanwhile", async () => {
    const person = nextPerson();
    const event = await eventWith(venue, 5);
    await held(person.client, await eventWith(venue, 5));
    await slowDown(person);
    const erased = erase(person);
    await untilAsleep(gatehouse);
    const reserved = reserve(at(gatehouse, person), event).then(outcomeOf, ({ message }: Error) => message);
    expect(await erased).toBe("OK");
    expect(await reserved).toContain("UNAUTHENTICATED");
    expect(await ticketsHeldBy(person)).toEqual([]);
  });
});
