import type { EntityManager } from "@mikro-orm/postgresql";
import type { PaymentProvider } from "../domain/payment-provider.js";
import { refundEvent } from "../domain/refund.js";
import { refundPayment, settlePayment } from "../domain/settlement.js";
import type { Tasks } from "./tasks.js";

export interface PaymentScope {
  /** A unit of work for one job. */
  readonly fork: () => EntityManager;
  readonly payments: PaymentProvider;
}

/** What waits for the payment provider, and what makes it wait. */
export const makePaymentTasks = ({
  fork,
  payments,
}: PaymentScope): Tasks<"settle-payment" | "refund-event" | "refund-payment"> => ({
  "settle-payment": ({ paymentId }) => settlePayment(fork(), payments, paymentId),
  "refund-event": ({ eventId }) => refundEvent(fork(), eventId),
  "refund-payment": ({ paymentId }) => refundPayment(fork(), payments, paymentId),
});
