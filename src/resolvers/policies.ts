import type { OperationContext } from "../context.js";
import { mayReadInside, type Standing } from "../domain/standing.js";
import type { Event } from "../entities/event.js";
import type { Gate } from "../entities/gate.js";
import type { Ticket } from "../entities/ticket.js";
import { Role, type User } from "../entities/user.js";
import type { Venue } from "../entities/venue.js";
import type { Policies, Policy, Rule } from "./guard.js";

const hidden = <Root>(allows: Rule<Root>): Policy => ({ allows: allows as Rule, otherwise: "null" });
const refused = <Root>(allows: Rule<Root>): Policy => ({ allows: allows as Rule, otherwise: "error" });

const isSignedIn: Rule<unknown> = (_root, { viewer }) => viewer.kind !== "anonymous";

const isUser: Rule<unknown> = (_root, { viewer }) => viewer.kind === "user";
const isSelf: Rule<User> = (user, { viewer }) => viewer.kind === "user" && viewer.userId === user.id;
const isAdmin: Rule<unknown> = (_root, { viewer }) => viewer.kind === "user" && viewer.role === Role.ADMIN;
const isSelfOrAdmin: Rule<User> = (user, context) => isSelf(user, context) || isAdmin(user, context);

/** Holds when the viewer stands in one of these ways to the venue that the object belongs to. */
const stands =
  <Root>(venueOf: (root: Root, context: OperationContext) => Promise<string>, ...standings: Standing[]): Rule<Root> =>
  async (root, context) => {
    const standing = await context.loaders.standing.load(await venueOf(root, context));
    return standing !== null && standings.includes(standing);
  };

const ownVenue = async ({ id }: Venue): Promise<string> => id;
const itsVenue = async ({ venueId }: { venueId: string }): Promise<string> => venueId;

const isHolder: Rule<Ticket> = (ticket, { viewer }) => viewer.kind === "user" && viewer.userId === ticket.holderId;
const isHolderOr =
  (rule: Rule<Ticket>): Rule<Ticket> =>
  async (ticket, context) =>
    (await rule(ticket, context)) || isHolder(ticket, context);

/** Counts are read by everybody where the venue says so, else by those who work there. */
const readsCounts =
  <Root>(venueOf: (root: Root, context: OperationContext) => Promise<string>): Rule<Root> =>
  async (root, context) => {
    const venueId = await venueOf(root, context);
    const venue = await context.loaders.venue.load(venueId);
    const standing = await context.loaders.standing.load(venueId);
    return venue !== null && standing !== null && mayReadInside(standing, venue.publicOccupancy);
  };

function everyone(type: string, fields: string): Policies {
  return Object.fromEntries(fields.split(" ").map((field) => [`${type}.${field}`, "everyone"]));
}

/** Types that only carry what their fields' own types guard. */
function carriers(types: string): Policies {
  return Object.fromEntries(types.split(" ").map((type) => [`${type}.*`, "everyone"]));
}

const STAFF = ["owner", "staff"] as const;
const CREW = ["owner", "staff", "device"] as const;

/**
 * Who may have what. Objects are hidden whole where they are looked up (see `visible.ts`); this is for the fields of an
 * object that can be seen. Mutations check in their own transaction what they change: here is only who may try.
 */
export const policies: Policies = {
  ...everyone("Query", "node nodes me user venue venues gate event events eventsNearby ticket reservation"),
  "Query.ticketByCode": refused(isSignedIn),
  "Query.previewScan": refused(isSignedIn),
  "Query.users": refused(isAdmin),
  "Query.recommendedEvents": refused(isUser),
  ...everyone("Mutation", "register login refreshSession"),
  "Mutation.*": refused(isSignedIn),
  ...everyone("Subscription", "occupancyChanged gateOccupancyChanged availabilityChanged anomalyDetected"),
  ...everyone("Subscription", "capacityAlertRaised scanRecorded"),

  ...everyone("User", "id name role createdAt organizedEvents ownedVenues"),
  "User.email": hidden(isSelfOrAdmin),
  "User.location": hidden(isSelf),
  "User.mailOptOut": hidden(isSelf),
  "User.tickets": hidden(isSelfOrAdmin),
  "User.reservations": hidden(isSelfOrAdmin),
  ...everyone("Device", "id name gate enrolledAt lastSeenAt revokedAt"),

  ...everyone(
    "Venue",
    "id name address location timeZone capacity publicOccupancy alertThresholdPercents owner gates events",
  ),
  "Venue.staff": hidden<Venue>(stands(ownVenue, ...STAFF)),
  "Venue.devices": hidden<Venue>(stands(ownVenue, ...STAFF)),
  "Venue.dailyReport": hidden<Venue>(stands(ownVenue, ...STAFF)),
  "Venue.dailyReportMail": hidden<Venue>(stands(ownVenue, "owner")),
  "Venue.anomalies": hidden<Venue>(stands(ownVenue, ...STAFF)),
  "Venue.auditLog": hidden<Venue>(stands(ownVenue, "owner")),
  "Venue.occupancy": hidden<Venue>(readsCounts(ownVenue)),
  "Venue.occupancyAt": hidden<Venue>(readsCounts(ownVenue)),
  "Venue.occupancyHistory": hidden<Venue>(readsCounts(ownVenue)),
  ...everyone("Gate", "id name venue"),
  "Gate.occupancy": hidden<Gate>(readsCounts(itsVenue)),
  "Gate.scans": hidden<Gate>(stands(itsVenue, ...STAFF)),

  ...everyone("Event", "id title description category status venue organizer startsAt endsAt doorsOpenAt capacity"),
  ...everyone(
    "Event",
    "reentryAllowed autoExitAt ticketTypes totalTickets ticketsSold ticketsAvailable createdAt updatedAt",
  ),
  "Event.tickets": hidden<Event>(stands(itsVenue, ...STAFF)),
  "Event.scans": hidden<Event>(stands(itsVenue, ...STAFF)),
  "Event.occupancy": hidden<Event>(readsCounts(itsVenue)),
  "Event.attendance": hidden<Event>(stands(itsVenue, ...STAFF)),
  ...everyone("TicketType", "id event name price quantity sold reserved available admitsWhenFull"),
  // A reservation is met only by its user and admins.
  ...everyone("Reservation", "id event user status tickets total expiresAt createdAt paidAt"),
  ...everyone("Ticket", "id status event ticketType reservation inside createdAt paidAt"),
  "Ticket.code": hidden(isHolderOr(stands(itsVenue, "owner"))),
  "Ticket.holder": hidden(isHolderOr(stands(itsVenue, ...STAFF))),
  "Ticket.holderName": hidden(isHolderOr(stands(itsVenue, ...STAFF))),
  "Ticket.scans": hidden<Ticket>(stands(itsVenue, ...CREW)),
  // A scan, and what stands in it, is met only where the crew of its venue may be.
  "Scan.*": "everyone",
  "ScanPreview.*": "everyone",
  // An anomaly is met only where the records of its venue may be read.
  "Anomaly.*": "everyone",
  // An entry is met only in the log of a venue of one's own.
  "AuditEntry.*": "everyone",
  // An alert likewise.
  "CapacityAlert.*": "everyone",
  // Counts are met only where they may be read.
  "VenueOccupancy.*": "everyone",
  "GateOccupancy.*": "everyone",
  "TicketTypeOccupancy.*": "everyone",
  "EventOccupancy.*": "everyone",
  "OccupancySnapshot.*": "everyone",
  "GateCount.*": "everyone",
  "OccupancyPoint.*": "everyone",
  "Attendance.*": "everyone",
  "TicketTypeAttendance.*": "everyone",

  ...carriers("DailyReport EventDailyReport RefusalCount AnomalyCount"),
  ...carriers("PageInfo Money GeoPoint UserError UploadScanResult"),
  ...carriers("UserConnection UserEdge UserPayload DeleteAccountPayload"),
  ...carriers("ReservationPayload ReservationConnection ReservationEdge"),
  ...carriers("VenueConnection VenueEdge AuditEntryConnection AuditEntryEdge"),
  ...carriers("NearbyEventConnection NearbyEventEdge"),
  ...carriers(
    "EventConnection EventEdge TicketConnection TicketEdge ScanConnection ScanEdge AnomalyConnection AnomalyEdge",
  ),
  ...carriers("AuthPayload LogoutPayload VenuePayload GatePayload DevicePayload EnrollDevicePayload EventPayload"),
  ...carriers("TicketTypePayload TicketPayload IssueTicketsPayload RecordScanPayload UploadScansPayload ScanPayload"),
};
