import type { ImportProgress } from "../domain/import.js";
import type { Import } from "../entities/import.js";
import { fromBase32, toBase32 } from "../schema/base32.js";
import { encodeId, MalformedId } from "../schema/ids.js";

const PREFIX = "imp_";

export const encodeImportId = (uuid: string): string => `${PREFIX}${toBase32(uuid)}`;

/** Throws MalformedId. */
export function decodeImportId(id: string): string {
  const uuid = id.startsWith(PREFIX) ? fromBase32(id.slice(PREFIX.length)) : null;
  if (uuid === null) throw new MalformedId(`"${id.slice(0, 60)}" is not the id of an import.`);
  return uuid;
}

export const countsOf = ({ lines, taken, repeated, skipped, bad }: ImportProgress) => ({
  lines,
  taken,
  repeated,
  skipped,
  bad,
});

/** An import as others read it. */
export const shapeOf = (found: Import) => ({
  import: encodeImportId(found.id),
  kind: found.kind,
  venue: encodeId("ven", found.venueId),
  event: found.eventId === null ? null : encodeId("evt", found.eventId),
  user: encodeId("usr", found.userId),
  status: found.status,
  reason: found.reason,
  ...countsOf(found),
  firstBad: found.firstBad,
  startedAt: found.startedAt,
  updatedAt: found.updatedAt,
});
