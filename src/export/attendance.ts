import type { OperationContext } from "../context.js";
import { type AttendanceState, readAttendances } from "../domain/attendance.js";
import type { Columns } from "./columns.js";
import { fileNameOf } from "./file-name.js";
import { requireEvent } from "./rights.js";
import { type Export, makeSource } from "./source.js";

/** The whole event, or one ticket type, of which less is known. */
type Row = Partial<AttendanceState> & {
  readonly ticketType: string | null;
  readonly registered: number;
  readonly attended: number;
};

const COLUMNS: Columns<Row> = {
  ticket_type: ({ ticketType }) => ticketType,
  registered: ({ registered }) => registered,
  attended: ({ attended }) => attended,
  no_shows: ({ noShows }) => noShows ?? null,
  inside: ({ inside }) => inside ?? null,
  peak_inside: ({ peakInside }) => peakInside ?? null,
  peak_at: ({ peakAt }) => peakAt ?? null,
  refusals: ({ refusals }) => refusals ?? null,
  average_stay_minutes: ({ averageStayMinutes }) => averageStayMinutes ?? null,
};

/** What an event came to: a row for the whole of it, which names no ticket type, then one for each type. */
export const attendanceExport: Export = {
  path: "/export/events/:id/attendance",
  parameters: [],
  open: async ({ id, makeContext }) => {
    const context = makeContext();
    const { id: eventId, title, startsAt } = await requireEvent(context, id, "Event.attendance");
    return makeSource(fileNameOf(title, startsAt, "attendance"), COLUMNS, async (after) =>
      after === null ? readRows(context, eventId) : [],
    );
  },
};

async function readRows({ em, loaders }: OperationContext, eventId: string): Promise<Row[]> {
  const attendance = (await readAttendances(em, [eventId])).get(eventId);
  if (attendance === undefined) throw new Error(`the event ${eventId} has no counts`);
  const types = new Map((await loaders.ticketTypesOf.load(eventId)).map((type) => [type.id, type.name]));
  const ofTypes = attendance.byTicketType.map(({ ticketTypeId, registered, attended }) => {
    // Read after the counts, and never deleted: it is there.
    return { ticketType: types.get(ticketTypeId) as string, registered, attended };
  });
  return [{ ...attendance, ticketType: null }, ...ofTypes];
}
