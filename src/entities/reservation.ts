import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";
import { TicketStatus } from "./ticket.js";

/** Places kept for a user, then their purchase. The total is that of the prices when they were held. */
export const ReservationEntity = defineEntity({
  name: "Reservation",
  tableName: "reservations",
  properties: {
    id: p.uuid().primary(),
    eventId: p.uuid(),
    userId: p.uuid(),
    /** RESERVED past `expiresAt` means EXPIRED, whether or not anybody has written it down. */
    status: p.enum(() => TicketStatus).columnType("text"),
    totalMinor: p.integer(),
    currency: p.text(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    paidAt: p.datetime(3).nullable(),
  },
});

export type Reservation = Row<typeof ReservationEntity>;
