import { decodeOptionalId } from "../schema/ids.js";
import type { ScanFilter } from "../schema/scan.js";

/** What the client left out is null, and ids are the database's. */
export const scanFilter = (filter: ScanFilter | undefined) => ({
  direction: filter?.direction ?? null,
  outcome: filter?.outcome ?? null,
  reason: filter?.reason ?? null,
  gateId: decodeOptionalId("gat", filter?.gateId),
  from: filter?.from ?? null,
  to: filter?.to ?? null,
});
