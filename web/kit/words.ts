import type { RefusalReason } from "../generated/operations.js";

export const REASONS: Readonly<Record<RefusalReason, string>> = {
  ALREADY_INSIDE: "already inside",
  CANCELLED: "ticket cancelled",
  EVENT_CANCELLED: "event cancelled",
  EVENT_FULL: "event full",
  EXPIRED: "hold expired",
  NOT_PAID: "not paid",
  REENTRY_NOT_ALLOWED: "no re-entry",
  REVOKED: "old code of a transferred ticket",
  TOO_EARLY: "doors not open yet",
  TOO_LATE: "event over",
  UNKNOWN_TICKET: "unknown ticket",
  VENUE_FULL: "venue full",
  WRONG_VENUE: "wrong venue",
};

const numbers = new Intl.NumberFormat("en");

export function shownNumber(number: number): string {
  return numbers.format(number);
}
