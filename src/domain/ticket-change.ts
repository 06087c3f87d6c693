import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { AuditTarget } from "../entities/audit-entry.js";
import { type Ticket, TicketStatus } from "../entities/ticket.js";
import { Refusal } from "../errors.js";
import { audit } from "./audit.js";
import { mailTicketsCancelled } from "./mail-occasions.js";
import { requireTicket } from "./own-ticket.js";
import { refundTicket } from "./refund.js";
import type { Scope } from "./scope.js";
import { mayChange, ownersOnly, requireUser } from "./standing.js";

/**
 * The organizer cancels a paid ticket; its place is free again, and what it was sold for goes back to whoever paid it, even if
 * they have given it to somebody else: nobody keeps money for a ticket that they took away. Again: ALREADY_CANCELLED. A hold is no ticket yet and ends by
 * itself: CONFLICT.
 */
export async function cancelTicket(scope: Scope, { ticketId }: { readonly ticketId: string }): Promise<Ticket> {
  const viewer = requireUser(scope.viewer);
  const cancelled = await scope.em.transactional(async (em) => {
    const { ticket, standing } = await requireTicket(em, viewer, ticketId, "place");
    if (!mayChange(standing)) throw ownersOnly();
    if (ticket.status === TicketStatus.CANCELLED) {
      throw new Refusal("ALREADY_CANCELLED", "The ticket is cancelled.", ["ticketId"]);
    }
    if (ticket.status !== TicketStatus.PAID) {
      throw new Refusal("CONFLICT", "The ticket is not paid: a hold ends by itself.", ["ticketId"]);
    }
    await freePlace(em, ticket);
    await refundTicket(em, ticket);
    await mailTicketsCancelled(em, [ticket]);
    await audit(em, viewer, {
      ...{ venueId: ticket.venueId, action: "cancelTicket", target: [AuditTarget.TICKET, ticketId] },
      summary: "Cancelled the ticket.",
    });
    return { ...ticket, status: TicketStatus.CANCELLED };
  });
  scope.announce({ kind: "availability", eventId: cancelled.eventId });
  return cancelled;
}

/** The caller holds both. */
async function freePlace(em: EntityManager, { id, ticketTypeId }: Ticket): Promise<void> {
  await sql`/* ticket.free-place */
    update ticket_types set sold = sold - 1 where id = ${ticketTypeId}`.execute(em.getKysely());
  await sql`/* ticket.cancel */
    update tickets set status = ${TicketStatus.CANCELLED} where id = ${id}`.execute(em.getKysely());
}
