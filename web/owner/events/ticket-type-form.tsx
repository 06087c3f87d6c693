import { useState } from "preact/hooks";
import {
  AddTicketTypeDocument,
  type OfferFragment,
  type TicketTypeInput,
  UpdateTicketTypeDocument,
} from "../../generated/operations.js";
import { Dialog } from "../dialog.js";
import { CheckField, Field } from "../field.js";
import { Form } from "../form.js";
import { isChecked, number, text } from "../values.js";
import { amountPattern, minorOf, typedAmount } from "./money.js";

/** Where a type stands in the input of the mutation, before the names of its fields. */
type Place = "" | "ticketType.";

interface NewTicketTypeProps {
  readonly eventId: string;
  /** That of the event's types, which all have one; EUR where there is none yet. */
  readonly currency: string;
  readonly onDone: () => void;
}

export function NewTicketType({ eventId, currency, onDone }: NewTicketTypeProps) {
  return (
    <Form
      label="New ticket type"
      document={AddTicketTypeDocument}
      input={(values) => ({ eventId, ticketType: ticketTypeInput(values, "ticketType.") })}
      onDone={onDone}
      submit="Add the ticket type"
      isEmptied
    >
      <TicketTypeFields place="ticketType." currency={currency} />
    </Form>
  );
}

interface TicketTypeEditorProps {
  readonly type: OfferFragment;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function TicketTypeEditor({ type, onDone, onClose }: TicketTypeEditorProps) {
  return (
    <Dialog title={`Change ${type.name}`} onClose={onClose}>
      <Form
        document={UpdateTicketTypeDocument}
        input={(values) => ({ ticketTypeId: type.id, ...ticketTypeInput(values, "") })}
        onDone={onDone}
        submit="Save"
      >
        <TicketTypeFields place="" currency={type.price.currency} type={type} />
      </Form>
    </Dialog>
  );
}

interface TicketTypeFieldsProps {
  readonly place: Place;
  readonly currency: string;
  readonly type?: OfferFragment;
}

function TicketTypeFields({ place, currency: given, type }: TicketTypeFieldsProps) {
  const [currency, setCurrency] = useState(given);
  return (
    <>
      <Field label="Name" name={`${place}name`} required defaultValue={type?.name ?? ""} />
      <Field
        label="Places"
        name={`${place}quantity`}
        type="number"
        min={0}
        required
        defaultValue={type?.quantity ?? ""}
        hint={type && "No fewer than are sold and held."}
      />
      <Field
        label="Price"
        name={`${place}price.amountMinor`}
        inputMode="decimal"
        pattern={amountPattern(currency)}
        title="An amount, such as 12.50"
        required
        defaultValue={type ? typedAmount(type.price) : ""}
        hint={type && "Holds that are under way keep the price they were made at."}
      />
      <Field
        label="Currency"
        name={`${place}price.currency`}
        pattern="[A-Z]{3}"
        title="Three capitals, such as EUR"
        required
        defaultValue={given}
        onInput={setCurrency}
        hint="The same for all types of the event."
      />
      <CheckField
        label="Admits when it is full"
        name={`${place}admitsWhenFull`}
        defaultChecked={type?.admitsWhenFull ?? false}
        hint="For VIPs: lets in beyond the capacity of the venue and the event."
      />
    </>
  );
}

function ticketTypeInput(values: FormData, place: Place): TicketTypeInput {
  const currency = text(values, `${place}price.currency`);
  return {
    name: text(values, `${place}name`),
    quantity: number(values, `${place}quantity`) ?? Number.NaN,
    price: { amountMinor: minorOf(text(values, `${place}price.amountMinor`), currency), currency },
    admitsWhenFull: isChecked(values, `${place}admitsWhenFull`),
  };
}
