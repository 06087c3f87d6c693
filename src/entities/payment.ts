import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

export enum PaymentStatus {
  /** Written before the provider is asked, so that no attempt is ever unknown. */
  STARTED = "STARTED",
  AUTHORISED = "AUTHORISED",
  DECLINED = "DECLINED",
  /** The authorisation was given back: nothing was charged. */
  RELEASED = "RELEASED",
  /** The tickets are paid, and the money is to be taken. */
  DUE = "DUE",
  CAPTURED = "CAPTURED",
  REFUNDED = "REFUNDED",
}

/** One attempt to pay a reservation. At most one of a reservation's is DUE or CAPTURED: the table sees to it. */
export const PaymentEntity = defineEntity({
  name: "Payment",
  tableName: "payments",
  properties: {
    id: p.uuid().primary(),
    reservationId: p.uuid(),
    status: p.enum(() => PaymentStatus).columnType("text"),
    amountMinor: p.integer(),
    currency: p.text(),
    /** The provider's own name of it. */
    reference: p.text().nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

export type Payment = Row<typeof PaymentEntity>;
