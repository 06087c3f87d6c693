import { randomUUID } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Config } from "../src/config.js";
import { createMailer } from "../src/mail/mailer.js";
import { decodeId } from "../src/schema/ids.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { allSent, MailServer } from "./setup/smtp.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, made, mutate, type Person, World } from "./setup/world.js";

const WELCOME = "Welcome to Gatehouse";

let mails: MailServer;
/** Does no jobs: what it adds waits until `sent`. */
let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  mails = await MailServer.start();
  gatehouse = await startGatehouse({ jobs: false });
  world = new World(gatehouse.url);
});
afterEach(() => {
  mails.toRecipient = () => null;
  mails.toContent = () => null;
});
afterAll(async () => {
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
  await mails.close();
});

const startSending = (more: Partial<Config> = {}) =>
  startGatehouse({ databaseUrl: gatehouse.databaseUrl, smtpUrl: mails.url, ...more });
/** Lets another node send all that waits. */
async function sent(): Promise<void> {
  await using _node = await startSending();
  await allSent(gatehouse);
}
const subjectsTo = ({ email }: Pick<Person, "email">) => mails.inbox(email).map(({ subject }) => subject);
const waiting = () =>
  gatehouse.sql<{ attempts: number; error: string | null }>(
    "select attempts, last_error as error from graphile_worker.jobs where task_identifier = 'send-mail'",
  );
/** As if the time until the next attempt had passed. */
const tryNow = () =>
  gatehouse.sql("update graphile_worker._private_jobs set run_at = now() where attempts > 0 and locked_at is null");
const updateProfile = ({ client }: Person, input: Record<string, unknown>) =>
  mutate<{ user: { mailOptOut: string[] } | null }>(
    client,
    "updateProfile",
    "UpdateProfileInput",
    "user { mailOptOut }",
    input,
  );
const updateEvent = (event: Event, input: Record<string, unknown>) =>
  made(event.venue.owner.client, "updateEvent", "UpdateEventInput", "event { id }", { eventId: event.id, ...input });
const cancelEvent = (event: Event) =>
  made(event.venue.owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: event.id });

describe("mail that cannot be sent", () => {
  it("is tried again while the mail server is away, and comes once when it is back", async () => {
    const person = await world.person();
    await mails.close();
    await using _node = await startSending();
    await expect.poll(async () => (await waiting())[0]?.attempts, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(subjectsTo(person)).toEqual([]);
    await mails.open();
    await tryNow();
    await allSent(gatehouse);
    expect(subjectsTo(person)).toEqual([WELCOME]);
  });

  it("is the same mail at every attempt, by its Message-ID, and its failure names nobody", async () => {
    const person = await world.person();
    mails.toContent = () => 451;
    await using _node = await startSending();
    await expect.poll(async () => (await waiting())[0]?.error, { timeout: 10_000 }).toContain("451");
    expect(JSON.stringify(await waiting())).not.toContain(person.email);
    mails.toContent = () => null;
    await tryNow();
    await allSent(gatehouse);
    const attempts = mails.attempts.filter(({ recipients }) => recipients.includes(person.email));
    expect(attempts.length).toBeGreaterThan(1);
    expect(new Set(attempts.map(({ mail }) => mail.messageId)).size).toBe(1);
  });

  it("is given up when the recipient is refused for good, and keeps no other waiting", async () => {
    const [gone, there] = await Promise.all([world.person("Gone"), world.person("There")]);
    mails.toRecipient = (address) => (address === gone.email ? 550 : null);
    await sent();
    expect(subjectsTo(there)).toEqual([WELCOME]);
    expect(subjectsTo(gone)).toEqual([]);
  });

  it("keeps no node from closing while the mail server is silent, and is left to another", async () => {
    await using silent = await silentServer();
    const node = await startSending({ smtpUrl: silent.url });
    const person = await new World(node.url).person();
    await expect.poll(() => silent.connections(), { timeout: 5_000, interval: 20 }).toBe(1);
    const closing = Date.now();
    await node.close();
    expect(Date.now() - closing).toBeLessThan(8_000);
    await tryNow();
    await sent();
    expect(subjectsTo(person)).toEqual([WELCOME]);
  });

  it("keeps no hold from being ended while the mail server is silent", async () => {
    await using silent = await silentServer();
    await using node = await startSending({ smtpUrl: silent.url, holdSeconds: 1 });
    const elsewhere = new World(node.url);
    const [buyer] = await Promise.all(Array.from({ length: 6 }, () => elsewhere.person()));
    const event = await (await elsewhere.venue()).event();
    const input = {
      eventId: event.id,
      items: [{ ticketTypeId: event.types.get("Standard"), quantity: 1 }],
      idempotencyKey: randomUUID(),
    };
    const { reservation } = await made<{ reservation: { id: string } }>(
      (buyer as Person).client,
      "reserveTickets",
      "ReserveTicketsInput",
      "reservation { id }",
      input,
    );
    const status = () =>
      gatehouse.sql("select status from reservations where id = $1", [decodeId("rsv", reservation.id)]);
    await expect.poll(status, { timeout: 5_000, interval: 50 }).toEqual([{ status: "EXPIRED" }]);
    silent.hangUp();
  });
});

describe("what has changed before the mail is sent", () => {
  it("an erased person gets none", async () => {
    const person = await world.person();
    await made(person.client, "deleteAccount", "DeleteAccountInput", "ok", { password: person.password });
    await sent();
    expect(subjectsTo(person)).toEqual([]);
  });

  it("who has turned a kind off gets none of it, and all that is necessary", async () => {
    const event = await (await world.venue()).event();
    const [quiet, other] = await Promise.all([world.person(), world.person()]);
    for (const { email } of [quiet, other]) await event.tickets([email], "Standard", { holderEmail: email });
    const mailOptOut = ["WELCOME", "EVENT_CHANGED", "TICKET_GIVEN"];
    expect(await updateProfile(quiet, { mailOptOut })).toEqual({ user: { mailOptOut }, userErrors: [] });
    await updateEvent(event, { endsAt: new Date(Date.now() + 40_000_000).toISOString() });
    await sent();
    await cancelEvent(event);
    await sent();
    const necessary = ["1 ticket for Show", "Cancelled: Show"];
    expect(subjectsTo(quiet).toSorted()).toEqual(necessary);
    expect(subjectsTo(other).toSorted()).toEqual([
      ...necessary.slice(0, 1),
      "Cancelled: Show",
      "Changed: Show",
      WELCOME,
    ]);
  });

  it("a ticket that was given away is not sent to the giver", async () => {
    const event = await (await world.venue()).event();
    const [giver, receiver] = await Promise.all([world.person(), world.person()]);
    const [ticketId] = await event.tickets(["G"], "Standard", { holderEmail: giver.email });
    const input = { ticketId, toEmail: receiver.email };
    await made(giver.client, "transferTicket", "TransferTicketInput", "ticket { id }", input);
    await sent();
    expect(subjectsTo(giver).toSorted()).toEqual(["Ticket given away: Show", WELCOME]);
    expect(subjectsTo(receiver).toSorted()).toEqual(["A ticket for you: Show", WELCOME]);
  });

  it("a time that is again as it was is no change", async () => {
    const startsAt = "2031-01-01T10:00:00.000Z";
    const event = await (await world.venue()).event({ startsAt, endsAt: "2031-01-01T12:00:00Z" });
    const person = await world.person();
    await event.tickets(["S"], "Standard", { holderEmail: person.email });
    await updateEvent(event, { doorsOpenAt: "2031-01-01T09:30:00Z" });
    await updateEvent(event, { doorsOpenAt: "2031-01-01T08:00:00Z" });
    await sent();
    expect(subjectsTo(person).filter((subject) => subject?.startsWith("Changed"))).toEqual(["Changed: Show"]);
  });
});

describe("the kinds that are turned off", () => {
  it("can be given at registration, are the user's own to read, and go when the account does", async () => {
    const email = `${randomUUID()}@example.com`;
    const { user } = await made<{ user: { id: string; mailOptOut: string[] } }>(
      world.anonymous,
      "register",
      "RegisterInput",
      "user { id mailOptOut }",
      { name: "Quiet", email, password: "correct horse battery", mailOptOut: ["WELCOME", "WELCOME"] },
    );
    expect(user.mailOptOut).toEqual(["WELCOME"]);
    const query = "query ($id: ID!) { user(id: $id) { mailOptOut } }";
    expect(await (await world.person()).client.ok(query, { id: user.id })).toEqual({ user: { mailOptOut: null } });
    await sent();
    expect(subjectsTo({ email })).toEqual([]);
  });

  it("stay as they are unless given, and cannot be null or unknown", async () => {
    const person = await world.person();
    await updateProfile(person, { mailOptOut: ["WELCOME"] });
    expect(await updateProfile(person, { name: "Other" })).toMatchObject({ user: { mailOptOut: ["WELCOME"] } });
    expect(await updateProfile(person, { mailOptOut: null })).toMatchObject({
      user: null,
      userErrors: [{ code: "INVALID", path: ["mailOptOut"] }],
    });
    expect(await updateProfile(person, { mailOptOut: [] })).toMatchObject({ user: { mailOptOut: [] } });
    const mutation = "mutation { updateProfile(input: { mailOptOut: [TICKETS] }) { user { id } } }";
    expect(await person.client.codes(mutation)).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
  });
});

it("sends nothing of what was rolled back", async () => {
  const event = await (await world.venue()).event();
  const person = await world.person();
  await gatehouse.sql(`
    create function refuse() returns trigger language plpgsql as $$ begin
      if new.code = 'ROLLED-BACK' then raise exception 'no'; end if; return new; end $$`);
  await gatehouse.sql(`create constraint trigger refuse after insert on tickets deferrable initially deferred
    for each row execute function refuse()`);
  await expect(event.tickets(["ROLLED-BACK"], "Standard", { holderEmail: person.email })).rejects.toThrow();
  await sent();
  expect(subjectsTo(person)).toEqual([WELCOME]);
});

it("sends nothing from a node without jobs", async () => {
  await using node = await startSending({ jobs: false });
  const person = await new World(node.url).person();
  expect((await waiting()).length).toBeGreaterThan(0);
  expect(subjectsTo(person)).toEqual([]);
  await sent();
  expect(subjectsTo(person)).toEqual([WELCOME]);
});

it("tells each of 600 holders of a cancelled event once, from few jobs", async () => {
  const event = await (await world.venue({ capacity: 5_000 })).event({}, [{ name: "Standard", quantity: 5_000 }]);
  await sent();
  // Every tenth has two.
  await gatehouse.sql(
    `with people as (
       insert into users (id, email, name, role, password_hash, created_at)
       select gen_random_uuid(), $2 || n || '@example.com', 'Holder ' || n, 'MEMBER', 'x', now()
       from generate_series(1, 600) n returning id, email
     ), numbered as (select id, row_number() over () as n from people)
     insert into tickets (id, event_id, venue_id, ticket_type_id, holder_id, code, status, created_at, paid_at)
     select gen_random_uuid(), e.id, e.venue_id, y.id, p.id, p.n || '-' || copy, 'PAID', now(), now()
     from numbered p cross join generate_series(1, 2) copy join events e on e.id = $1 join ticket_types y on y.event_id = e.id
     where copy = 1 or p.n % 10 = 0`,
    [decodeId("evt", event.id), `many-${event.id}-`],
  );
  await gatehouse.sql("update ticket_types set sold = 660 where event_id = $1", [decodeId("evt", event.id)]);
  await cancelEvent(event);
  const [jobs] = await gatehouse.sql<{ count: number }>(
    "select count(*)::int as count from graphile_worker.jobs where task_identifier like 'send-%'",
  );
  expect(jobs?.count).toBe(2);
  await sent();
  const told = mails.received
    .filter(({ mail }) => mail.subject === "Cancelled: Show")
    .flatMap(({ recipients }) => recipients)
    .filter((address) => address.startsWith(`many-${event.id}-`));
  expect(told).toHaveLength(600);
  expect(new Set(told).size).toBe(600);
});

describe("without SMTP_URL", () => {
  it("writes each mail into a file under DATA_DIR that only the server's user may read", async () => {
    await sent();
    await using node = await startGatehouse({ databaseUrl: gatehouse.databaseUrl });
    const { email } = await new World(node.url).person("Ada");
    await allSent(gatehouse);
    const folder = join(node.config.dataDir, "mail");
    const files = await readdir(folder);
    expect(files).toEqual([expect.stringMatching(/^[\da-f-]{36}\.eml$/)]);
    const file = join(folder, files[0] ?? "");
    expect(await PostalMime.parse(await readFile(file))).toMatchObject({
      subject: WELCOME,
      to: [{ name: "Ada", address: email }],
      from: { name: "Gatehouse", address: "gatehouse@localhost" },
    });
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect((await stat(folder)).mode & 0o077).toBe(0);
  });

  it("says in the log where, and not to whom", async () => {
    const lines: unknown[] = [];
    const dataDir = gatehouse.config.dataDir;
    const from = { name: "Gatehouse", address: "gatehouse@localhost" };
    const logger = { info: (...line: unknown[]) => void lines.push(line) };
    const mailer = createMailer({ smtpUrl: null, mailFrom: from, dataDir, logger });
    const letter = { subject: "Hello", text: "secret", html: "<p>secret</p>", pictures: [], calendar: null };
    const message = { id: randomUUID(), from, to: { name: "Ada", address: "ada@example.com" }, letter };
    for (let attempt = 0; attempt < 2; attempt++) await mailer.send(message, new AbortController().signal);
    mailer.close();
    expect(JSON.stringify(lines)).toContain(join(dataDir, "mail", `${message.id}.eml`));
    expect(JSON.stringify(lines)).not.toMatch(/ada|secret/i);
    expect(await readdir(join(dataDir, "mail"))).toEqual([`${message.id}.eml`]);
  });
});

/** Takes connections, and never says a word. */
async function silentServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  const { port } = server.address() as AddressInfo;
  return {
    connections: () => sockets.size,
    url: `smtp://127.0.0.1:${port}`,
    hangUp,
    [Symbol.asyncDispose]: async () => hangUp(),
  };
}
