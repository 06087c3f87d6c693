import { randomBytes } from "node:crypto";
import { type ApiClient, apiClient } from "../client.js";

const GATES = ["North", "South", "East", "West"];
/** Of the guests: fewer than come, so that the doors close to all but VIPs at the peak. */
const CAPACITY_SHARE = 0.7;
const TICKETS_PER_CALL = 1_000;
/** The codes of examples/evening.csv and examples/evening.ndjson, so that those can be replayed too. */
const SAMPLE_CODES = Array.from({ length: 60 }, (_, index) => `SAMPLE-${String(index + 1).padStart(3, "0")}`);
/** Of each type, for whoever tries to buy. */
const UNSOLD = 20;
const HOUR_MILLISECONDS = 3_600_000;

const TICKET_TYPES = [
  { name: "Standard", share: 0.75, price: 4_500, admitsWhenFull: false, codes: SAMPLE_CODES },
  { name: "Student", share: 0.2, price: 2_500, admitsWhenFull: false, codes: [] },
  { name: "VIP", share: 0.05, price: 12_000, admitsWhenFull: true, codes: [] },
] as const;

interface Person {
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly expiresAt: string;
}

interface DemoGate {
  readonly id: string;
  readonly name: string;
  readonly deviceToken: string;
}

export interface World {
  readonly owner: Person;
  readonly staff: Person;
  readonly venueId: string;
  readonly venueName: string;
  readonly capacity: number;
  readonly gates: readonly DemoGate[];
  readonly eventId: string;
  /** For the evening. */
  readonly codes: readonly string[];
  /** One of each ticket type that the evening leaves unused. */
  readonly unused: readonly { readonly type: string; readonly code: string }[];
}

export const USUAL_GUESTS = 4_000;

/** Makes a whole new world through the API, beside any that is there from an earlier run. `guests`: a multiple of 20. */
export async function makeWorld(url: string, guests = USUAL_GUESTS): Promise<World> {
  const capacity = Math.round(guests * CAPACITY_SHARE);
  const suffix = randomBytes(4).toString("hex");
  const owner = await register(url, "Olivia Owner", `owner-${suffix}@demo.example`);
  const staff = await register(url, "Sam Staff", `staff-${suffix}@demo.example`);
  const client = apiClient(url, owner.token);
  const venue = await makeVenue(client, capacity);
  await mutate(client, "addVenueStaff", "VenueStaffInput", "venue { id }", { venueId: venue.id, email: staff.email });
  const gates = await Promise.all(venue.gates.map((gate) => enroll(client, gate)));
  const event = await makeEvent(client, venue.id, guests);
  const tickets: { type: string; codes: string[] }[] = [];
  for (const type of event.ticketTypes)
    tickets.push({ type: type.name, codes: await issue(client, event.id, type, guests) });
  return {
    owner,
    staff,
    venueId: venue.id,
    venueName: venue.name,
    capacity,
    gates,
    eventId: event.id,
    codes: tickets.flatMap(({ codes }) => codes.slice(1)),
    unused: tickets.flatMap(({ type, codes }) => codes.slice(0, 1).map((code) => ({ type, code }))),
  };
}

async function register(url: string, name: string, email: string): Promise<Person> {
  const password = randomBytes(12).toString("base64url");
  const input = { name, email, password };
  const { accessToken: token, expiresAt } = await mutate<{ accessToken: string; expiresAt: string }>(
    apiClient(url, null),
    "register",
    "RegisterInput",
    "accessToken expiresAt",
    input,
  );
  return { email, password, token, expiresAt };
}

interface NewVenue {
  readonly id: string;
  readonly name: string;
  readonly gates: readonly { readonly id: string; readonly name: string }[];
}

async function makeVenue(client: ApiClient, capacity: number): Promise<NewVenue> {
  const input = {
    name: "Harbour Hall",
    address: "1 Quay Street, Bristol",
    location: { latitude: 51.4495, longitude: -2.5983 },
    timeZone: "Europe/London",
    capacity,
    publicOccupancy: true,
    gates: GATES,
  };
  const fields = "venue { id name gates { id name } }";
  return (await mutate<{ venue: NewVenue }>(client, "createVenue", "CreateVenueInput", fields, input)).venue;
}

async function enroll(client: ApiClient, gate: { id: string; name: string }): Promise<DemoGate> {
  const input = { gateId: gate.id, name: `Scanner ${gate.name}` };
  const { token } = await mutate<{ token: string }>(client, "enrollDevice", "EnrollDeviceInput", "token", input);
  return { ...gate, deviceToken: token };
}

interface NewEvent {
  readonly id: string;
  readonly ticketTypes: readonly { readonly id: string; readonly name: string }[];
}

async function makeEvent(client: ApiClient, venueId: string, guests: number): Promise<NewEvent> {
  const now = Date.now();
  const input = {
    venueId,
    title: "The Long Night of Lanterns",
    category: "music",
    doorsOpenAt: new Date(now - HOUR_MILLISECONDS).toISOString(),
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + 6 * HOUR_MILLISECONDS).toISOString(),
    ticketTypes: TICKET_TYPES.map(({ name, share, price, admitsWhenFull, codes }) => ({
      name,
      price: { amountMinor: price, currency: "GBP" },
      quantity: guests * share + codes.length + UNSOLD,
      admitsWhenFull,
    })),
  };
  const fields = "event { id ticketTypes { id name } }";
  return (await mutate<{ event: NewEvent }>(client, "createEvent", "CreateEventInput", fields, input)).event;
}

/** Returns the codes that the server made up; the sample's are known. */
async function issue(
  client: ApiClient,
  eventId: string,
  type: { id: string; name: string },
  guests: number,
): Promise<string[]> {
  const plan = TICKET_TYPES.find(({ name }) => name === type.name);
  const codes: string[] = [];
  for (let left = guests * (plan?.share ?? 0); left > 0; left -= TICKETS_PER_CALL) {
    const tickets = Array.from({ length: Math.min(left, TICKETS_PER_CALL) }, () => ({}));
    codes.push(...(await issueSome(client, { eventId, ticketTypeId: type.id, tickets })));
  }
  const given = (plan?.codes ?? []).map((code) => ({ code }));
  if (given.length > 0) await issueSome(client, { eventId, ticketTypeId: type.id, tickets: given });
  return codes;
}

async function issueSome(client: ApiClient, input: object): Promise<string[]> {
  const { tickets } = await mutate<{ tickets: { code: string }[] }>(
    client,
    "issueTickets",
    "IssueTicketsInput",
    "tickets { code }",
    input,
  );
  return tickets.map(({ code }) => code);
}

/** Runs a mutation of the usual form. Throws on its user errors, since a demo world has no expected ones. */
async function mutate<T>(client: ApiClient, name: string, type: string, fields: string, input: object): Promise<T> {
  const document = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message path } } }`;
  const data = await client.request<Record<string, T & { userErrors: { code: string; message: string }[] }>>(document, {
    input,
  });
  const payload = data[name];
  const problem = payload?.userErrors[0];
  if (payload === undefined || problem) throw new Error(`${name}: ${problem?.code} ${problem?.message}`);
  return payload;
}
