import { EventAttendanceDocument, type EventAttendanceQuery } from "../../generated/operations.js";
import { shownNumber } from "../../kit/words.js";
import { Table } from "../table.js";
import { useReading } from "../use-live.js";
import { type Fact, Figures } from "./figures.js";
import { shownMoment } from "./times.js";

interface AttendancePanelProps {
  readonly eventId: string;
  readonly timeZone: string;
  /** Read anew whenever it is another. */
  readonly changes: string;
}

type Attendance = NonNullable<NonNullable<EventAttendanceQuery["event"]>["attendance"]>;

export function AttendancePanel({ eventId, timeZone, changes }: AttendancePanelProps) {
  const { data, error } = useReading(EventAttendanceDocument, { eventId }, changes);
  const attendance = data?.event?.attendance;
  return (
    <section class="panel" aria-labelledby="attendance">
      <h2 id="attendance">Attendance</h2>
      <p role="status" class="problem">
        {error && "The attendance could not be read."}
      </p>
      {attendance && <Figures facts={factsOf(attendance, timeZone)} />}
      {attendance && (
        <Table
          caption="Attendance by ticket type"
          heads={["Type", "Tickets", "Came", "Not come"]}
          rows={attendance.byTicketType}
          keyOf={({ ticketType }) => ticketType.id}
          cells={({ ticketType, registered, attended }) => [
            ticketType.name,
            ...[registered, attended, registered - attended].map(shownNumber),
          ]}
          empty="No ticket type yet."
        />
      )}
    </section>
  );
}

function factsOf(attendance: Attendance, timeZone: string): readonly Fact[] {
  const { registered, attended, noShows, inside, peakInside, peakAt, refusals, averageStayMinutes } = attendance;
  return [
    ["Tickets", shownNumber(registered)],
    ["Came", shownNumber(attended)],
    ["Not come", shownNumber(noShows)],
    ["Inside now", shownNumber(inside)],
    ["Most inside", peakAt === null ? "nobody yet" : `${shownNumber(peakInside)}, ${shownMoment(peakAt, timeZone)}`],
    ["Refused", shownNumber(refusals)],
    [
      "Average stay",
      averageStayMinutes === null ? "not known yet" : `${shownNumber(Math.round(averageStayMinutes))} min`,
    ],
  ];
}
