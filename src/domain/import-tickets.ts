import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { AuditTarget } from "../entities/audit-entry.js";
import { type Ticket, TicketEntity } from "../entities/ticket.js";
import { Refusal } from "../errors.js";
import { audit } from "./audit.js";
import { counted } from "./audit-changes.js";
import { badLine, type LineOutcome, REPEATED, TAKEN } from "./import.js";
import { insertRows } from "./insert.js";
import { mailIssued } from "./mail-occasions.js";
import { requireOwnEvent } from "./own-event.js";
import type { Scope } from "./scope.js";
import { releaseLapsed, sellPlaces } from "./stock.js";
import { parseEmail } from "./text.js";
import { findRevokedCodes, holdPeople, issuedTicket, type TicketFacts } from "./ticket.js";

/** One paid ticket of a file, as far as it can be checked without looking anything up. */
export interface TicketLine {
  /** Trimmed and well formed, as is the name. */
  readonly code: string;
  readonly ticketTypeId: string;
  /** Undefined where the file has no such column: then it is not compared either. */
  readonly holderName: string | null | undefined;
  readonly holderEmail: string | null | undefined;
}

export interface TicketImport {
  readonly eventId: string;
  readonly venueId: string;
  readonly types: readonly { readonly id: string; readonly name: string }[];
}

const MOST_TRIES = 5;

/** What the file may name. Throws what `requireOwnEvent` does. */
export const prepareTicketImport = ({ em, viewer }: Scope, eventId: string): Promise<TicketImport> =>
  em.transactional(async (inner) => {
    const { venueId } = await requireOwnEvent(inner, viewer, eventId, "use");
    const { rows } = await sql<{ id: string; name: string }>`/* import.types */
      select id, name from ticket_types where event_id = ${eventId} order by id`.execute(inner.getKysely());
    return { eventId, venueId, types: rows };
  });

/**
 * Issues the tickets of these lines by the rules of `issueTickets`, but each line by itself: what a line came to, in their
 * order. At most 1,000 a call: one transaction. Throws when the right has ended or the event is cancelled; then none is taken.
 */
export async function importTickets(
  scope: Scope,
  { eventId, venueId }: TicketImport,
  lines: readonly TicketLine[],
): Promise<LineOutcome[]> {
  for (let tries = 1; ; tries++) {
    try {
      const outcomes = await scope.em.transactional(async (em) => {
        const people = await holdPeople(
          em,
          lines.map(({ holderEmail = null }) => ({ holderEmail })),
        );
        await requireOwnEvent(em, scope.viewer, eventId, "use");
        const { outcomes, tickets } = await sortOut(em, { eventId, venueId }, lines, people);
        await keepTickets(em, eventId, tickets);
        if (tickets.length > 0) {
          const summary = `Imported ${counted(tickets.length, "ticket")} from a file.`;
          const target = [AuditTarget.EVENT, eventId] as const;
          await audit(em, scope.viewer, { venueId, action: "importTickets", target, summary });
        }
        return outcomes;
      });
      if (outcomes.includes(TAKEN)) scope.announce({ kind: "availability", eventId });
      return outcomes;
    } catch (error) {
      if (!(error instanceof Overtaken) || tries === MOST_TRIES) throw error;
    }
  }
}

/** Somebody took a code between the look and the insertion: the next try sees it. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

type Place = Pick<TicketImport, "eventId" | "venueId">;

/** Which lines are new tickets, and what becomes of the others. Locks the stock of the lines' types. */
async function sortOut(
  em: EntityManager,
  place: Place,
  lines: readonly TicketLine[],
  people: ReadonlyMap<string | null, string>,
): Promise<{ outcomes: LineOutcome[]; tickets: Ticket[] }> {
  const free = await lockStock(em, lines);
  const codes = lines.map(({ code }) => code);
  const known = await readKnown(em, place.eventId, codes);
  const revoked = await findRevokedCodes(em, place.eventId, codes);
  const wanted: { index: number; facts: TicketFacts }[] = [];
  const outcomes = lines.map((line, index): LineOutcome => {
    const facts = factsOf(line, people);
    if (facts === null) return badLine("holderEmail", "Nobody is registered with this address.");
    const other = known.get(line.code);
    if (other !== undefined) return compare(line, facts, other);
    if (revoked.has(line.code)) return badLine("code", "The code was a ticket's until that was transferred.");
    known.set(line.code, facts);
    wanted.push({ index, facts });
    return TAKEN;
  });
  await releaseIfShort(em, free, wanted);
  const now = new Date();
  const tickets = wanted.flatMap(({ index, facts }) => {
    const left = free.get(facts.ticketTypeId) ?? 0;
    free.set(facts.ticketTypeId, left - 1);
    if (left > 0) return [issuedTicket(place, facts, now)];
    outcomes[index] = badLine("ticketType", "There is no place left of this ticket type.");
    return [];
  });
  return { outcomes, tickets };
}

/** Null for a holder who is not registered. */
function factsOf(
  { code, ticketTypeId, holderName = null, holderEmail = null }: TicketLine,
  people: ReadonlyMap<string | null, string>,
): TicketFacts | null {
  const holderId = holderEmail === null ? null : people.get(parseEmail(holderEmail));
  return holderId === undefined ? null : { code, ticketTypeId, holderName, holderId };
}

function compare({ holderName, holderEmail }: TicketLine, facts: TicketFacts, other: TicketFacts): LineOutcome {
  const differs =
    (facts.ticketTypeId !== other.ticketTypeId && "ticket type") ||
    (holderName !== undefined && facts.holderName !== other.holderName && "holder's name") ||
    (holderEmail !== undefined && facts.holderId !== other.holderId && "holder");
  return differs ? badLine("code", `The event has a ticket with this code, and its ${differs} is another.`) : REPEATED;
}

/** The free places of each type, kept from others until the commit. */
async function lockStock(em: EntityManager, lines: readonly TicketLine[]): Promise<Map<string, number>> {
  const ids = [...new Set(lines.map(({ ticketTypeId }) => ticketTypeId))];
  const { rows } = await sql<{ id: string; free: number }>`/* import.stock */
    select id, quantity - sold - reserved as free from ticket_types
    where id = any(${ids}::uuid[]) order by id for no key update`.execute(em.getKysely());
  return new Map(rows.map(({ id, free }) => [id, free]));
}

/** Places whose hold has run out are free, as they are to buyers. */
async function releaseIfShort(
  em: EntityManager,
  free: Map<string, number>,
  wanted: readonly { readonly facts: TicketFacts }[],
): Promise<void> {
  for (const [id, count] of countTypes(wanted.map(({ facts }) => facts))) {
    if (count <= (free.get(id) ?? 0) || !(await releaseLapsed(em, id))) continue;
    const { rows } = await sql<{ free: number }>`/* import.stock-again */
      select quantity - sold - reserved as free from ticket_types where id = ${id}`.execute(em.getKysely());
    free.set(id, rows[0]?.free ?? 0);
  }
}

async function readKnown(
  em: EntityManager,
  eventId: string,
  codes: readonly string[],
): Promise<Map<string, TicketFacts>> {
  const { rows } = await sql<TicketFacts>`/* import.known-tickets */
    select code, ticket_type_id as "ticketTypeId", holder_name as "holderName", holder_id as "holderId" from tickets
    where event_id = ${eventId} and code = any(${[...codes]}::text[])`.execute(em.getKysely());
  return new Map(rows.map((facts) => [facts.code, facts]));
}

/** In the order of their codes, as `issueTickets` does: calls with the same codes wait in line, not in a ring. */
async function keepTickets(em: EntityManager, eventId: string, tickets: readonly Ticket[]): Promise<void> {
  if (tickets.length === 0) return;
  await sellPlaces(em, countTypes(tickets), () => {
    return new Refusal("SOLD_OUT", "There are not as many places left.", ["tickets"]);
  });
  const inserted = await insertRows(
    em,
    TicketEntity,
    tickets.toSorted((a, b) => (a.code < b.code ? -1 : 1)),
  );
  // Asked again after the insertion, which waits for the transfer under way that sets such a code free.
  const revoked = await findRevokedCodes(
    em,
    eventId,
    tickets.map(({ code }) => code),
  );
  if (inserted.size < tickets.length || revoked.size > 0) throw new Overtaken("a code was taken meanwhile");
  await mailIssued(em, tickets);
}

function countTypes(tickets: readonly Pick<Ticket, "ticketTypeId">[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { ticketTypeId } of tickets) counts.set(ticketTypeId, (counts.get(ticketTypeId) ?? 0) + 1);
  return counts;
}
