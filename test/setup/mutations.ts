import { randomUUID } from "node:crypto";
import type { GraphQLSchema } from "graphql";
import { withValue } from "./arguments.js";
import type { Client } from "./client.js";
import { held } from "./sales.js";
import type { TestGatehouse } from "./server.js";
import { type Event, mutate, type Person, recordScan, type Venue, World } from "./world.js";

export type Input = Record<string, unknown>;

const BUYERS = /^(reserve|pay|cancelR|transfer)/;

export const at = (hour: number): string => `2030-06-01T${hour}:00:00Z`;
export const newType = (more: Input = {}): Input => ({
  ...{ name: "Any", price: { amountMinor: 5, currency: "EUR" }, quantity: 5 },
  ...more,
});
export const standard = ({ types }: Event): string => types.get("Standard") ?? "";
const scan = () => ({ key: randomUUID(), code: "nobody's", direction: "EXIT" });

/** A good input of every mutation, to be spoilt in one place, and who may send it. */
export class Mutations {
  private constructor(
    readonly gatehouse: TestGatehouse,
    readonly schema: GraphQLSchema,
    readonly world: World,
    readonly venue: Venue,
    readonly event: Event,
    readonly buyer: Person,
  ) {}

  static async on(gatehouse: TestGatehouse, schema: GraphQLSchema): Promise<Mutations> {
    const world = new World(gatehouse.url);
    const venue = await world.venue();
    return new Mutations(gatehouse, schema, world, venue, await venue.event(), await world.person("Buyer"));
  }

  get owner(): Person {
    return this.venue.owner;
  }

  /** An event with one type. */
  show(): Promise<Event> {
    return this.venue.event({}, [{ name: "Standard" }]);
  }

  /** Good but for the value at this place, such as `reserveTickets.items.0.quantity`. */
  async inputWith(argument: string, value: unknown): Promise<Input> {
    const [mutation = "", ...path] = argument.split(".");
    return withValue(await this.good[mutation]?.(), path, value) as Input;
  }

  /** Good as it is. */
  async input(mutation: string): Promise<Input> {
    const make = this.good[mutation];
    if (make === undefined) throw new Error(`nobody knows a good input of ${mutation}`);
    return make();
  }

  /** The user errors that it comes to. */
  async run(mutation: string, input: Input): Promise<readonly { code: string; path: readonly string[] | null }[]> {
    const client = this.clientOf(mutation);
    const type = this.inputTypeOf(mutation);
    if (mutation !== "uploadScans") {
      return (await mutate<object>(client, mutation, type, "__typename", input)).userErrors;
    }
    const query = `mutation ($input: ${type}!) { uploadScans(input: $input) { results { userErrors { code path } } } }`;
    const { uploadScans } = await client.ok<{ uploadScans: { results: { userErrors: [] }[] } }>(query, { input });
    return uploadScans.results.flatMap(({ userErrors }) => userErrors);
  }

  /** The first top-level error that it comes to. */
  async failure(mutation: string, input: unknown) {
    const query = `mutation ($input: ${this.inputTypeOf(mutation)}!) { ${mutation}(input: $input) { __typename } }`;
    const { status, body } = await this.clientOf(mutation).request(query, { input });
    const [error] = body.errors ?? [];
    return { status, code: error?.extensions?.code, message: error?.message, path: error?.path };
  }

  /** All that a mutation could have changed. */
  async everything(): Promise<unknown> {
    const tables = [
      "users",
      "venues",
      "gates",
      "devices",
      "events",
      "ticket_types",
      "tickets",
      "scans",
      "reservations",
    ];
    const digests = tables.map((table) => `(select md5(string_agg(t::text, '|' order by t::text)) from ${table} t)`);
    return this.gatehouse.sql(`select array[${digests}]`);
  }

  /** Who may send it. */
  clientOf(mutation: string): Client {
    return (BUYERS.test(mutation) ? this.buyer : this.owner).client;
  }

  private inputTypeOf(mutation: string): string {
    return String(this.schema.getMutationType()?.getFields()[mutation]?.args[0]?.type).replace("!", "");
  }

  /** On something new, where what it does can be done once. */
  private readonly good: Readonly<Record<string, () => Input | Promise<Input>>> = {
    register: () => ({ name: "Ada", email: `${randomUUID()}@example.com`, password: "correct horse" }),
    login: () => ({ email: this.owner.email, password: this.owner.password }),
    refreshSession: () => ({ refreshToken: "nobody's" }),
    updateProfile: () => ({ name: "Ada", location: { latitude: 1, longitude: 1 } }),
    deleteAccount: () => ({ password: "not the right one" }),
    createVenue: () => ({ name: "Hall", address: "Street", capacity: 5, location: { latitude: 1, longitude: 1 } }),
    updateVenue: () => ({ venueId: this.venue.id, location: { latitude: 1, longitude: 1 } }),
    addGate: () => ({ venueId: this.venue.id, name: randomUUID() }),
    addVenueStaff: () => ({ venueId: this.venue.id, email: this.buyer.email }),
    removeVenueStaff: () => ({ venueId: this.venue.id, email: this.buyer.email }),
    enrollDevice: () => ({ gateId: this.venue.gate(), name: "Scanner" }),
    rotateDeviceToken: async () => ({ deviceId: (await this.venue.device()).id }),
    revokeDevice: async () => ({ deviceId: (await this.venue.device()).id }),
    createEvent: () => ({
      ...{ venueId: this.venue.id, title: "Show", startsAt: at(18), endsAt: at(21) },
      ticketTypes: [newType()],
    }),
    updateEvent: () => ({ eventId: this.event.id }),
    publishEvent: () => ({ eventId: this.event.id }),
    cancelEvent: async () => ({ eventId: (await this.show()).id }),
    addTicketType: async () => ({ eventId: (await this.venue.event({}, [])).id, ticketType: newType() }),
    updateTicketType: async () => ({
      ...{ ticketTypeId: standard(await this.show()), price: { amountMinor: 5, currency: "EUR" } },
    }),
    reserveTickets: async () => {
      const show = await this.show();
      return { eventId: show.id, items: [{ ticketTypeId: standard(show), quantity: 1 }], idempotencyKey: randomUUID() };
    },
    payReservation: async () => ({
      ...{ reservationId: (await held(this.buyer.client, await this.show())).id, idempotencyKey: randomUUID() },
    }),
    cancelReservation: async () => ({ reservationId: (await held(this.buyer.client, await this.show())).id }),
    issueTickets: async () => {
      const show = await this.show();
      return { eventId: show.id, ticketTypeId: standard(show), tickets: [{}] };
    },
    cancelTicket: async () => ({ ticketId: (await (await this.show()).tickets([randomUUID()]))[0] }),
    transferTicket: async () => {
      const [ticketId] = await (await this.show()).tickets(["GIVEN"], "Standard", { holderEmail: this.buyer.email });
      return { ticketId, toEmail: this.owner.email };
    },
    recordScan: () => ({ ...scan(), gateId: this.venue.gate(), eventId: this.event.id }),
    annulScan: async () => {
      const { scan: exit } = await recordScan(this.owner.client, {
        ...{ gateId: this.venue.gate(), code: "nobody's", direction: "EXIT" },
      });
      return { scanId: exit?.id, reason: "A mistake" };
    },
    uploadScans: () => ({
      ...{ gateId: this.venue.gate(), sentAt: new Date().toISOString() },
      scans: [{ ...scan(), scannedAt: new Date().toISOString(), eventId: this.event.id }],
    }),
  };
}
