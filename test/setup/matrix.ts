import { randomUUID } from "node:crypto";
import type { Reply } from "./both-doors.js";
import { type Cast, outcomeOf, type Role } from "./cast.js";
import { held, type ReservationData } from "./sales.js";
import { type Event, made, recordScan } from "./world.js";

/** Of a query or a subscription: the field with its arguments, whose variables are the cast's ids. */
export const SELECTIONS: Readonly<Record<string, string>> = {
  "Query.node": "node(id: $venue) { id }",
  "Query.node of a user": "node(id: $member) { id }",
  "Query.node of a gate": "node(id: $gate) { id }",
  "Query.node of an event": "node(id: $event) { id }",
  "Query.node of a draft": "node(id: $draft) { id }",
  "Query.node of a draft's ticket type": "node(id: $draftType) { id }",
  "Query.node of a ticket": "node(id: $ticket) { id }",
  "Query.node of a reservation": "node(id: $reservation) { id }",
  "Query.node of a scan": "node(id: $scan) { id }",
  "Query.node of a device": "node(id: $device) { id }",
  "Query.nodes": "nodes(ids: [$venue]) { id }",
  "Query.nodes of a ticket": "nodes(ids: [$ticket]) { id }",
  "Query.nodes of a reservation": "nodes(ids: [$reservation]) { id }",
  "Query.me": "me { id }",
  "Query.user": "user(id: $member) { id }",
  "Query.venues": "venues { totalCount }",
  "Query.events": "events { nodes { id } }",
  "Query.events of a draft": "events(filter: { status: DRAFT, venueId: $venue }) { nodes { id } }",
  "Query.events of a cancelled one": "events(filter: { status: CANCELLED, venueId: $venue }) { nodes { id } }",
  "Query.eventsNearby": "eventsNearby(near: { latitude: 0, longitude: 0 }) { totalCount }",
  "Query.recommendedEvents": "recommendedEvents { id }",
  "Query.users": "users { totalCount }",
  "Query.venue": "venue(id: $venue) { id }",
  "Query.gate": "gate(id: $gate) { id }",
  "Query.event": "event(id: $event) { id }",
  "Query.event of a draft": "event(id: $draft) { id }",
  "Query.event of a cancelled one": "event(id: $cancelled) { id }",
  "Query.event of nothing": "event(id: $noEvent) { id }",
  "Query.reservation": "reservation(id: $reservation) { id }",
  "Query.ticket": "ticket(id: $ticket) { id }",
  "Query.ticketByCode": 'ticketByCode(eventId: $event, code: "SECRET-CODE") { id }',
  "Query.previewScan": 'previewScan(input: { code: "SECRET-CODE", gateId: $gate }) { outcome }',
  "Subscription.occupancyChanged": "occupancyChanged(venueId: $venue) { inside }",
  "Subscription.occupancyChanged of a public venue": "occupancyChanged(venueId: $plaza) { inside }",
  "Subscription.occupancyChanged of nothing": "occupancyChanged(venueId: $noVenue) { inside }",
  "Subscription.gateOccupancyChanged": "gateOccupancyChanged(gateId: $gate) { inside }",
  "Subscription.gateOccupancyChanged of a public venue": "gateOccupancyChanged(gateId: $plazaGate) { inside }",
  "Subscription.gateOccupancyChanged of nothing": "gateOccupancyChanged(gateId: $noGate) { inside }",
  "Subscription.anomalyDetected": "anomalyDetected(venueId: $venue) { kind }",
  "Subscription.anomalyDetected of a public venue": "anomalyDetected(venueId: $plaza) { kind }",
  "Subscription.anomalyDetected of nothing": "anomalyDetected(venueId: $noVenue) { kind }",
  "Subscription.capacityAlertRaised": "capacityAlertRaised(venueId: $lobby) { thresholdPercent }",
  "Subscription.capacityAlertRaised of nothing": "capacityAlertRaised(venueId: $noVenue) { thresholdPercent }",
  "Subscription.scanRecorded": "scanRecorded(venueId: $venue) { direction }",
  "Subscription.scanRecorded of a public venue": "scanRecorded(venueId: $plaza) { direction }",
  "Subscription.scanRecorded of nothing": "scanRecorded(venueId: $noVenue) { direction }",
  "Subscription.availabilityChanged": "availabilityChanged(eventId: $event) { ticketsAvailable }",
  "Subscription.availabilityChanged of a draft": "availabilityChanged(eventId: $draft) { ticketsAvailable }",
  "Subscription.availabilityChanged of nothing": "availabilityChanged(eventId: $noEvent) { ticketsAvailable }",
};

/** What makes something happen of which a subscription tells that has nothing to say at first. */
export const NEWS: Readonly<Record<string, (cast: Cast) => Promise<unknown>>> = {
  "Subscription.anomalyDetected": (cast) => leaveUnseen(cast, "gate"),
  "Subscription.anomalyDetected of a public venue": (cast) => leaveUnseen(cast, "plazaGate"),
  "Subscription.capacityAlertRaised": (cast) => fillAnew(cast, "lobbyGate"),
  "Subscription.scanRecorded": (cast) => leaveUnseen(cast, "gate"),
  "Subscription.scanRecorded of a public venue": (cast) => leaveUnseen(cast, "plazaGate"),
};

const leaveUnseen = ({ ids, people }: Cast, gate: string) =>
  recordScan(people.owner.client, { gateId: ids[gate], code: "nobody's", direction: "EXIT" });

/** Where one ticket fills the venue. */
async function fillAnew({ ids, people }: Cast, gate: string): Promise<void> {
  for (const direction of ["EXIT", "ENTRY"]) {
    await recordScan(people.owner.client, { gateId: ids[gate], code: "lobby-code", direction });
  }
}

type Input = Record<string, unknown>;
type MakeInput = (cast: Cast, role: Role) => Input | Promise<Input>;

const SHOW = { title: "New", startsAt: "2030-06-01T18:00:00Z", endsAt: "2030-06-01T21:00:00Z" };
const TYPE = { name: "Late", price: { amountMinor: 1, currency: "EUR" }, quantity: 1 };
const typeOf = (event: Event): string | undefined => event.types.get("Standard");
const scan = () => ({ key: randomUUID(), code: "nobody's", direction: "ENTRY" });

/** Of the member, for an event of its own: one may hold only so many tickets of one. */
async function memberTicket({ venue, people }: Cast): Promise<string | undefined> {
  const [id] = await (await venue.event()).tickets([randomUUID()], "Standard", { holderEmail: people.member.email });
  return id;
}

export const memberHold = async ({ venue, people }: Cast): Promise<ReservationData> =>
  held(people.member.client, await venue.event());

async function ownSession({ people }: Cast, role: Role): Promise<{ accessToken: string; refreshToken: string }> {
  const { email, password } = people[role === "anonymous" || /device/i.test(role) ? "member" : (role as "member")];
  const client = people.member.client.as();
  return made(client, "login", "LoginInput", "accessToken refreshToken", { email, password });
}

/** The input of a mutation, on something that nobody has tried to change before. */
export const INPUTS: Readonly<Record<string, MakeInput>> = {
  "Mutation.register": () => ({ name: "New", email: `${randomUUID()}@example.com`, password: "correct horse" }),
  "Mutation.login": ({ people: { member } }) => ({ email: member.email, password: member.password }),
  "Mutation.refreshSession": async (cast, role) => ({ refreshToken: (await ownSession(cast, role)).refreshToken }),
  "Mutation.updateProfile": () => ({ name: "Renamed" }),
  // With a wrong password: that it may be tried at all.
  "Mutation.deleteAccount": () => ({ password: "not the right one" }),

  "Mutation.createVenue": () => ({ name: "Mine", address: "", capacity: 1 }),
  "Mutation.updateVenue": ({ ids }) => ({ venueId: ids["venue"], name: "Renamed" }),
  "Mutation.addGate": ({ ids }) => ({ venueId: ids["venue"], name: randomUUID() }),
  "Mutation.addVenueStaff": ({ ids, people }) => ({ venueId: ids["plaza"], email: people.staff.email }),
  "Mutation.removeVenueStaff": ({ ids, people }) => ({ venueId: ids["plaza"], email: people.stranger.email }),
  "Mutation.enrollDevice": ({ ids }) => ({ gateId: ids["gate"], name: "New" }),
  "Mutation.rotateDeviceToken": async ({ venue }) => ({ deviceId: (await venue.device("Secretive Gate")).id }),
  "Mutation.revokeDevice": async ({ venue }) => ({ deviceId: (await venue.device("Secretive Gate")).id }),

  "Mutation.createEvent": ({ ids }) => ({ venueId: ids["venue"], ...SHOW }),
  "Mutation.updateEvent": async ({ venue }) => ({ eventId: (await venue.event()).id, title: "Renamed" }),
  "Mutation.updateEvent of a draft": ({ ids }) => ({ eventId: ids["draft"], title: "Renamed" }),
  "Mutation.publishEvent": async ({ venue }) => ({ eventId: (await venue.event({ publish: false })).id }),
  "Mutation.cancelEvent": async ({ venue }) => ({ eventId: (await venue.event()).id }),
  "Mutation.cancelEvent of a draft": async ({ venue }) => ({ eventId: (await venue.event({ publish: false })).id }),
  "Mutation.cancelEvent of a cancelled one": ({ ids }) => ({ eventId: ids["cancelled"] }),
  "Mutation.addTicketType": ({ ids }) => ({ eventId: ids["event"], ticketType: TYPE }),
  "Mutation.addTicketType of a draft": ({ ids }) => ({ eventId: ids["draft"], ticketType: TYPE }),
  "Mutation.updateTicketType": ({ ids }) => ({ ticketTypeId: ids["type"], name: "Renamed" }),
  "Mutation.updateTicketType of a draft": ({ ids }) => ({ ticketTypeId: ids["draftType"], name: "Renamed" }),

  "Mutation.reserveTickets": async ({ venue }) => {
    const event = await venue.event();
    return { eventId: event.id, items: [{ ticketTypeId: typeOf(event), quantity: 1 }], idempotencyKey: randomUUID() };
  },
  "Mutation.reserveTickets of a draft": ({ ids }) => ({
    ...{ eventId: ids["draft"], items: [{ ticketTypeId: ids["draftType"], quantity: 1 }] },
    idempotencyKey: randomUUID(),
  }),
  "Mutation.payReservation": async (cast) => ({
    reservationId: (await memberHold(cast)).id,
    idempotencyKey: randomUUID(),
  }),
  "Mutation.cancelReservation": async (cast) => ({ reservationId: (await memberHold(cast)).id }),
  "Mutation.issueTickets": ({ ids }) => ({ eventId: ids["event"], ticketTypeId: ids["type"], tickets: [{}] }),
  "Mutation.issueTickets of a draft": ({ ids }) => ({
    ...{ eventId: ids["draft"], ticketTypeId: ids["draftType"], tickets: [{}] },
  }),
  "Mutation.cancelTicket": async (cast) => ({ ticketId: await memberTicket(cast) }),
  "Mutation.transferTicket": async (cast) => ({
    ticketId: await memberTicket(cast),
    toEmail: cast.people.stranger.email,
  }),

  "Mutation.recordScan": ({ ids }) => ({ ...scan(), gateId: ids["gate"] }),
  "Mutation.uploadScans": ({ ids }) => ({
    ...{ gateId: ids["gate"], sentAt: new Date().toISOString() },
    scans: [{ ...scan(), scannedAt: new Date().toISOString() }],
  }),
  "Mutation.annulScan": ({ ids }) => ({ scanId: ids["scan"], reason: "Somebody else's ticket" }),
};

/** Mutations without an input that would end the role's own session, and with it the rest of the test. */
export async function tokenFor(row: string, role: Role, cast: Cast): Promise<string | undefined> {
  const isPerson = Object.hasOwn(cast.people, role);
  if (row !== "Mutation.logout" || !isPerson) return cast.tokens[role];
  return (await ownSession(cast, role)).accessToken;
}

/** The code of what went wrong; else null for a field of null, or of a list of it; else none for an empty page; else yes. */
export function answerOf(reply: Reply): string {
  const [value] = Object.values(reply.data ?? {}) as unknown[];
  const [result] = (value as { results?: unknown[] } | null | undefined)?.results ?? [];
  const outcome = outcomeOf(result === undefined ? reply : { ...reply, data: { result } });
  if (outcome !== "OK") return outcome;
  if ((value as { nodes?: unknown[] } | null)?.nodes?.length === 0) return "none";
  return value === null || (Array.isArray(value) && value[0] === null) ? "null" : "yes";
}
