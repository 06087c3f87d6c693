import { type ApiClient, apiClient } from "../src/cli/client.js";
import { codeOf, type Totals } from "./load/crowd.js";

export interface World {
  readonly venueId: string;
  readonly ownerToken: string;
  /** Of the devices, one at each gate. */
  readonly tokens: readonly string[];
}

const GATES = ["North", "East", "South", "West"];
const TICKETS_PER_CALL = 1_000;
const SCANS_PER_CALL = 500;
const HOUR_MILLISECONDS = 3_600_000;

interface Id {
  readonly id: string;
}

/** One hot venue that never fills up, made through the public API. */
export async function makeWorld(url: string, tickets: number): Promise<World> {
  const owner = { name: "Owner", email: "owner@bench.example", password: "a long enough password" };
  const { accessToken } = await mutate<{ accessToken: string }>(
    apiClient(url, null),
    ["register", "RegisterInput", "accessToken"],
    owner,
  );
  const client = apiClient(url, accessToken);
  const { venue } = await mutate<{ venue: Id & { gates: Id[] } }>(
    client,
    ["createVenue", "CreateVenueInput", "venue { id gates { id } }"],
    { name: "Arena", address: "1 Hot Street", capacity: tickets, gates: GATES },
  );
  const devices = venue.gates.map(({ id }) =>
    mutate<{ token: string }>(client, ["enrollDevice", "EnrollDeviceInput", "token"], { gateId: id, name: "Scanner" }),
  );
  const tokens = (await Promise.all(devices)).map(({ token }) => token);
  await issueTickets(client, await makeEvent(client, venue.id, tickets), tickets);
  await passOnce(apiClient(url, tokens[0] ?? null), tickets);
  return { venueId: venue.id, ownerToken: accessToken, tokens };
}

interface Show {
  readonly eventId: string;
  readonly ticketTypeId: string;
}

async function makeEvent(client: ApiClient, venueId: string, tickets: number): Promise<Show> {
  const now = Date.now();
  const { event } = await mutate<{ event: Id & { ticketTypes: Id[] } }>(
    client,
    ["createEvent", "CreateEventInput", "event { id ticketTypes { id } }"],
    {
      venueId,
      title: "Concert",
      doorsOpenAt: new Date(now - HOUR_MILLISECONDS).toISOString(),
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + 6 * HOUR_MILLISECONDS).toISOString(),
      ticketTypes: [{ name: "Standard", price: { amountMinor: 4_500, currency: "GBP" }, quantity: tickets }],
    },
  );
  const [type] = event.ticketTypes;
  if (type === undefined) throw new Error("the event has no ticket type");
  return { eventId: event.id, ticketTypeId: type.id };
}

async function issueTickets(client: ApiClient, show: Show, count: number): Promise<void> {
  const codes = Array.from({ length: count }, (_, ticket) => ({ code: codeOf(ticket) }));
  for (let from = 0; from < count; from += TICKETS_PER_CALL) {
    const input = { ...show, tickets: codes.slice(from, from + TICKETS_PER_CALL) };
    await mutate(client, ["issueTickets", "IssueTicketsInput", "tickets { id }"], input);
  }
}

/**
 * Everybody has been in and out once. PostgreSQL keeps the plans it made for a statement's first runs, and those made on empty
 * tables would be bad ones: nobody's, and least of all a rival's, are to be measured.
 */
async function passOnce(device: ApiClient, count: number): Promise<void> {
  for (const direction of ["ENTRY", "EXIT"]) {
    const scannedAt = new Date(Date.now() - (direction === "ENTRY" ? 50 : 40) * 60_000).toISOString();
    const key = (ticket: number): string => `${direction}-${ticket}`;
    const scans = Array.from({ length: count }, (_, ticket) => ({
      key: key(ticket),
      code: codeOf(ticket),
      direction,
      scannedAt,
    }));
    for (let from = 0; from < count; from += SCANS_PER_CALL) {
      const input = { scans: scans.slice(from, from + SCANS_PER_CALL), sentAt: new Date().toISOString() };
      await device.request(
        "mutation($input: UploadScansInput!) { uploadScans(input: $input) { occupancy { inside } } }",
        { input },
      );
    }
  }
}

/** The venue's counts as the API tells them. */
export async function readTotals(url: string, { venueId, ownerToken }: World): Promise<Totals> {
  const document = "query($id: ID!) { venue(id: $id) { occupancy { inside entries exits refusals } } }";
  const { venue } = await apiClient(url, ownerToken).request<{ venue: { occupancy: Totals } }>(document, {
    id: venueId,
  });
  return venue.occupancy;
}

async function mutate<T>(
  client: ApiClient,
  [name, type, fields]: readonly [name: string, type: string, fields: string],
  input: object,
): Promise<T> {
  const document = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`;
  const data = await client.request<Record<string, T & { userErrors: readonly unknown[] }>>(document, { input });
  const payload = data[name];
  if (payload === undefined || payload.userErrors.length > 0) throw new Error(`${name}: ${JSON.stringify(data)}`);
  return payload;
}
