import type { EntityManager } from "@mikro-orm/postgresql";
import type { Announce } from "../domain/change.js";
import { expireHold } from "../domain/hold-expiry.js";
import type { Job } from "../domain/job.js";
import type { PaymentProvider } from "../domain/payment-provider.js";
import { refundEvent } from "../domain/refund.js";
import { refundPayment, settlePayment } from "../domain/settlement.js";

/** What tasks work with. */
export interface TaskScope {
  /** A unit of work for one job. */
  readonly fork: () => EntityManager;
  readonly announce: Announce;
  readonly payments: PaymentProvider;
}

type Tasks = { readonly [Name in Job["task"]]: (payload: Extract<Job, { task: Name }>["payload"]) => Promise<void> };

/** One function per task; each may be called again after a crash, and must then do nothing more. */
export const makeTasks = ({ fork, announce, payments }: TaskScope): Tasks => ({
  "expire-hold": ({ reservationId }) => expireHold(fork(), announce, reservationId),
  "settle-payment": ({ paymentId }) => settlePayment(fork(), payments, paymentId),
  "refund-event": ({ eventId }) => refundEvent(fork(), eventId),
  "refund-payment": ({ paymentId }) => refundPayment(fork(), payments, paymentId),
});
