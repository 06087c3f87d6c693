import type { Cast, Role } from "./cast.js";
import { ROLES } from "./cast.js";

export const RECORDS: readonly Role[] = ["staff", "owner", "admin"];
export const CREW: readonly Role[] = ["device", ...RECORDS];
const MEMBER: readonly Role[] = ["member"];
const SELF: readonly Role[] = ["member", "admin"];
const OWNER: readonly Role[] = ["owner", "admin"];

/** By now somebody is inside. */
const HOUR = 3_600_000;
const SOON = new Date(Date.now() + HOUR).toISOString();
const SINCE = new Date(Date.now() - HOUR).toISOString();

/** Who finds the secret in the answer, by what is asked for. Everybody else gets null, and no error. */
export type Reading = readonly [title: string, secret: keyof Cast["secrets"], seenBy: readonly Role[], query: string];

export const READINGS: readonly Reading[] = [
  ["User.email", "memberEmail", ["member", "admin"], `node(id: $member) { ... on User { email } }`],
  ["User.email of nodes", "memberEmail", ["member", "admin"], `nodes(ids: [$member]) { ... on User { email } }`],
  ["User.email of a holder", "memberEmail", ["admin"], `event(id: $event) { tickets { nodes { holder { email } } } }`],
  ["User.email of a ticket's holder", "memberEmail", ["member", "admin"], `ticket(id: $ticket) { holder { email } }`],
  ["User.email of an owner", "ownerEmail", ["owner", "admin"], `venue(id: $venue) { owner { email } }`],
  ["User.email of an organizer", "ownerEmail", ["owner", "admin"], `event(id: $event) { organizer { email } }`],
  ["User.email of staff", "staffEmail", ["staff", "admin"], `venue(id: $venue) { staff { email } }`],
  ["User.location", "memberLatitude", MEMBER, `node(id: $member) { ... on User { location { latitude } } }`],
  ["User.location of a holder", "memberLatitude", MEMBER, `ticket(id: $ticket) { holder { location { latitude } } }`],
  ["User.tickets", "ticket", ["member", "admin"], `node(id: $member) { ... on User { tickets { nodes { id } } } }`],
  [
    "User.tickets of a holder",
    "ticket",
    ["member", "admin"],
    `ticket(id: $ticket) { holder { tickets { nodes { id } } } }`,
  ],
  ["User.mailOptOut", "optedOut", MEMBER, `node(id: $member) { ... on User { mailOptOut } }`],
  ["User.mailOptOut of a holder", "optedOut", MEMBER, `ticket(id: $ticket) { holder { mailOptOut } }`],
  ["User.reservations", "hold", SELF, `node(id: $member) { ... on User { reservations { nodes { id } } } }`],
  ["User.reservations of a holder", "hold", SELF, `ticket(id: $ticket) { holder { reservations { nodes { id } } } }`],
  ["Reservation", "hold", SELF, `reservation(id: $hold) { id }`],
  ["Reservation through node", "hold", SELF, `node(id: $hold) { id }`],
  ["Reservation through nodes", "hold", SELF, `nodes(ids: [$venue, $hold]) { id }`],
  ["Reservation of a ticket", "hold", SELF, `ticket(id: $heldTicket) { reservation { id } }`],
  [
    "Reservation of an event's tickets",
    "hold",
    ["admin"],
    `event(id: $plazaEvent) { tickets { nodes { reservation { id } } } }`,
  ],
  ["Reservation.user", "member", SELF, `reservation(id: $hold) { user { id } }`],
  ["Reservation.tickets", "heldTicket", SELF, `reservation(id: $hold) { tickets { id } }`],
  ["Reservation.total", "price", SELF, `reservation(id: $hold) { total { amountMinor } }`],
  ["me", "memberEmail", MEMBER, `me { email }`],

  ["Venue.staff", "staff", RECORDS, `venue(id: $venue) { staff { id } }`],
  ["Venue.staff of an event's venue", "staff", RECORDS, `event(id: $event) { venue { staff { id } } }`],
  ["Venue.dailyReport", "reported", RECORDS, `venue(id: $venue) { dailyReport(date: "2026-01-01") { date } }`],
  ["Venue.dailyReportMail", "unmailed", OWNER, `venue(id: $venue) { dailyReportMail }`],
  ["Venue.anomalies", "number", RECORDS, `venue(id: $venue) { anomalies { totalCount } }`],
  ["Venue.anomalies where the counts are public", "number", RECORDS, `venue(id: $plaza) { anomalies { totalCount } }`],
  ["Event.attendance", "attended", RECORDS, `event(id: $event) { attendance { attended } }`],
  ["Venue.occupancyAt", "inside", CREW, `venue(id: $venue) { occupancyAt(at: "${SOON}") { inside } }`],
  [
    "Venue.occupancyHistory",
    "inside",
    CREW,
    `venue(id: $venue) { occupancyHistory(from: "${SINCE}", to: "${SOON}") { inside } }`,
  ],
  ["Venue.devices", "deviceName", RECORDS, `venue(id: $venue) { devices { name } }`],
  ["Venue.auditLog", "enrolled", ["owner", "admin"], `venue(id: $venue) { auditLog { nodes { action } } }`],
  [
    "Venue.auditLog of a gate's venue",
    "enrolled",
    ["owner", "admin"],
    `gate(id: $gate) { venue { auditLog { edges { node { action } } } } }`,
  ],
  ["Venue.auditLog's number", "number", ["owner", "admin"], `venue(id: $venue) { auditLog { totalCount } }`],
  ["Venue.occupancy", "inside", CREW, `venue(id: $venue) { occupancy { inside } }`],
  ["Venue.occupancy of a gate's venue", "inside", CREW, `gate(id: $gate) { venue { occupancy { inside } } }`],
  ["Venue.occupancy where it is public", "noneInside", ROLES, `venue(id: $plaza) { occupancy { inside } }`],
  ["Gate.occupancy", "inside", CREW, `gate(id: $gate) { occupancy { inside } }`],
  ["Gate.occupancy of a venue's gates", "inside", CREW, `venue(id: $venue) { gates { occupancy { inside } } }`],
  ["Gate.occupancy where it is public", "noneInside", ROLES, `gate(id: $plazaGate) { occupancy { inside } }`],
  ["Event.occupancy", "inside", CREW, `event(id: $event) { occupancy { inside } }`],
  ["Event.occupancy of a ticket", "inside", CREW, `ticket(id: $ticket) { event { occupancy { inside } } }`],
  ["Event.occupancy where it is public", "noneInside", ROLES, `event(id: $plazaEvent) { occupancy { inside } }`],

  ["Gate.scans", "scanKey", RECORDS, `gate(id: $gate) { scans { nodes { key } } }`],
  ["Gate.scans' number", "one", RECORDS, `gate(id: $gate) { scans { totalCount } }`],
  [
    "Gate.scans where the counts are public",
    "plazaScanKey",
    RECORDS,
    `gate(id: $plazaGate) { scans { nodes { key } } }`,
  ],
  ["Event.scans", "scanKey", RECORDS, `event(id: $event) { scans { edges { node { key } } } }`],
  ["Event.scans of a holder's ticket", "scanKey", RECORDS, `ticket(id: $ticket) { event { scans { nodes { key } } } }`],
  ["Event.tickets", "ticket", RECORDS, `event(id: $event) { tickets { nodes { id } } }`],
  ["Event.tickets' number", "one", RECORDS, `event(id: $event) { tickets { totalCount } }`],
  ["Ticket.scans", "scanKey", CREW, `ticket(id: $ticket) { scans { nodes { key } } }`],
  ["Scan", "scanKey", CREW, `node(id: $scan) { ... on Scan { key } }`],
  ["Device", "deviceName", CREW, `node(id: $device) { ... on Device { name } }`],
  ["Device of a scan", "deviceName", RECORDS, `gate(id: $gate) { scans { nodes { device { name } } } }`],

  ["Ticket", "paid", ["member", ...CREW], `ticket(id: $ticket) { status }`],
  ["Ticket through node", "paid", ["member", ...CREW], `node(id: $ticket) { ... on Ticket { status } }`],
  ["Ticket through nodes", "paid", ["member", ...CREW], `nodes(ids: [$ticket]) { ... on Ticket { status } }`],
  ["Ticket.code", "code", ["member", "owner", "admin"], `ticket(id: $ticket) { code }`],
  ["Ticket.code of a scan", "code", ["owner", "admin"], `gate(id: $gate) { scans { nodes { ticket { code } } } }`],
  ["Ticket.code of an event", "code", ["owner", "admin"], `event(id: $event) { tickets { nodes { code } } }`],
  ["Ticket.holder", "member", ["member", ...RECORDS], `ticket(id: $ticket) { holder { id } }`],
  ["Ticket.holderName", "holderName", ["member", ...RECORDS], `ticket(id: $ticket) { holderName }`],
  ["Ticket.holderName of a scan", "holderName", RECORDS, `node(id: $scan) { ... on Scan { ticket { holderName } } }`],

  ["a draft", "draftTitle", CREW, `event(id: $draft) { title }`],
  ["a draft through node", "draftTitle", CREW, `node(id: $draft) { ... on Event { title } }`],
  ["a draft through nodes", "draftTitle", CREW, `nodes(ids: [$event, $draft]) { ... on Event { title } }`],
  ["a draft of a venue", "draftTitle", CREW, `venue(id: $venue) { events { nodes { title } } }`],
  ["the number of a venue's events", "two", CREW, `venue(id: $venue) { events { totalCount } }`],
  [
    "a draft of a gate's venue",
    "draftTitle",
    CREW,
    `gate(id: $gate) { venue { events { edges { node { title } } } } }`,
  ],
  [
    "a draft of its organizer",
    "draftTitle",
    ["owner", "admin"],
    `venue(id: $venue) { owner { organizedEvents { nodes { title } } } }`,
  ],
  ["a draft's ticket type", "draftType", CREW, `node(id: $draftType) { ... on TicketType { name } }`],
  [
    "a draft in public counts",
    "plazaDraftTitle",
    RECORDS,
    `venue(id: $plaza) { occupancy { events { event { title } } } }`,
  ],
  [
    "a draft's ticket type in public counts",
    "plazaDraftType",
    RECORDS,
    `venue(id: $plaza) { occupancy { ticketTypes { ticketType { name } } } }`,
  ],
  ["a cancelled event", "cancelledTitle", CREW, `event(id: $cancelled) { title }`],
  ["a cancelled event of a venue", "cancelledTitle", [], `venue(id: $venue) { events { nodes { title } } }`],

  ["a published event", "eventTitle", ROLES, `event(id: $event) { title }`],
  ["a venue", "venueName", ROLES, `venue(id: $venue) { name owner { name } }`],
  ["a gate", "gateName", ROLES, `gate(id: $gate) { name venue { id } }`],
];
