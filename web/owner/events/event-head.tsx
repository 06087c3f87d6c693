import { useState } from "preact/hooks";
import {
  CancelEventDocument,
  type EventFactsFragment,
  type EventStatus,
  PublishEventDocument,
} from "../../generated/operations.js";
import { shownNumber } from "../../kit/words.js";
import { Dialog } from "../dialog.js";
import { Form } from "../form.js";
import { useFocus } from "../use-focus.js";
import { EventEditor } from "./event-form.js";
import { type Fact, Figures } from "./figures.js";
import { shownMoment } from "./times.js";
import { EVENT_STATUSES } from "./words.js";

interface EventHeadProps {
  readonly event: EventFactsFragment;
  /** As it is now, which may be younger than `event`. */
  readonly status: EventStatus;
  readonly timeZone: string;
  readonly onChange: () => void;
}

export function EventHead({ event, status, timeZone, onChange }: EventHeadProps) {
  const [asked, setAsked] = useState<"change" | "cancel" | null>(null);
  const { id: eventId, title, description } = event;
  const heading = useFocus<HTMLHeadingElement>(eventId);
  const close = () => setAsked(null);
  const done = () => {
    close();
    onChange();
  };
  return (
    <section class="panel" aria-labelledby="event">
      <header class="row">
        <h2 id="event" ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <strong class={`state ${status}`}>{EVENT_STATUSES[status]}</strong>
      </header>
      {description !== "" && <p class="description">{description}</p>}
      <Facts event={event} timeZone={timeZone} />
      {status !== "CANCELLED" && (
        <div class="row actions">
          {status === "DRAFT" && (
            <Form document={PublishEventDocument} input={() => ({ eventId })} onDone={done} submit="Publish" />
          )}
          <button type="button" onClick={() => setAsked("change")}>
            Change
          </button>
          <button type="button" class="danger" onClick={() => setAsked("cancel")}>
            Cancel the event
          </button>
        </div>
      )}
      {asked === "change" && <EventEditor event={event} timeZone={timeZone} onDone={done} onClose={close} />}
      {asked === "cancel" && (
        <Dialog title={`Cancel ${title}?`} onClose={close} close="Keep it">
          <p>
            All of its tickets are cancelled, what was paid for them goes back, and their holders are told. This cannot
            be undone.
          </p>
          <Form document={CancelEventDocument} input={() => ({ eventId })} onDone={done} submit="Cancel the event" />
        </Dialog>
      )}
    </section>
  );
}

function Facts({ event, timeZone }: Pick<EventHeadProps, "event" | "timeZone">) {
  const { startsAt, endsAt, doorsOpenAt, autoExitAt, category, capacity, reentryAllowed } = event;
  const facts: readonly Fact[] = [
    ["Start", shownMoment(startsAt, timeZone)],
    ["End", shownMoment(endsAt, timeZone)],
    ["Doors open", shownMoment(doorsOpenAt, timeZone)],
    ["Automatic exits", shownMoment(autoExitAt, timeZone)],
    ["Category", category],
    ["Capacity", capacity === null ? "the venue's" : shownNumber(capacity)],
    ["Re-entry", reentryAllowed ? "allowed" : "not allowed"],
    ["Clock", timeZone],
  ];
  return <Figures facts={facts} />;
}
