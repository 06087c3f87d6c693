import { IssueTicketsDocument, type OfferFragment } from "../../generated/operations.js";
import { Field, SelectField } from "../field.js";
import { Form } from "../form.js";
import { text } from "../values.js";

interface TicketIssueProps {
  readonly eventId: string;
  readonly types: readonly OfferFragment[];
  readonly onDone: () => void;
}

/** A ticket without a sale, such as a guest's. */
export function TicketIssue({ eventId, types, onDone }: TicketIssueProps) {
  return (
    <>
      <h3>Issue a ticket without a sale</h3>
      <Form
        label="Issue a ticket without a sale"
        document={IssueTicketsDocument}
        input={(values) => ({
          eventId,
          ticketTypeId: text(values, "ticketTypeId"),
          tickets: [
            {
              code: text(values, "tickets.0.code") || null,
              holderName: text(values, "tickets.0.holderName") || null,
              holderEmail: text(values, "tickets.0.holderEmail") || null,
            },
          ],
        })}
        onDone={onDone}
        submit="Issue the ticket"
        isEmptied
      >
        <SelectField label="Type" name="ticketTypeId">
          {types.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <Field label="Holder's name" name="tickets.0.holderName" autocomplete="off" />
        <Field
          label="Holder's email"
          name="tickets.0.holderEmail"
          type="email"
          autocomplete="off"
          hint="Of somebody who is registered, who then finds the ticket among their own."
        />
        <Field label="Code" name="tickets.0.code" autocomplete="off" hint="Empty: one that nobody guesses." />
      </Form>
    </>
  );
}
