import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { AuditTarget } from "../entities/audit-entry.js";
import { type TicketType, TicketTypeEntity } from "../entities/ticket-type.js";
import { invalid, notFound } from "../errors.js";
import { audit } from "./audit.js";
import { type ChangeWords, describeChanges } from "./audit-changes.js";
import { toEntities } from "./columns.js";
import { type Given, given } from "./given.js";
import { bumpVersion } from "./occupancy.js";
import { requireOwnEvent } from "./own-event.js";
import type { Scope } from "./scope.js";
import { requireUser } from "./standing.js";
import { releaseLapsed } from "./stock.js";
import { checkStock, type Money, makeTicketType, readStock } from "./ticket-type.js";

/** Undefined: not given, stays as it is. */
export interface UpdateTicketTypeInput {
  readonly ticketTypeId: string;
  readonly name?: Given<string>;
  /** Live holds keep the one they were made at. */
  readonly price?: Given<Money>;
  readonly quantity?: Given<number>;
  readonly admitsWhenFull?: Given<boolean>;
}

const WORDS: ChangeWords<TicketType> = {
  texts: { name: "name" },
  values: {
    priceMinor: "price in minor units",
    currency: "currency",
    quantity: "quantity",
    admitsWhenFull: "admission when full",
  },
};

/** Throws INVALID for a quantity below what is sold and reserved, and for what a new type could not have. */
export async function updateTicketType(scope: Scope, input: UpdateTicketTypeInput): Promise<TicketType> {
  requireUser(scope.viewer);
  const { ticketTypeId } = input;
  const { type, venueId, version } = await scope.em.transactional(async (em) => {
    const { eventId } = await readType(em, ticketTypeId);
    const event = await requireOwnEvent(em, scope.viewer, eventId, "change", "ticketTypeId");
    const present = await readType(em, ticketTypeId);
    const changed = makeTicketType(eventId, changesOf(present, input), present.createdAt);
    checkStock([changed], await readStock(em, eventId, ticketTypeId), () => []);
    await releaseLapsed(em, ticketTypeId);
    const type = await writeType(em, ticketTypeId, changed);
    const { venueId } = event;
    const summary = describeChanges(present, type, WORDS);
    if (summary !== null) {
      const target = [AuditTarget.TICKET_TYPE, ticketTypeId] as const;
      await audit(em, scope.viewer, { venueId, action: "updateTicketType", target, summary });
    }
    return { type, venueId, version: await bumpVersion(em, venueId) };
  });
  scope.announce({ kind: "occupancy", venueId, version });
  scope.announce({ kind: "availability", eventId: type.eventId });
  return type;
}

const changesOf = (
  { name, priceMinor, currency, quantity, admitsWhenFull }: TicketType,
  input: UpdateTicketTypeInput,
) => ({
  name: given(input.name, name, "name"),
  price: given(input.price, { amountMinor: priceMinor, currency }, "price"),
  quantity: given(input.quantity, quantity, "quantity"),
  admitsWhenFull: given(input.admitsWhenFull, admitsWhenFull, "admitsWhenFull"),
});

async function readType(em: EntityManager, ticketTypeId: string): Promise<TicketType> {
  const { rows } = await sql<object>`/* ticket-type.read */
    select * from ticket_types where id = ${ticketTypeId}`.execute(em.getKysely());
  const [type] = toEntities(em, TicketTypeEntity, rows);
  if (type === undefined) throw notFound("ticket type", "ticketTypeId");
  return type;
}

/** One conditional statement: a place that is taken meanwhile counts. */
async function writeType(em: EntityManager, ticketTypeId: string, changed: TicketType): Promise<TicketType> {
  const { name, priceMinor, currency, quantity, admitsWhenFull } = changed;
  const { rows } = await sql<object>`/* ticket-type.update */
    update ticket_types set name = ${name}, price_minor = ${priceMinor}, currency = ${currency}, quantity = ${quantity},
      admits_when_full = ${admitsWhenFull}
    where id = ${ticketTypeId} and sold + reserved <= ${quantity} returning *`.execute(em.getKysely());
  const [type] = toEntities(em, TicketTypeEntity, rows);
  if (type === undefined) throw invalid("`quantity` is below what is sold and reserved.", "quantity");
  return type;
}
