import { decodeOptionalId } from "../schema/ids.js";
import type { TicketFilter } from "../schema/ticket.js";

/** What the client left out is null, and ids are the database's. */
export const ticketFilter = (filter: TicketFilter | undefined) => ({
  status: filter?.status ?? null,
  ticketTypeId: decodeOptionalId("tty", filter?.ticketTypeId),
  inside: filter?.inside ?? null,
});
