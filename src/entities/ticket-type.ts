import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

/** `sold + reserved <= quantity` is a constraint of the table. */
export const TicketTypeEntity = defineEntity({
  name: "TicketType",
  tableName: "ticket_types",
  properties: {
    id: p.uuid().primary(),
    eventId: p.uuid(),
    name: p.text(),
    priceMinor: p.integer(),
    currency: p.text(),
    quantity: p.integer(),
    sold: p.integer(),
    reserved: p.integer(),
    admitsWhenFull: p.boolean(),
    createdAt: p.datetime(3),
  },
});

export type TicketType = Row<typeof TicketTypeEntity>;
