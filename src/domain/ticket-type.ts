import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { AuditTarget } from "../entities/audit-entry.js";
import { OccupancyKind } from "../entities/occupancy.js";
import { type TicketType, TicketTypeEntity } from "../entities/ticket-type.js";
import { invalid } from "../errors.js";
import { audit } from "./audit.js";
import { insertRows } from "./insert.js";
import { bumpVersion, openOccupancies } from "./occupancy.js";
import { requireOwnEvent } from "./own-event.js";
import type { Scope } from "./scope.js";
import { requireUser } from "./standing.js";
import { NAME, requireText } from "./text.js";

export interface TicketTypeInput {
  readonly name: string;
  readonly price: Money;
  readonly quantity: number;
  readonly admitsWhenFull: boolean;
}

/** Integer minor units (cents) of an ISO 4217 currency. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

/** What the types of an event come to, as far as a further one depends on it. */
interface Stock {
  readonly currency: string | null;
  readonly total: number;
}

const MOST = 2_147_483_647;
const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));

/** Throws ALREADY_CANCELLED for a cancelled event, and INVALID for another currency than that of the event's other types. */
export async function addTicketType(
  scope: Scope,
  input: { readonly eventId: string; readonly ticketType: TicketTypeInput },
): Promise<TicketType> {
  requireUser(scope.viewer);
  const { ticketType, venueId, version } = await scope.em.transactional(async (em) => {
    const event = await requireOwnEvent(em, scope.viewer, input.eventId, "change");
    const made = makeTicketType(event.id, input.ticketType, new Date(), "ticketType");
    checkStock([made], await readStock(em, event.id), () => ["ticketType"]);
    await insertTicketTypes(em, event.venueId, [made]);
    await audit(em, scope.viewer, {
      ...{ venueId: event.venueId, action: "addTicketType", target: [AuditTarget.TICKET_TYPE, made.id] },
      summary: `Added the ticket type, with a quantity of ${made.quantity} and a price of ${made.priceMinor} minor units of ${made.currency}.`,
    });
    return { ticketType: made, venueId: event.venueId, version: await bumpVersion(em, event.venueId) };
  });
  scope.announce({ kind: "occupancy", venueId, version });
  scope.announce({ kind: "availability", eventId: input.eventId });
  return ticketType;
}

/** Checked on its own; see `checkStock` for what types must be together. */
export function makeTicketType(eventId: string, input: TicketTypeInput, now: Date, ...path: string[]): TicketType {
  const { amountMinor, currency } = input.price;
  if (!(Number.isInteger(amountMinor) && amountMinor >= 0 && amountMinor <= MOST)) {
    throw invalid(`A price must be a whole number from 0 to ${MOST}.`, ...path, "price", "amountMinor");
  }
  if (!CURRENCIES.has(currency)) {
    throw invalid("A currency must be an ISO 4217 code, such as EUR.", ...path, "price", "currency");
  }
  if (!(Number.isInteger(input.quantity) && input.quantity >= 0 && input.quantity <= MOST)) {
    throw invalid(`A quantity must be a whole number from 0 to ${MOST}.`, ...path, "quantity");
  }
  return {
    id: uuidv7(),
    eventId,
    name: requireText(input.name, NAME, ...path, "name"),
    priceMinor: amountMinor,
    currency,
    quantity: input.quantity,
    sold: 0,
    reserved: 0,
    admitsWhenFull: input.admitsWhenFull,
    createdAt: now,
  };
}

/** All types of an event share one currency, and their sum is a number that the API can tell. */
export function checkStock(
  types: readonly TicketType[],
  present: Stock,
  pathOf: (index: number) => readonly string[],
): void {
  const currency = present.currency ?? types[0]?.currency;
  let { total } = present;
  types.forEach((type, index) => {
    if (type.currency !== currency) {
      const message = `All ticket types of an event share one currency: ${currency}.`;
      throw invalid(message, ...pathOf(index), "price", "currency");
    }
    total += type.quantity;
    if (total > MOST) throw invalid(`An event has at most ${MOST} tickets.`, ...pathOf(index), "quantity");
  });
}

export async function insertTicketTypes(
  em: EntityManager,
  venueId: string,
  types: readonly TicketType[],
): Promise<void> {
  const inserted = await insertRows(em, TicketTypeEntity, types);
  await openOccupancies(em, OccupancyKind.TICKET_TYPE, venueId, [...inserted]);
}

/** Of the event, without the type `exceptId`. */
export async function readStock(em: EntityManager, eventId: string, exceptId: string | null = null): Promise<Stock> {
  const { rows } = await sql<Stock>`/* ticket-type.stock */
    select min(currency) as currency, coalesce(sum(quantity), 0)::float8 as total
    from ticket_types where event_id = ${eventId} and id is distinct from ${exceptId}::uuid`.execute(em.getKysely());
  return rows[0] ?? { currency: null, total: 0 };
}
