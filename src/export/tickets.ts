import type { OperationContext } from "../context.js";
import { type ExportedTicket, readTicketsToExport } from "../domain/export-tickets.js";
import { ticketStatus } from "../domain/hold-expiry.js";
import { isReservationVisible } from "../resolvers/visible.js";
import { encodeId } from "../schema/ids.js";
import type { Columns } from "./columns.js";
import { fileNameOf } from "./file-name.js";
import { mayHave, requireEvent } from "./rights.js";
import { type Export, makeSource } from "./source.js";

/** A ticket, and of what not everybody may have whether the viewer may. */
interface ShownTicket extends ExportedTicket {
  readonly shows: {
    readonly code: boolean;
    readonly holderName: boolean;
    readonly holderEmail: boolean;
    readonly reservation: boolean;
  };
}

const COLUMNS: Columns<ShownTicket> = {
  id: ({ ticket }) => encodeId("tkt", ticket.id),
  code: ({ ticket, shows }) => (shows.code ? ticket.code : null),
  status: ({ ticket }) => ticketStatus(ticket),
  ticket_type: ({ ticketType }) => ticketType,
  holder_name: ({ ticket, shows }) => (shows.holderName ? ticket.holderName : null),
  holder_email: ({ holderEmail, shows }) => (shows.holderEmail ? holderEmail : null),
  reservation_id: ({ ticket: { reservationId }, shows }) =>
    reservationId !== null && shows.reservation ? encodeId("rsv", reservationId) : null,
  inside: ({ inside }) => inside,
  created_at: ({ ticket }) => ticket.createdAt,
  paid_at: ({ ticket }) => ticket.paidAt,
};

/** An event's tickets, the oldest first. */
export const ticketsExport: Export = {
  path: "/export/events/:id/tickets",
  parameters: [],
  open: async ({ id, makeContext }) => {
    const permit = (context = makeContext()) => requireEvent(context, id, "Event.tickets");
    const { id: eventId, title, startsAt } = await permit();
    return makeSource(fileNameOf(title, startsAt, "tickets"), COLUMNS, async (after: ShownTicket | null) => {
      const context = makeContext();
      await permit(context);
      const tickets = await readTicketsToExport(context.em, eventId, after);
      return Promise.all(tickets.map((ticket) => show(ticket, context)));
    });
  },
};

async function show(exported: ExportedTicket, context: OperationContext): Promise<ShownTicket> {
  const { ticket, buyerId } = exported;
  const holder = ticket.holderId === null ? null : { id: ticket.holderId };
  const shows = {
    code: await mayHave("Ticket.code", ticket, context),
    holderName: await mayHave("Ticket.holderName", ticket, context),
    holderEmail:
      holder !== null &&
      (await mayHave("Ticket.holder", ticket, context)) &&
      (await mayHave("User.email", holder, context)),
    reservation: buyerId !== null && (await isReservationVisible(context, { userId: buyerId })),
  };
  return { ...exported, shows };
}
