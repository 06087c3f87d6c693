import { ConnectionNews } from "../connection.js";
import { useRoute } from "../route.js";
import type { SectionProps } from "../sections.js";
import { EventDetails } from "./event-details.js";
import { EventList } from "./event-list.js";
import "./events.css";

/** The address says which event; without one it is all of them. */
export function EventsSection({ venueId }: SectionProps) {
  const eventId = useRoute().get("event");
  return (
    <>
      <ConnectionNews />
      {eventId ? <EventDetails key={eventId} venueId={venueId} eventId={eventId} /> : <EventList venueId={venueId} />}
    </>
  );
}
