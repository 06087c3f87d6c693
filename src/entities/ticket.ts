import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

export enum TicketStatus {
  RESERVED = "RESERVED",
  PAID = "PAID",
  EXPIRED = "EXPIRED",
  CANCELLED = "CANCELLED",
}

/** `venueId` repeats the event's, so that a gate finds a code by one index probe. */
export const TicketEntity = defineEntity({
  name: "Ticket",
  tableName: "tickets",
  properties: {
    id: p.uuid().primary(),
    eventId: p.uuid(),
    venueId: p.uuid(),
    ticketTypeId: p.uuid(),
    holderId: p.uuid().nullable(),
    holderName: p.text().nullable(),
    code: p.text(),
    status: p.enum(() => TicketStatus).columnType("text"),
    /** Of a ticket that was bought; null for one that was issued. */
    reservationId: p.uuid().nullable(),
    /** While RESERVED: when the hold ends. Past it the ticket is EXPIRED and its place free. */
    heldUntil: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    paidAt: p.datetime(3).nullable(),
    /** What it is sold for, in the reservation's currency; null for one that was issued. */
    priceMinor: p.integer().nullable(),
  },
});

export type Ticket = Row<typeof TicketEntity>;
