import { CreateEventDocument, type EventFactsFragment, UpdateEventDocument } from "../../generated/operations.js";
import { Dialog } from "../dialog.js";
import { CheckField, Field, TextField } from "../field.js";
import { Form } from "../form.js";
import { goTo } from "../route.js";
import { isChecked } from "../values.js";
import { eventChanges, eventInput, NEW_EVENT, type TypedEvent, typedEvent } from "./event-input.js";

interface NewEventProps {
  readonly venueId: string;
  readonly timeZone: string;
}

/** Shows the event that was made, for its ticket types to be added. */
export function NewEvent({ venueId, timeZone }: NewEventProps) {
  return (
    <section class="panel" aria-labelledby="new-event">
      <h2 id="new-event">New event</h2>
      <Form
        label="New event"
        document={CreateEventDocument}
        input={(values) => ({ venueId, ...eventInput(values, timeZone), publish: isChecked(values, "publish") })}
        onDone={({ createEvent: { event } }) => event && goTo({ venue: venueId, section: "events", event: event.id })}
        submit="Make the event"
      >
        <EventFields typed={NEW_EVENT} timeZone={timeZone} />
        <CheckField
          label="Publish it at once"
          name="publish"
          hint="Ticket types are added next; a draft sells nothing."
        />
      </Form>
    </section>
  );
}

interface EventEditorProps {
  readonly event: EventFactsFragment;
  readonly timeZone: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function EventEditor({ event, timeZone, onDone, onClose }: EventEditorProps) {
  const before = typedEvent(event, timeZone);
  return (
    <Dialog title={`Change ${event.title}`} onClose={onClose}>
      <Form
        document={UpdateEventDocument}
        input={(values) => ({ eventId: event.id, ...eventChanges(values, before, timeZone) })}
        onDone={onDone}
        submit="Save"
      >
        <EventFields typed={before} timeZone={timeZone} />
      </Form>
    </Dialog>
  );
}

function EventFields({ typed, timeZone }: { readonly typed: TypedEvent; readonly timeZone: string }) {
  const clock = `By the clock of ${timeZone}.`;
  return (
    <>
      <Field label="Title" name="title" required defaultValue={typed.title} />
      <Field label="Category" name="category" required defaultValue={typed.category} />
      <Moment label="Start" name="startsAt" required typed={typed} hint={clock} />
      <Moment label="End" name="endsAt" required typed={typed} hint={clock} />
      <Moment
        label="Doors open"
        name="doorsOpenAt"
        typed={typed}
        hint={`Empty: two hours before the start. ${clock}`}
      />
      <Moment
        label="Automatic exits"
        name="autoExitAt"
        typed={typed}
        hint={`When who is still inside is checked out. Empty: four hours after the end. ${clock}`}
      />
      <Field
        label="Capacity"
        name="capacity"
        type="number"
        min={0}
        defaultValue={typed.capacity}
        hint="The most people of the event who may be inside at once. Empty: the venue's alone."
      />
      <TextField label="Description" name="description" defaultValue={typed.description} />
      <CheckField
        label="Who has left may enter again"
        name="reentryAllowed"
        defaultChecked={typed.reentryAllowed === "on"}
      />
    </>
  );
}

interface MomentProps {
  readonly label: string;
  readonly name: "startsAt" | "endsAt" | "doorsOpenAt" | "autoExitAt";
  readonly typed: TypedEvent;
  readonly hint: string;
  readonly required?: boolean;
}

function Moment({ name, typed, ...rest }: MomentProps) {
  return <Field {...rest} name={name} type="datetime-local" max="2199-12-31T23:59" defaultValue={typed[name]} />;
}
