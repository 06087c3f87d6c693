import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { DatabaseError } from "pg";
import { TicketStatus } from "../entities/ticket.js";
import { type TicketType, TicketTypeEntity } from "../entities/ticket-type.js";
import { toEntities } from "./columns.js";
import { type Call, call, run, type Statement } from "./flight.js";

/**
 * The stock of a ticket type is its row. Who changes the status of a ticket that holds a place locks the row first, several
 * of them in the order of their ids, so that those who sell, hold, pay and release wait in line and never in a ring. The order of
 * all locks is: people, the event, reservations, types, the venue's scans, tickets, the payment.
 *
 * `reserved` counts tickets that are written down as RESERVED. Those whose hold has run out are free to whoever needs them:
 * they are released when a sale would else fail, by the job that ends the hold, and left out by every read.
 */

/** Places of each type, by its id. */
export type Places = ReadonlyMap<string, number>;

/** One conditional statement: of two buyers of the last place, one finds it gone. */
const takeAs = (column: "sold" | "reserved"): string => `update ticket_types set ${column} = ${column} + $2
    where id = $1 and quantity - sold - reserved >= $2 returning id`;

const SELL: Statement = { name: "stock.sell", text: `/* stock.take */ ${takeAs("sold")}` };

const HOLD_OR_RAISE: Statement = {
  name: "stock.hold",
  text: `/* stock.take */
    with taken as (${takeAs("reserved")})
    select raise_sold_out($1) where not exists (select from taken)`,
};

const LOCK: Statement = {
  name: "stock.lock",
  text: "/* stock.lock */ select from ticket_types where id = any($1::uuid[]) order by id for no key update",
};

const RELEASE_LAPSED: Statement = {
  name: "stock.release-lapsed",
  text: `/* stock.release-lapsed */
    with lapsed as (
      update tickets set status = 'EXPIRED'
      where ticket_type_id = $1 and status = 'RESERVED' and held_until <= clock_timestamp()
      returning id
    )
    update ticket_types set reserved = reserved - (select count(*) from lapsed)
    where id = $1 and exists (select from lapsed) returning id`,
};

const SOLD_OUT = "GH001";

/** Sells the places of all types or throws what `soldOut` makes of the first that has too few. */
export async function sellPlaces(
  em: EntityManager,
  places: Places,
  soldOut: (ticketTypeId: string) => Error,
): Promise<void> {
  for (const [id, count] of inOrder(places)) {
    const isTaken =
      (await sellIfFree(em, id, count)) || ((await releaseLapsed(em, id)) && (await sellIfFree(em, id, count)));
    if (!isTaken) throw soldOut(id);
  }
}

const sellIfFree = async (em: EntityManager, id: string, count: number): Promise<boolean> =>
  (await run(em, SELL, [id, count])).length > 0;

/**
 * Holds the places of all types, for the end of a flight: the rows of hot types are locked from here to the commit, which is not
 * run where a type has too few. `soldOutType` tells which.
 */
export const holdCalls = (places: Places): Call[] =>
  inOrder(places).map(([id, count]) => call(HOLD_OR_RAISE, [id, count]));

/** Frees what ran out of all these types, and keeps others from their stock until the commit. */
export function releaseCalls(places: Places): Call[] {
  const ids = inOrder(places).map(([id]) => id);
  return [call(LOCK, [ids]), ...ids.map((id) => call(RELEASE_LAPSED, [id]))];
}

/** The id of the type that had too few places; null when the flight failed for something else. */
export const soldOutType = (error: unknown): string | null =>
  error instanceof DatabaseError && error.code === SOLD_OUT ? (error.detail ?? null) : null;

/** What the buyers' flights prepare. */
export const STOCK_STATEMENTS: readonly Statement[] = [LOCK, RELEASE_LAPSED, HOLD_OR_RAISE];

/** Frees the type's places whose holds ran out; whether there were any. Their reservations follow by the job. */
export async function releaseLapsed(em: EntityManager, ticketTypeId: string): Promise<boolean> {
  await lockTypes(em, [ticketTypeId]);
  return (await run(em, RELEASE_LAPSED, [ticketTypeId])).length > 0;
}

/** Keeps others from the stock of these types until the commit. */
export async function lockTypes(em: EntityManager, ticketTypeIds: readonly string[]): Promise<void> {
  await run(em, LOCK, [ticketTypeIds]);
}

/** Gives held places back, or, paid, makes them sold ones. The caller has locked the types and changes the tickets. */
export async function endHolds(em: EntityManager, places: Places, as: "free" | "sold"): Promise<void> {
  if (places.size === 0) return;
  const isSold = as === "sold" ? 1 : 0;
  await sql`/* stock.end-holds */
    update ticket_types y set reserved = y.reserved - p.count, sold = y.sold + p.count * ${isSold}::int
    from unnest(${[...places.keys()]}::uuid[], ${[...places.values()]}::int[]) as p (id, count)
    where y.id = p.id`.execute(em.getKysely());
}

/** Places of the type `y` whose holds ran out, yet are still written down. */
const LAPSED = sql<number>`(
  select count(*)::int from tickets h
  where h.ticket_type_id = y.id and h.status = ${sql.lit(TicketStatus.RESERVED)} and h.held_until <= now()
)`;

/**
 * SQL: whether any type of the event has a place left, by the same reckoning as `readTicketTypes`. Not an `exists`, which the
 * planner may answer for all events at once by reading every type there is.
 */
export const hasPlacesLeft = (eventId: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`(
  select true from ticket_types y
  where y.event_id = ${eventId} and (y.sold + y.reserved < y.quantity or (y.reserved > 0 and ${LAPSED} > 0)) limit 1
) is not null`;

/** The ticket types as of now: a hold that has run out counts no more, whether or not it has been released. */
export async function readTicketTypes(
  em: EntityManager,
  by: "id" | "event_id",
  ids: readonly string[],
): Promise<TicketType[]> {
  const { rows } = await sql<{ lapsed: number }>`/* stock.read */
    select y.*, ${LAPSED} as lapsed
    from ticket_types y where y.${sql.ref(by)} = any(${[...ids]}::uuid[]) order by y.id`.execute(em.getKysely());
  return toEntities(em, TicketTypeEntity, rows).map((type, index) => ({
    ...type,
    reserved: type.reserved - (rows[index]?.lapsed ?? 0),
  }));
}

const inOrder = (places: Places): [string, number][] => [...places].sort(([a], [b]) => (a < b ? -1 : 1));
