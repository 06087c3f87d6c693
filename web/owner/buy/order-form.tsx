import { useRef, useState } from "preact/hooks";
import {
  AvailabilityChangedDocument,
  type OfferFragment,
  type OffersQuery,
  type ReserveItemInput,
  ReserveTicketsDocument,
  type ReserveTicketsMutation,
} from "../../generated/operations.js";
import { shownNumber } from "../../kit/words.js";
import { shownMoney } from "../events/money.js";
import { shownMoment } from "../events/times.js";
import { Field, SelectField } from "../field.js";
import { Form } from "../form.js";
import { useLive } from "../use-live.js";
import { type Purchase, purchaseOf, withQuantity } from "./purchase.js";

export interface OrderFormProps {
  /** That was begun before, and of which nothing has been heard; null where there is none. */
  readonly purchase: Purchase | null;
  readonly onChange: (purchase: Purchase | null) => void;
  readonly timeZone: string;
  /** At least one; those that are not over. */
  readonly events: NonNullable<OffersQuery["venue"]>["events"]["nodes"];
}

export function OrderForm({ purchase, onChange, timeZone, events }: OrderFormProps) {
  const asked = useRef(purchase);
  const begun = events.some(({ id }) => id === purchase?.eventId) ? purchase : null;
  const [isUnanswered, setUnanswered] = useState(begun !== null);
  const [eventId, setEventId] = useState(begun?.eventId ?? events[0]?.id ?? "");
  const [items, setItems] = useState<readonly ReserveItemInput[]>(begun?.items ?? []);
  const [sent, setSent] = useState<readonly ReserveItemInput[]>([]);

  const order = () => {
    asked.current = purchaseOf({ eventId, items }, asked.current);
    onChange(asked.current);
    setSent(items);
    return { eventId, items, idempotencyKey: asked.current.idempotencyKey };
  };
  const takeAnswer = ({ reserveTickets: { reservation, replayed } }: ReserveTicketsMutation) => {
    if (reservation === null || asked.current === null) return;
    const { id: reservationId, createdAt } = reservation;
    const clockAhead = replayed ? asked.current.clockAhead : Date.parse(createdAt) - Date.now();
    onChange({ ...asked.current, reservationId, clockAhead });
  };
  const forget = () => {
    asked.current = null;
    setUnanswered(false);
    onChange(null);
  };

  return (
    <>
      {isUnanswered && (
        <p role="status">
          This was asked for, and no answer came. Reserve it again as it stands: it is reserved once, whatever happened.
        </p>
      )}
      <Form
        label="Order"
        document={ReserveTicketsDocument}
        input={order}
        onDone={takeAnswer}
        onRefused={forget}
        submit="Reserve"
      >
        <SelectField
          label="Event"
          name="eventId"
          onChange={(next) => {
            setEventId(next);
            setItems([]);
          }}
        >
          {events.map(({ id, title, startsAt }) => (
            <option key={id} value={id} selected={id === eventId}>
              {title}, {shownMoment(startsAt, timeZone)}
            </option>
          ))}
        </SelectField>
        <Places
          key={eventId}
          eventId={eventId}
          items={items}
          sent={sent}
          onQuantity={(typeId, quantity) => setItems(withQuantity(items, typeId, quantity))}
        />
      </Form>
    </>
  );
}

interface PlacesProps {
  readonly eventId: string;
  readonly items: readonly ReserveItemInput[];
  /** As they were when the API was asked last: what it answers names them by their place in there. */
  readonly sent: readonly ReserveItemInput[];
  readonly onQuantity: (ticketTypeId: string, quantity: number) => void;
}

/** How many of each type; what is left of them is told live. */
function Places({ eventId, items, sent, onQuantity }: PlacesProps) {
  const { data, error } = useLive(AvailabilityChangedDocument, { eventId });
  const initial = useState(items)[0];
  const types = data?.availabilityChanged.ticketTypes;
  if (types === undefined) return <p role="status">{error ? "What is left cannot be read." : "Reading …"}</p>;
  if (types.length === 0) return <p role="status">The event has no ticket type yet.</p>;
  return (
    <>
      {types.map((type, index) => (
        <Field
          key={type.id}
          label={`${type.name}, ${shownMoney(type.price)}`}
          name={nameOf(type, sent)}
          type="number"
          // At least one place of anything: the browser says so at the first.
          min={index === 0 && items.length === 0 ? 1 : 0}
          defaultValue={quantityOf(type, initial)}
          onInput={(typed) => onQuantity(type.id, Number(typed))}
          hint={type.available === 0 ? "Sold out" : `${shownNumber(type.available)} left`}
        />
      ))}
      <p role="status">{totalOf(types, items)}</p>
    </>
  );
}

const nameOf = ({ id }: OfferFragment, sent: PlacesProps["sent"]): string => {
  const index = sent.findIndex(({ ticketTypeId }) => ticketTypeId === id);
  return index < 0 ? `unasked.${id}` : `items.${index}.quantity`;
};

const quantityOf = ({ id }: OfferFragment, items: PlacesProps["items"]): number =>
  items.find(({ ticketTypeId }) => ticketTypeId === id)?.quantity ?? 0;

/** At the prices of now. */
function totalOf(types: readonly OfferFragment[], items: PlacesProps["items"]): string {
  const places = items.reduce((sum, { quantity }) => sum + quantity, 0);
  const amountMinor = types.reduce((sum, type) => sum + type.price.amountMinor * quantityOf(type, items), 0);
  const currency = types[0]?.price.currency ?? "EUR";
  if (places === 0) return "";
  return `${places === 1 ? "1 place" : `${shownNumber(places)} places`}, ${shownMoney({ amountMinor, currency })}`;
}
