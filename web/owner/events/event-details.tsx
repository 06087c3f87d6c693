import { useThrottled } from "../../board/use-throttled.js";
import { AvailabilityChangedDocument, EventDetailsDocument, VenueChangedDocument } from "../../generated/operations.js";
import { linkTo } from "../route.js";
import { useLive, useReading } from "../use-live.js";
import { AttendancePanel } from "./attendance.js";
import { EventHead } from "./event-head.js";
import { SalesPanel } from "./sales.js";
import { TicketsPanel } from "./tickets.js";

/** However many scans there are, what they mean for the event is read no more often. */
const READ_MILLISECONDS = 1_000;

interface EventDetailsProps {
  readonly venueId: string;
  readonly eventId: string;
}

/** One event: what it is, what it sells, and who has come. */
export function EventDetails({ venueId, eventId }: EventDetailsProps) {
  const { data, error, read } = useReading(EventDetailsDocument, { eventId });
  const { data: live, error: lost } = useLive(AvailabilityChangedDocument, { eventId });
  const { data: venue } = useLive(VenueChangedDocument, { venueId });
  const { ticketsSold, ticketsAvailable } = live?.availabilityChanged ?? {};
  const version = venue?.occupancyChanged.version;
  const changes = useThrottled(`${ticketsSold} ${ticketsAvailable} ${version}`, READ_MILLISECONDS);
  // One of another venue has no place in this one's pages.
  const event = data?.event?.venue.id === venueId ? data.event : null;
  const sales = live?.availabilityChanged ?? event;
  return (
    <>
      <a href={linkTo({ venue: venueId, section: "events" })}>All events</a>
      <p role="status" class="problem">
        {error
          ? "The event could not be read."
          : lost
            ? "What is sold is not followed at the moment; trying again …"
            : data && !event && "There is no such event."}
      </p>
      {event && sales && (
        <>
          <EventHead event={event} status={sales.status} timeZone={event.venue.timeZone} onChange={read} />
          <SalesPanel eventId={eventId} sales={sales} onChange={read} />
          <AttendancePanel eventId={eventId} timeZone={event.venue.timeZone} changes={changes} />
          <TicketsPanel eventId={eventId} sales={sales} changes={changes} />
        </>
      )}
    </>
  );
}
