import { type ExportedScan, readScansToExport } from "../domain/export-scans.js";
import { EVERY_SCAN, type ScanFilter } from "../domain/lists.js";
import { decodeOptionalId, encodeId, type Prefix } from "../schema/ids.js";
import type { Columns } from "./columns.js";
import { fileNameOf } from "./file-name.js";
import { momentOf, type Parameters } from "./parameters.js";
import { requireEvent } from "./rights.js";
import { type Export, makeSource } from "./source.js";

const COLUMNS: Columns<ExportedScan> = {
  id: ({ scan }) => encodeId("scn", scan.id),
  key: ({ scan }) => scan.key,
  direction: ({ scan }) => scan.direction,
  outcome: ({ scan }) => scan.outcome,
  reason: ({ scan }) => scan.reason,
  conflict: ({ scan }) => scan.conflict,
  capacity_override: ({ scan }) => scan.capacityOverride,
  offline: ({ scan }) => scan.offline,
  automatic: ({ scan }) => scan.automatic,
  code: ({ scan }) => scan.code,
  ticket_id: ({ scan }) => encodeOptionalId("tkt", scan.ticketId),
  event_id: ({ scan }) => encodeOptionalId("evt", scan.eventId),
  ticket_type: ({ ticketType }) => ticketType,
  gate: ({ gate }) => gate,
  device: ({ device }) => device,
  scanned_at: ({ scan }) => scan.scannedAt,
  received_at: ({ scan }) => scan.receivedAt,
};

/** An event's scans, the oldest first. Later annulments show; scans that arrive behind what was sent do not. */
export const scansExport: Export = {
  path: "/export/events/:id/scans",
  parameters: ["from", "to", "gateId"],
  open: async ({ id, parameters, makeContext }) => {
    const permit = (context = makeContext()) => requireEvent(context, id, "Event.scans");
    const { id: eventId, title, startsAt } = await permit();
    const filter = readFilter(parameters);
    return makeSource(fileNameOf(title, startsAt, "scans"), COLUMNS, async (after) => {
      const context = makeContext();
      await permit(context);
      return readScansToExport(context.em, eventId, filter, after);
    });
  },
};

const readFilter = (parameters: Parameters): ScanFilter => ({
  ...EVERY_SCAN,
  gateId: decodeOptionalId("gat", parameters.get("gateId")),
  from: momentOf(parameters, "from"),
  to: momentOf(parameters, "to"),
});

const encodeOptionalId = (prefix: Prefix, id: string | null): string | null =>
  id === null ? null : encodeId(prefix, id);
