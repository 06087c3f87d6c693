import type { EventFilter as EventConditions } from "../domain/event-filter.js";
import type { EventFilter } from "../schema/event-filter.js";
import { decodeOptionalId } from "../schema/ids.js";

/** What the client left out is null, and ids are the database's. */
export const eventFilter = (filter: EventFilter | null | undefined): EventConditions => ({
  text: filter?.text ?? null,
  category: filter?.category ?? null,
  status: filter?.status ?? null,
  venueId: decodeOptionalId("ven", filter?.venueId),
  organizerId: decodeOptionalId("usr", filter?.organizerId),
  startsAfter: filter?.startsAfter ?? null,
  startsBefore: filter?.startsBefore ?? null,
  available: filter?.available ?? null,
});
