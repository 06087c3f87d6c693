import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { AuditTarget } from "../entities/audit-entry.js";
import type { Event } from "../entities/event.js";
import { type Ticket, TicketEntity, TicketStatus } from "../entities/ticket.js";
import { badInput, invalid, notFound, Refusal } from "../errors.js";
import { audit } from "./audit.js";
import { counted } from "./audit-changes.js";
import { toEntities } from "./columns.js";
import { insertRows } from "./insert.js";
import { mailIssued } from "./mail-occasions.js";
import { requireOwnEvent } from "./own-event.js";
import type { Scope } from "./scope.js";
import { mayScan, readStandings, requireUser } from "./standing.js";
import { sellPlaces } from "./stock.js";
import { CODE, NAME, parseEmail, requireText } from "./text.js";
import { makeCode } from "./ticket-code.js";

export interface IssueTicketsInput {
  readonly eventId: string;
  readonly ticketTypeId: string;
  /** 1 to 1,000. */
  readonly tickets: readonly IssueTicketInput[];
}

export interface IssueTicketInput {
  /** Null: made up. */
  readonly code: string | null;
  readonly holderName: string | null;
  /** A registered user's. */
  readonly holderEmail: string | null;
}

const MOST_TICKETS = 1_000;

/**
 * Makes paid tickets without a sale, all or none; answers them in the order of the input. Throws SOLD_OUT, CODE_TAKEN, and
 * NOT_FOUND for a type of another event or a holder who is not registered.
 */
export async function issueTickets(scope: Scope, input: IssueTicketsInput): Promise<Ticket[]> {
  requireUser(scope.viewer);
  if (input.tickets.length > MOST_TICKETS) {
    throw badInput(`\`tickets\` has ${input.tickets.length} items; issue at most ${MOST_TICKETS} a call.`);
  }
  const issued = await scope.em.transactional(async (em) => {
    // People before the event and the stock, as everybody locks them; who is not there is told to the organizer alone.
    const people = await holdPeople(em, input.tickets);
    const event = await requireOwnEvent(em, scope.viewer, input.eventId, "use");
    if (input.tickets.length === 0) throw invalid("`tickets` is empty.", "tickets");
    const tickets = makeTickets(event, input, holdersOf(input.tickets, people));
    await takeStock(em, event.id, input.ticketTypeId, tickets.length);
    await insertTickets(em, tickets);
    await mailIssued(em, tickets);
    await audit(em, scope.viewer, {
      ...{ venueId: event.venueId, action: "issueTickets", target: [AuditTarget.EVENT, event.id] },
      summary: `Issued ${counted(tickets.length, "ticket")} without a sale.`,
    });
    return tickets;
  });
  scope.announce({ kind: "availability", eventId: input.eventId });
  return issued;
}

/** The event's ticket with this code, for those who may scan it; null for everybody else. */
export async function findTicketByCode({ em, viewer }: Scope, eventId: string, code: string): Promise<Ticket | null> {
  const wanted = code.trim();
  if (!wanted.isWellFormed() || wanted.includes("\0")) return null;
  const { rows } = await sql<object>`/* ticket.by-code */
    select * from tickets where event_id = ${eventId} and code = ${wanted}`.execute(em.getKysely());
  const [ticket] = toEntities(em, TicketEntity, rows);
  if (ticket === undefined) return null;
  const standing = (await readStandings(em, viewer, [ticket.venueId])).get(ticket.venueId) ?? "public";
  return mayScan(standing) ? ticket : null;
}

function makeTickets(event: Event, input: IssueTicketsInput, holders: readonly (string | null)[]): Ticket[] {
  const now = new Date();
  const codes = new Set<string>();
  return input.tickets.map(({ code, holderName }, index) => {
    const path = ["tickets", String(index)];
    const ticket = issuedTicket(
      { eventId: event.id, venueId: event.venueId },
      {
        ticketTypeId: input.ticketTypeId,
        holderId: holders[index] ?? null,
        holderName: holderName === null ? null : requireText(holderName, NAME, ...path, "holderName"),
        code: code === null ? makeCode() : requireText(code, CODE, ...path, "code"),
      },
      now,
    );
    if (codes.has(ticket.code)) throw codeTaken(index);
    codes.add(ticket.code);
    return ticket;
  });
}

/** What whoever issues a ticket says of it. */
export type TicketFacts = Pick<Ticket, "code" | "ticketTypeId" | "holderName" | "holderId">;

/** Paid without a sale. */
export const issuedTicket = (event: Pick<Ticket, "eventId" | "venueId">, facts: TicketFacts, now: Date): Ticket => ({
  id: uuidv7(),
  ...event,
  ...facts,
  status: TicketStatus.PAID,
  reservationId: null,
  heldUntil: null,
  createdAt: now,
  paidAt: now,
  priceMinor: null,
});

/** Users by their addresses, kept from being erased until the commit: an erased person holds no ticket. */
export async function holdPeople(
  em: EntityManager,
  tickets: readonly Pick<IssueTicketInput, "holderEmail">[],
): Promise<ReadonlyMap<string | null, string>> {
  const emails = new Set(tickets.flatMap(({ holderEmail }) => (holderEmail && parseEmail(holderEmail)) ?? []));
  if (emails.size === 0) return new Map();
  const { rows } = await sql<{ id: string; email: string }>`/* ticket.holders */
    select id, email from users where email = any(${[...emails]}::text[]) order by id for share`.execute(
    em.getKysely(),
  );
  return new Map(rows.map(({ id, email }) => [email, id]));
}

/** The holder of each ticket, null where none is given. */
function holdersOf(
  tickets: readonly IssueTicketInput[],
  people: ReadonlyMap<string | null, string>,
): (string | null)[] {
  return tickets.map(({ holderEmail }, index) => {
    if (holderEmail === null) return null;
    const id = people.get(parseEmail(holderEmail));
    if (id === undefined) throw notFound("registered user", "tickets", String(index), "holderEmail");
    return id;
  });
}

/** Places whose hold has run out are free, as they are to buyers. */
async function takeStock(em: EntityManager, eventId: string, ticketTypeId: string, count: number): Promise<void> {
  const { rows } = await sql`/* ticket.type */
    select from ticket_types where id = ${ticketTypeId} and event_id = ${eventId}`.execute(em.getKysely());
  if (rows.length === 0) throw notFound("ticket type of this event", "ticketTypeId");
  await sellPlaces(em, new Map([[ticketTypeId, count]]), () => {
    return new Refusal("SOLD_OUT", "There are not as many places left.", ["tickets"]);
  });
}

/** In the order of their codes, so that two calls with the same codes wait for each other in line, not in a ring. */
async function insertTickets(em: EntityManager, tickets: readonly Ticket[]): Promise<void> {
  const byCode = [...tickets].sort((a, b) => (a.code < b.code ? -1 : 1));
  const inserted = await insertRows(em, TicketEntity, byCode);
  const taken = tickets.findIndex(({ id }) => !inserted.has(id));
  if (taken >= 0) throw codeTaken(taken);
  // Asked after the insertion, which waits for the transfer under way that sets such a code free.
  const codes = tickets.map(({ code }) => code);
  const revoked = await findRevokedCodes(em, tickets[0]?.eventId ?? "", codes);
  if (revoked.size > 0) throw codeTaken(codes.findIndex((code) => revoked.has(code)));
}

/** Which of the codes were a ticket's of the event until it was transferred. */
export async function findRevokedCodes(
  em: EntityManager,
  eventId: string,
  codes: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ code: string }>`/* ticket.revoked-codes */
    select code from revoked_codes
    where event_id = ${eventId} and code = any(${[...codes]}::text[])`.execute(em.getKysely());
  return new Set(rows.map(({ code }) => code));
}

const codeTaken = (index: number): Refusal =>
  new Refusal("CODE_TAKEN", "The code is taken within the event.", ["tickets", String(index), "code"]);
