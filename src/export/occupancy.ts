import { exportedSpan, readPointsToExport } from "../domain/export-occupancy.js";
import type { OccupancyPointState } from "../domain/occupancy-history.js";
import type { Columns } from "./columns.js";
import { fileNameOf } from "./file-name.js";
import { countOf, momentOf } from "./parameters.js";
import { requireVenue } from "./rights.js";
import { type Export, makeSource } from "./source.js";

const QUARTER_HOUR = 15;

const COLUMNS: Columns<OccupancyPointState> = {
  at: ({ at }) => at,
  inside: ({ inside }) => inside,
  entries: ({ entries }) => entries,
  exits: ({ exits }) => exits,
};

/** How a venue's counts went, a point a bucket; of the last day unless the address says otherwise. */
export const occupancyExport: Export = {
  path: "/export/venues/:id/occupancy",
  parameters: ["from", "to", "bucketMinutes"],
  open: async ({ id, parameters, makeContext }) => {
    const permit = (context = makeContext()) => requireVenue(context, id, "Venue.occupancyHistory");
    const { id: venueId, name } = await permit();
    const span = exportedSpan({
      from: momentOf(parameters, "from"),
      to: momentOf(parameters, "to"),
      bucketMinutes: countOf(parameters, "bucketMinutes") ?? QUARTER_HOUR,
    });
    return makeSource(fileNameOf(name, span.from, "occupancy"), COLUMNS, async (after) => {
      const context = makeContext();
      await permit(context);
      return readPointsToExport(context.em, venueId, span, after);
    });
  },
};
