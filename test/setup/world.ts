import { randomUUID } from "node:crypto";
import { Client } from "./client.js";

const HOUR = 3_600_000;

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly refreshToken: string;
  readonly client: Client;
}

export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[] | null;
}

/** Everything a test stands on, made through the public API: `world.person()` -> `venue()` -> `event()` -> `tickets()`. */
export class World {
  constructor(readonly url: string) {}

  get anonymous(): Client {
    return new Client(this.url);
  }

  async person(name = "Someone"): Promise<Person> {
    const email = `${randomUUID()}@example.com`;
    const password = "correct horse battery";
    const { user, accessToken, refreshToken } = await made<{
      user: { id: string };
      accessToken: string;
      refreshToken: string;
    }>(this.anonymous, "register", "RegisterInput", "user { id } accessToken refreshToken", { name, email, password });
    return { id: user.id, email, password, refreshToken, client: new Client(this.url, accessToken) };
  }

  /** A venue with its gates by name, owned by a new person unless one is given. */
  async venue(input: Record<string, unknown> & { gates?: string[] } = {}, owner?: Person): Promise<Venue> {
    const person = owner ?? (await this.person("Owner"));
    const { venue } = await made<{ venue: { id: string; gates: { id: string; name: string }[] } }>(
      person.client,
      "createVenue",
      "CreateVenueInput",
      "venue { id gates { id name } }",
      { name: "Hall", address: "1 Street", capacity: 1_000, gates: ["A"], ...input },
    );
    return new Venue(this, person, venue.id, new Map(venue.gates.map((gate) => [gate.name, gate.id])));
  }
}

export class Venue {
  constructor(
    readonly world: World,
    readonly owner: Person,
    readonly id: string,
    readonly gates: ReadonlyMap<string, string>,
  ) {}

  gate(name = "A"): string {
    const id = this.gates.get(name);
    if (id === undefined) throw new Error(`the venue has no gate ${name}`);
    return id;
  }

  /** A device enrolled at the gate, speaking with its own token. */
  async device(gate = "A"): Promise<{ readonly id: string; readonly token: string; readonly client: Client }> {
    const { device, token } = await made<{ device: { id: string }; token: string }>(
      this.owner.client,
      "enrollDevice",
      "EnrollDeviceInput",
      "device { id } token",
      { gateId: this.gate(gate), name: `Scanner ${gate}` },
    );
    return { id: device.id, token, client: new Client(this.world.url, token) };
  }

  /** Somebody new, unless a person is given. */
  async staff(known?: Person): Promise<Person> {
    const person = known ?? (await this.world.person("Steward"));
    await made(this.owner.client, "addVenueStaff", "VenueStaffInput", "venue { id }", {
      venueId: this.id,
      email: person.email,
    });
    return person;
  }

  /** Doors are open now, for hours to come, unless the input says otherwise. Types by name, 1,000 places each. */
  async event(
    input: Record<string, unknown> = {},
    types: readonly ({ name: string } & Record<string, unknown>)[] = [{ name: "Standard" }],
  ): Promise<Event> {
    const { event } = await made<{ event: { id: string; ticketTypes: { id: string; name: string }[] } }>(
      this.owner.client,
      "createEvent",
      "CreateEventInput",
      "event { id ticketTypes { id name } }",
      {
        venueId: this.id,
        title: "Show",
        startsAt: new Date(Date.now() - HOUR).toISOString(),
        endsAt: new Date(Date.now() + 5 * HOUR).toISOString(),
        ticketTypes: types.map((type) => ({
          price: { amountMinor: 1_000, currency: "EUR" },
          quantity: 1_000,
          ...type,
        })),
        ...input,
      },
    );
    return new Event(this, event.id, new Map(event.ticketTypes.map((type) => [type.name, type.id])));
  }
}

export class Event {
  constructor(
    readonly venue: Venue,
    readonly id: string,
    readonly types: ReadonlyMap<string, string>,
  ) {}

  /** Issues tickets with these codes, in order. */
  async tickets(codes: readonly string[], type = "Standard", more: Record<string, unknown> = {}): Promise<string[]> {
    const { tickets } = await made<{ tickets: { id: string }[] }>(
      this.venue.owner.client,
      "issueTickets",
      "IssueTicketsInput",
      "tickets { id }",
      {
        eventId: this.id,
        ticketTypeId: this.types.get(type),
        tickets: codes.map((code) => ({ code, ...more })),
      },
    );
    return tickets.map((ticket) => ticket.id);
  }
}

/** Runs a mutation with one input and gives its payload, `userErrors` included. */
export async function mutate<Payload extends object>(
  client: Client,
  name: string,
  inputType: string,
  selection: string,
  input: Record<string, unknown>,
): Promise<Payload & { readonly userErrors: readonly UserError[] }> {
  const query = `mutation ($input: ${inputType}!) { ${name}(input: $input) { ${selection} userErrors { code message path } } }`;
  const data = await client.ok<Record<string, Payload & { readonly userErrors: readonly UserError[] }>>(query, {
    input,
  });
  const payload = data[name];
  if (payload === undefined) throw new Error(`${name} has no payload`);
  return payload;
}

/** The payload of a mutation that must succeed. */
export async function made<Payload extends object>(...call: Parameters<typeof mutate>): Promise<Payload> {
  const payload = await mutate<Payload>(...call);
  if (payload.userErrors.length > 0) throw new Error(`${call[1]}: ${JSON.stringify(payload.userErrors)}`);
  return payload;
}

const SCAN = `scan { id key direction outcome reason conflict capacityOverride offline automatic code scannedAt receivedAt
  ticket { id inside } event { id } gate { id } device { id } } replayed`;

export interface ScanData {
  readonly id: string;
  readonly key: string;
  readonly direction: "ENTRY" | "EXIT";
  readonly outcome: "ACCEPTED" | "REFUSED" | "ANNULLED";
  readonly reason: string | null;
  readonly conflict: string | null;
  readonly capacityOverride: boolean;
  readonly offline: boolean;
  readonly automatic: boolean;
  readonly code: string;
  readonly scannedAt: string;
  readonly receivedAt: string;
  readonly ticket: { readonly id: string; readonly inside: boolean } | null;
  readonly event: { readonly id: string } | null;
  readonly gate: { readonly id: string };
  readonly device: { readonly id: string } | null;
}

export interface RecordedScan {
  readonly scan: ScanData | null;
  readonly replayed: boolean;
  readonly userErrors: readonly UserError[];
}

/** One online scan, with a fresh key unless one is given. */
export const recordScan = (client: Client, input: Record<string, unknown>): Promise<RecordedScan> =>
  mutate<Omit<RecordedScan, "userErrors">>(client, "recordScan", "RecordScanInput", SCAN, {
    key: randomUUID(),
    direction: "ENTRY",
    ...input,
  });

/** Offline scans, sent now unless `sentAt` says otherwise. */
export async function uploadScans(
  client: Client,
  scans: readonly Record<string, unknown>[],
  more: Record<string, unknown> = {},
): Promise<RecordedScan[]> {
  const query = `mutation ($input: UploadScansInput!) {
    uploadScans(input: $input) { results { ${SCAN} userErrors { code message path } } } }`;
  const input = {
    sentAt: new Date().toISOString(),
    scans: scans.map((scan) => ({
      key: randomUUID(),
      direction: "ENTRY",
      scannedAt: new Date().toISOString(),
      ...scan,
    })),
    ...more,
  };
  const { uploadScans: payload } = await client.ok<{ uploadScans: { results: RecordedScan[] } }>(query, { input });
  return payload.results;
}
