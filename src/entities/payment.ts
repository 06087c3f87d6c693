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
  /** All of it goes back, and the provider has not said yet that it is done. */
  REFUND_DUE = "REFUND_DUE",
  /** All of it was given back. A part alone leaves the payment CAPTURED. */
  REFUNDED = "REFUNDED",
}

/** One attempt to pay a reservation. At most one of a reservation's is DUE or beyond: the table sees to it. */
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
    /** When the provider said that the money is taken. */
    capturedAt: p.datetime(3).nullable(),
    /** How much of it was given back or is to be. */
    refundedMinor: p.integer(),
  },
});

export type Payment = Row<typeof PaymentEntity>;
