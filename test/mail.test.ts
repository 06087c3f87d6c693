import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { cancel, held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { allSent, codesIn, entryIn, MailServer } from "./setup/smtp.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, made, type Person, type Venue, World } from "./setup/world.js";

const STARTS = "2031-07-01T23:30:00.000Z";
const ENDS = "2031-07-02T02:00:00.000Z";
const SHOW = { title: "Show", startsAt: STARTS, endsAt: ENDS };
const PLACE = {
  name: "The Hall",
  address: "1 Street\nNew York",
  timeZone: "America/New_York",
  location: { latitude: 40.7, longitude: -74 },
};

let mails: MailServer;
let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  mails = await MailServer.start();
  gatehouse = await startGatehouse({
    smtpUrl: mails.url,
    mailFrom: { name: "The Hall", address: "tickets@hall.example" },
    holdSeconds: 2,
  });
  world = new World(gatehouse.url);
});
afterAll(async () => {
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
  await mails.close();
});

const show = async (): Promise<Event> => (await world.venue(PLACE)).event(SHOW);
const holdersOf = async (event: Event, ...names: string[]): Promise<Person[]> => {
  const people = await Promise.all(names.map((name) => world.person(name)));
  for (const { email } of people) await event.tickets([`${email} 1`, `${email} 2`], "Standard", { holderEmail: email });
  return people;
};
const subjectsTo = ({ email }: Person): (string | undefined)[] => mails.inbox(email).map(({ subject }) => subject);
const idOf = ({ id }: Event): string => decodeId("evt", id);
const updateEvent = (event: Event, input: Record<string, unknown>) =>
  made(event.venue.owner.client, "updateEvent", "UpdateEventInput", "event { id }", { eventId: event.id, ...input });
const updateVenue = (venue: Venue, input: Record<string, unknown>) =>
  made(venue.owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", { venueId: venue.id, ...input });
const cancelEvent = (event: Event) =>
  made(event.venue.owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: event.id });

it("welcomes who registers, in text and HTML, from the sender that is configured", async () => {
  const { email } = await world.person("Ada");
  const mail = await mails.mailTo(email, "Welcome to Gatehouse");
  expect(mail.from).toMatchObject({ name: "The Hall", address: "tickets@hall.example" });
  expect(mail.to).toEqual([{ name: "Ada", address: email }]);
  expect(mail.messageId).toMatch(/^<[\da-f-]{36}@hall\.example>$/);
  expect(mail.text).toContain("Hello Ada,");
  expect(mail.html).toContain("<p>Hello Ada,</p>");
});

describe("on payment", () => {
  it("sends all tickets in one mail, with their codes as pictures, the total, and a calendar entry", async () => {
    const event = await show();
    const buyer = await world.person("Ada");
    const { reservation } = await pay(buyer.client, await held(buyer.client, event, { Standard: 3 }));
    const mail = await mails.mailTo(buyer.email, "3 tickets for Show");
    const codes = reservation?.tickets.map(({ code }) => code ?? "") ?? [];
    expect(codesIn(mail).toSorted()).toEqual(codes.toSorted());
    for (const code of codes) expect(mail.text).toContain(`Code: ${code}`);
    for (const body of [mail.text, mail.html]) expect(body).toContain("€30.00");
    expect(entryIn(mail)).toMatchObject({
      method: "PUBLISH",
      status: "CONFIRMED",
      uid: idOf(event),
      start: STARTS,
      end: ENDS,
      summary: "Show",
      location: "The Hall, 1 Street, New York",
    });
  });

  it("tells times as they are at the venue, with the name of its time zone", async () => {
    const event = await show();
    const [holder] = await holdersOf(event, "Ada");
    const { text, html } = await mails.mailTo(holder?.email ?? "", "2 tickets for Show");
    for (const body of [text, html]) expect(body).toContain("Tuesday, 1 July 2031 at 19:30 (America/New_York)");
  });

  it("writes nobody for a hold, neither before it is lost nor after", async () => {
    const event = await show();
    const buyer = await world.person();
    await held(buyer.client, event);
    await cancel(buyer.client, await held(buyer.client, event));
    await pay(buyer.client, await held(buyer.client, event), { paymentToken: "decline" });
    const holds = () =>
      gatehouse.sql("select from reservations where event_id = $1 and status = 'RESERVED'", [idOf(event)]);
    await expect.poll(holds, { timeout: 10_000, interval: 50 }).toEqual([]);
    await allSent(gatehouse);
    expect(subjectsTo(buyer)).toEqual(["Welcome to Gatehouse"]);
  });
});

it("sends issued tickets to each holder, all of theirs in one mail", async () => {
  const event = await show();
  const [ada, bob] = await Promise.all([world.person("Ada"), world.person("Bob")]);
  await event.tickets(["nobody's"]);
  const tickets = [
    { code: "A-1", holderEmail: ada.email },
    { code: "b ü 1", holderEmail: bob.email, holderName: "Bob's guest" },
    { code: "A-2", holderEmail: ada.email },
  ];
  const input = { eventId: event.id, ticketTypeId: event.types.get("Standard"), tickets };
  await made(event.venue.owner.client, "issueTickets", "IssueTicketsInput", "tickets { id }", input);
  expect(codesIn(await mails.mailTo(ada.email, "2 tickets for Show"))).toEqual(["A-1", "A-2"]);
  const toBob = await mails.mailTo(bob.email, "1 ticket for Show");
  expect(codesIn(toBob)).toEqual(["b ü 1"]);
  expect(toBob.text).toContain("Standard, for Bob's guest");
});

describe("on a change of time or place", () => {
  it("tells each holder once what it was and is, with an entry that takes the earlier one's place", async () => {
    const event = await show();
    const people = await holdersOf(event, "Ada", "Bob");
    await allSent(gatehouse);
    // The entries' numbers count seconds.
    await gatehouse.sql("update events set created_at = created_at - interval '1 minute' where id = $1", [idOf(event)]);
    await updateEvent(event, { startsAt: "2031-07-02T00:00:00Z", endsAt: "2031-07-02T03:00:00Z" });
    for (const { email } of people) {
      const mail = await mails.mailTo(email, "Changed: Show");
      for (const body of [mail.text, mail.html]) {
        expect(body).toContain("1 July 2031 at 20:00 (America/New_York) (was: Tuesday, 1 July 2031 at 19:30");
      }
      const entry = entryIn(mail);
      expect(entry).toMatchObject({ method: "PUBLISH", uid: idOf(event), start: "2031-07-02T00:00:00.000Z" });
      const [before] = mails.inbox(email).filter(({ subject }) => subject === "2 tickets for Show");
      expect(entry?.sequence).toBeGreaterThan((before && entryIn(before)?.sequence) ?? Number.NaN);
    }
  });

  it("tells the holders of a venue's coming events of its new name and address", async () => {
    const event = await show();
    const over = await event.venue.event({
      title: "Over",
      startsAt: "2020-01-01T10:00:00Z",
      endsAt: "2020-01-01T12:00:00Z",
    });
    const [holder] = await holdersOf(event, "Ada");
    const [visitor] = await holdersOf(over, "Eve");
    await updateVenue(event.venue, { name: "The New Hall", address: "2 Road" });
    const { text } = await mails.mailTo(holder?.email ?? "", "Changed: Show");
    expect(text).toContain("Place: The New Hall (was: The Hall)");
    expect(text).toContain("Address: 2 Road (was: 1 Street, New York)");
    await allSent(gatehouse);
    expect(subjectsTo(visitor as Person)).not.toContain("Changed: Over");
  });

  it("tells nobody of what is neither", async () => {
    const event = await show();
    const [holder] = await holdersOf(event, "Ada");
    await updateEvent(event, { description: "More of it", capacity: 5, startsAt: STARTS });
    await updateVenue(event.venue, { capacity: 7, timeZone: "Europe/Paris" });
    await allSent(gatehouse);
    expect(subjectsTo(holder as Person)).not.toContain("Changed: Show");
  });
});

describe("on cancellation", () => {
  it("tells who held a ticket then, once, and takes the entry from their calendar", async () => {
    const event = await show();
    const [ada, bob, eve] = (await holdersOf(event, "Ada", "Bob", "Eve")) as [Person, Person, Person];
    const buyer = await world.person("Buyer");
    await held(buyer.client, event);
    // Eve's were cancelled before: she knows.
    await gatehouse.sql("update tickets set status = 'CANCELLED' where holder_id = $1", [decodeId("usr", eve.id)]);
    await gatehouse.sql("update ticket_types set sold = sold - 2 where event_id = $1", [idOf(event)]);
    await cancelEvent(event);
    for (const { email } of [ada, bob]) {
      const mail = await mails.mailTo(email, "Cancelled: Show");
      expect(entryIn(mail)).toMatchObject({ method: "CANCEL", status: "CANCELLED", uid: idOf(event) });
    }
    await allSent(gatehouse);
    for (const person of [eve, buyer]) expect(subjectsTo(person)).not.toContain("Cancelled: Show");
    expect(subjectsTo(ada).filter((subject) => subject === "Cancelled: Show")).toHaveLength(1);
  });

  it("tells the holder of one cancelled ticket, and leaves the entry to who has another", async () => {
    const event = await show();
    const { email } = await world.person("Ada");
    const ids = await event.tickets(["C-1", "C-2"], "Standard", { holderEmail: email });
    await allSent(gatehouse);
    for (const [index, ticketId] of ids.entries()) {
      await made(event.venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", { ticketId });
      await allSent(gatehouse);
      const mail = mails.inbox(email).at(-1);
      expect(mail?.subject).toBe("1 ticket cancelled: Show");
      expect(mail?.text).toContain(`Standard: C-${index + 1}`);
      expect(mail && entryIn(mail)?.method).toBe(index === 0 ? undefined : "CANCEL");
    }
  });
});

it("sends a transferred ticket to the receiver with its new code, and tells the giver without it", async () => {
  const event = await show();
  const [giver, receiver] = await Promise.all([world.person("Gwen Giver"), world.person("Rita Receiver")]);
  const [ticketId] = await event.tickets(["OLD"], "Standard", { holderEmail: giver.email });
  await made(giver.client, "transferTicket", "TransferTicketInput", "ticket { id }", {
    ticketId,
    toEmail: receiver.email,
  });
  const { ticket } = await receiver.client.ok<{ ticket: { code: string } }>(
    "query ($id: ID!) { ticket(id: $id) { code } }",
    { id: ticketId },
  );
  const received = await mails.mailTo(receiver.email, "A ticket for you: Show");
  expect(codesIn(received)).toEqual([ticket.code]);
  expect(received.text).toContain("Gwen Giver has given you a ticket");
  expect(entryIn(received)).toMatchObject({ method: "PUBLISH", uid: idOf(event), start: STARTS });
  const given = await mails.mailTo(giver.email, "Ticket given away: Show");
  expect(given.text).toContain("that of Rita Receiver");
  for (const body of [given.text, given.html]) expect(body).not.toContain(ticket.code);
  expect(codesIn(given)).toEqual([]);
});

describe("what people call themselves and their events", () => {
  const evil = `<script>alert("1")</script> & 'co'`;

  it("is text in HTML, never a tag", async () => {
    const venue = await world.venue({ ...PLACE, name: evil, address: `${evil}\n2` });
    const event = await venue.event({ ...SHOW, title: evil }, [{ name: evil }]);
    const buyer = await world.person(evil);
    await pay(buyer.client, await held(buyer.client, event, { [evil]: 1 }));
    const mail = await mails.mailTo(buyer.email, `1 ticket for ${evil}`);
    expect(mail.html).not.toMatch(/<script/i);
    expect(mail.html?.match(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt; &amp; &#39;co&#39;/g)).toHaveLength(
      6,
    );
    expect(mail.to).toEqual([{ name: evil, address: buyer.email }]);
    expect(entryIn(mail)?.summary).toBe(evil);
  });

  it("adds no header, no recipient and no line to the calendar entry", async () => {
    const lines = "Ada\r\nBcc: evil@example.com\r\nX-Evil: 1\r\n\r\nbody";
    const event = await show();
    const [holder] = (await holdersOf(event, "Ada")) as [Person];
    await gatehouse.sql("update users set name = $1 where id = $2", [lines, decodeId("usr", holder.id)]);
    await gatehouse.sql("update events set title = $1 where id = $2", [`Show\r\nATTENDEE:x\r\n${lines}`, idOf(event)]);
    await cancelEvent(event);
    await allSent(gatehouse);
    const mail = mails.inbox(holder.email).at(-1);
    expect(mail?.headers.map(({ key }) => key).filter((key) => /bcc|evil/.test(key))).toEqual([]);
    expect(mail?.subject).toBe("Cancelled: Show ATTENDEE:x Ada Bcc: evil@example.com X-Evil: 1 body");
    expect(mail && entryIn(mail)?.uid).toBe(idOf(event));
    const file = mail?.attachments.find(({ mimeType }) => mimeType === "text/calendar")?.content as ArrayBuffer;
    expect(Buffer.from(file).toString()).not.toMatch(/^(ATTENDEE|Bcc|X-Evil)/m);
    expect(mails.received.flatMap(({ recipients }) => recipients)).not.toContain("evil@example.com");
  });

  it("makes no second recipient of an address with a comma", async () => {
    await made(world.anonymous, "register", "RegisterInput", "user { id }", {
      name: "Two",
      email: "first@example.com,second@example.com",
      password: "correct horse battery",
    });
    await allSent(gatehouse);
    const all = mails.received.flatMap(({ recipients }) => recipients);
    expect(all.filter((address) => ["first@example.com", "second@example.com"].includes(address))).toEqual([]);
  });
});
