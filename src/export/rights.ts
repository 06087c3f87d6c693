import type { OperationContext } from "../context.js";
import type { Event } from "../entities/event.js";
import type { Venue } from "../entities/venue.js";
import { forbidden, notFound, unauthenticated } from "../errors.js";
import { policies } from "../resolvers/policies.js";
import { findEvent, findVenue } from "../resolvers/visible.js";
import { decodeId } from "../schema/ids.js";

/** Whether the viewer may have a field of the API, such as `Ticket.code`: what is exported has the rights of what it is there. */
export async function mayHave(field: string, root: object, context: OperationContext): Promise<boolean> {
  const policy = policies[field];
  if (policy === undefined) throw new Error(`the field ${field} has no policy`);
  return policy === "everyone" || policy.allows(root as never, context);
}

/** The event, for who may have this field of it. Throws UNAUTHENTICATED, FORBIDDEN, NOT_FOUND and MalformedId. */
export async function requireEvent(context: OperationContext, id: string, field: string): Promise<Event> {
  return permit(context, await findEvent(context, decodeId("evt", id)), "event", field);
}

/** Likewise. */
export async function requireVenue(context: OperationContext, id: string, field: string): Promise<Venue> {
  return permit(context, await findVenue(context, decodeId("ven", id)), "venue", field);
}

async function permit<Found extends object>(
  context: OperationContext,
  found: Found | null,
  what: string,
  field: string,
): Promise<Found> {
  if (found !== null && (await mayHave(field, found, context))) return found;
  if (context.viewer.kind === "anonymous") throw unauthenticated();
  throw found === null ? notFound(what) : forbidden("You may not export this.");
}
