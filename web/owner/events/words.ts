import type { EventStatus, TicketStatus } from "../../generated/operations.js";

export const EVENT_STATUSES: Readonly<Record<EventStatus, string>> = {
  CANCELLED: "Cancelled",
  DRAFT: "Draft",
  PUBLISHED: "Published",
};

export const TICKET_STATUSES: Readonly<Record<TicketStatus, string>> = {
  CANCELLED: "Cancelled",
  EXPIRED: "Hold expired",
  PAID: "Paid",
  RESERVED: "Held",
};
