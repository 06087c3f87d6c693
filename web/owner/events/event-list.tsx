import { useState } from "preact/hooks";
import {
  AvailabilityChangedDocument,
  type EventLineFragment,
  VenueEventsDocument,
} from "../../generated/operations.js";
import { shownNumber } from "../../kit/words.js";
import { linkTo } from "../route.js";
import type { SectionProps } from "../sections.js";
import { Table } from "../table.js";
import { useLive, useReading } from "../use-live.js";
import { NewEvent } from "./event-form.js";
import { shownMoment } from "./times.js";
import { EVENT_STATUSES } from "./words.js";

/** A page of them at a time, those that start last first. */
export function EventList({ venueId }: SectionProps) {
  const [isCancelled, setCancelled] = useState(false);
  const [before, setBefore] = useState<string | null>(null);
  const variables = { venueId, before, status: isCancelled ? ("CANCELLED" as const) : null };
  const { data, error } = useReading(VenueEventsDocument, variables);
  const { timeZone = "UTC", events } = data?.venue ?? {};
  return (
    <>
      <section class="panel" aria-labelledby="events">
        <header class="row">
          <h2 id="events">{isCancelled ? "Cancelled events" : "Events"}</h2>
          <button
            type="button"
            aria-pressed={isCancelled}
            onClick={() => {
              setCancelled(!isCancelled);
              setBefore(null);
            }}
          >
            Cancelled ones
          </button>
        </header>
        <p role="status" class="problem">
          {error && "The events could not be read."}
        </p>
        {events && <Events venueId={venueId} events={events.nodes} timeZone={timeZone} />}
        <div class="row pages">
          {before !== null && (
            <button type="button" onClick={() => setBefore(null)}>
              Latest events
            </button>
          )}
          {events?.pageInfo.hasPreviousPage && (
            <button type="button" onClick={() => setBefore(events.pageInfo.startCursor)}>
              Earlier events
            </button>
          )}
        </div>
      </section>
      {data?.venue && <NewEvent venueId={venueId} timeZone={timeZone} />}
    </>
  );
}

interface EventsProps extends SectionProps {
  /** By their start. */
  readonly events: readonly EventLineFragment[];
  readonly timeZone: string;
}

function Events({ venueId, events, timeZone }: EventsProps) {
  return (
    <Table
      caption="Events"
      heads={["Event", "Start", "State", "Sold"]}
      rows={[...events].reverse()}
      keyOf={({ id }) => id}
      cells={(event) => {
        const { id, title, startsAt, status } = event;
        return [
          <a key={id} href={linkTo({ venue: venueId, section: "events", event: id })}>
            {title}
          </a>,
          <time key={id} dateTime={startsAt}>
            {shownMoment(startsAt, timeZone)}
          </time>,
          EVENT_STATUSES[status],
          <Sold key={id} event={event} />,
        ];
      }}
      empty="None yet."
    />
  );
}

/** As it changes. A page has no more events than one socket may follow. */
function Sold({ event }: { readonly event: EventLineFragment }) {
  const { data } = useLive(AvailabilityChangedDocument, { eventId: event.id });
  const { ticketsSold, totalTickets } = data?.availabilityChanged ?? event;
  return (
    <>
      {shownNumber(ticketsSold)} of {shownNumber(totalTickets)}
    </>
  );
}
