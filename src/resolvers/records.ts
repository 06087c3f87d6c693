import type { OperationContext } from "../context.js";
import { checkRecordsReaders, mayRead } from "../domain/reader-rights.js";
import { forbidden } from "../errors.js";
import type { Watching } from "../live/live.js";

/** Whoever may watch what the owner and staff read of a venue. Throws FORBIDDEN. */
export async function watchRecords({ em, viewer }: OperationContext, venueId: string): Promise<Watching> {
  const [verdict] = await checkRecordsReaders(em, [{ viewer, venueId }]);
  if (!mayRead(verdict)) throw forbidden("There is no such venue, or you may not read its records.");
  return { viewer, venueId, standing: verdict };
}
