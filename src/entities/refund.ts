import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

/** Money of a payment that goes back: of one ticket, or all that is left. At most one of each: the table sees to it. */
export const RefundEntity = defineEntity({
  name: "Refund",
  tableName: "refunds",
  properties: {
    id: p.uuid().primary(),
    paymentId: p.uuid(),
    /** Null: not for a ticket, but all that was left of the payment. */
    ticketId: p.uuid().nullable(),
    amountMinor: p.integer(),
    createdAt: p.datetime(3),
    /** Null while it is due: the provider has not said yet that it is done. */
    refundedAt: p.datetime(3).nullable(),
  },
});

export type Refund = Row<typeof RefundEntity>;
