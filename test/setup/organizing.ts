import type { Client } from "./client.js";
import { type Event, mutate } from "./world.js";

const EVENT = `event { id title description category status startsAt endsAt doorsOpenAt autoExitAt capacity reentryAllowed
  totalTickets ticketsSold ticketsAvailable updatedAt ticketTypes { sold reserved available } tickets { nodes { status } } }`;
const TYPE =
  "ticketType { id name price { amountMinor currency } quantity sold reserved available admitsWhenFull event { id } }";

type EventData = { readonly updatedAt: string } & Readonly<Record<string, unknown>>;
type Payload = { readonly event: EventData | null };

const ownerOf = ({ venue }: Event): Client => venue.owner.client;

/** Changes of an event and of what it has, by its owner unless somebody else is given. */
export const update = (event: Event, input: Record<string, unknown>, client = ownerOf(event)) =>
  mutate<Payload>(client, "updateEvent", "UpdateEventInput", EVENT, { eventId: event.id, ...input });
export const publish = (event: Event, client = ownerOf(event)) =>
  mutate<Payload>(client, "publishEvent", "EventIdInput", EVENT, { eventId: event.id });
export const cancel = (event: Event, client = ownerOf(event)) =>
  mutate<Payload>(client, "cancelEvent", "EventIdInput", EVENT, { eventId: event.id });
export const updateType = (event: Event, input: Record<string, unknown>, client = ownerOf(event)) =>
  mutate<{ ticketType: object | null }>(client, "updateTicketType", "UpdateTicketTypeInput", TYPE, {
    ticketTypeId: event.types.get("Standard"),
    ...input,
  });
export const cancelTicket = (client: Client, ticketId: string | undefined) =>
  mutate<{ ticket: object | null }>(
    client,
    "cancelTicket",
    "TicketIdInput",
    "ticket { id status ticketType { sold available } }",
    { ticketId },
  );

export const refusal = (code: string, ...path: string[]) => ({ userErrors: [{ code, path }] });
