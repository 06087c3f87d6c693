import type { EntityManager } from "@mikro-orm/postgresql";
import { type Event, EventEntity } from "../entities/event.js";
import type { TicketType } from "../entities/ticket-type.js";
import { readByIds } from "./related.js";
import { readTicketTypes } from "./stock.js";

/** What is left of an event's tickets. */
export interface Availability {
  readonly event: Event;
  readonly ticketTypes: readonly TicketType[];
}

/** As of now; null when there is no such event. */
export async function readAvailability(em: EntityManager, eventId: string): Promise<Availability | null> {
  const ticketTypes = await readTicketTypes(em, "event_id", [eventId]);
  const [event = null] = await readByIds<Event>(em, EventEntity, [eventId]);
  return event === null ? null : { event, ticketTypes };
}

/** Equal texts mean that nothing has changed that a buyer would notice. */
export const availabilityText = ({ event, ticketTypes }: Availability): string =>
  JSON.stringify([event.status, ticketTypes.map(({ id, quantity, sold, reserved }) => [id, quantity, sold, reserved])]);
