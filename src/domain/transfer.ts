import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { AuditTarget } from "../entities/audit-entry.js";
import { type Ticket, TicketStatus } from "../entities/ticket.js";
import { Role } from "../entities/user.js";
import { forbidden, Refusal } from "../errors.js";
import { audit } from "./audit.js";
import { mailTransfer } from "./mail-occasions.js";
import { requireTicket } from "./own-ticket.js";
import type { Scope } from "./scope.js";
import { requireUser } from "./standing.js";
import { parseEmail } from "./text.js";
import { makeCode } from "./ticket-code.js";

export interface TransferTicketInput {
  readonly ticketId: string;
  /** A registered user's. */
  readonly toEmail: string;
}

/**
 * The holder gives a paid ticket to another user, under a new code that the giver never learns; the old one is revoked.
 * Throws NOT_FOUND for an address nobody has, CONFLICT for the holder's own and for a ticket that is not paid or has entered.
 */
export async function transferTicket(scope: Scope, input: TransferTicketInput): Promise<Ticket> {
  const viewer = requireUser(scope.viewer);
  return scope.em.transactional(async (em) => {
    const receiverId = await holdReceiver(em, input.toEmail);
    const { ticket } = await requireTicket(em, viewer, input.ticketId);
    if (ticket.holderId !== viewer.userId && viewer.role !== Role.ADMIN) {
      throw forbidden("Only the ticket's holder may give it away.");
    }
    if (receiverId === null) throw new Refusal("NOT_FOUND", "Nobody is registered with this address.", ["toEmail"]);
    if (receiverId === ticket.holderId) throw new Refusal("CONFLICT", "The ticket is theirs already.", ["toEmail"]);
    await requireUnused(em, ticket);
    await mailTransfer(em, ticket, receiverId);
    await audit(em, viewer, {
      ...{ venueId: ticket.venueId, action: "transferTicket", target: [AuditTarget.TICKET, ticket.id] },
      summary: "Gave the ticket to another user, under a new code.",
    });
    return giveAway(em, ticket, receiverId);
  });
}

/** Kept from being erased until the commit: an erased person holds no ticket. */
async function holdReceiver(em: EntityManager, email: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`/* transfer.receiver */
    select id from users where email = ${parseEmail(email)} for share`.execute(em.getKysely());
  return rows[0]?.id ?? null;
}

async function requireUnused(em: EntityManager, { id, status }: Ticket): Promise<void> {
  if (status !== TicketStatus.PAID) {
    throw new Refusal("CONFLICT", "Only a paid ticket can be given away.", ["ticketId"]);
  }
  const { rows } = await sql`/* transfer.entries */
    select from presences where ticket_id = ${id} and first_entry_at is not null`.execute(em.getKysely());
  if (rows.length > 0) throw new Refusal("CONFLICT", "The ticket has been used to enter.", ["ticketId"]);
}

/** The holder's name was the giver's to give: it goes with them. */
async function giveAway(em: EntityManager, ticket: Ticket, receiverId: string): Promise<Ticket> {
  const given = { ...ticket, holderId: receiverId, holderName: null, code: makeCode() };
  await sql`/* transfer.revoke */
    insert into revoked_codes (event_id, code, venue_id, ticket_id, revoked_at)
    values (${ticket.eventId}, ${ticket.code}, ${ticket.venueId}, ${ticket.id}, ${new Date()})`.execute(em.getKysely());
  await sql`/* transfer.give */
    update tickets set holder_id = ${receiverId}, holder_name = null, code = ${given.code}
    where id = ${ticket.id}`.execute(em.getKysely());
  return given;
}
