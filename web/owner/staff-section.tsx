import { useState } from "preact/hooks";
import { AddStaffDocument, RemoveStaffDocument, StaffDocument, type StaffQuery } from "../generated/operations.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import type { SectionProps } from "./sections.js";
import { useReading } from "./use-live.js";
import { text } from "./values.js";

type Staff = NonNullable<NonNullable<StaffQuery["venue"]>["staff"]>;

/**
 * Who may scan at the venue and read its records. They are named by their addresses, which nobody is told but themselves: so
 * whoever is to go is named by it as well.
 */
export function StaffSection({ venueId }: SectionProps) {
  const { data, error, read } = useReading(StaffDocument, { venueId });
  const [news, setNews] = useState("");
  const before = data?.venue?.staff ?? [];
  const input = (values: FormData) => ({ venueId, email: text(values, "email") });
  const tell = (names: readonly string[], what: string, otherwise: string) => {
    setNews(names.length > 0 ? `${names.join(", ")} ${what}` : otherwise);
    read();
  };
  return (
    <>
      <section class="panel" aria-labelledby="staff">
        <h2 id="staff">Staff</h2>
        <p>They may scan at every gate, with their own sign-in, and read scans, tickets and counts.</p>
        {data && before.length === 0 && <p>Nobody yet.</p>}
        <ul class="names">
          {before.map(({ id, name }) => (
            <li key={id}>{name}</li>
          ))}
        </ul>
        <p role="status" class={error ? "problem" : ""}>
          {error ? "The staff could not be read." : news}
        </p>
      </section>
      <section class="panel half" aria-labelledby="add-staff">
        <h2 id="add-staff">Add somebody</h2>
        <Form
          label="Add somebody"
          document={AddStaffDocument}
          input={input}
          onDone={({ addVenueStaff: { venue } }) =>
            tell(namesOf(venue?.staff, before), "is on the staff.", "Who has this address is on the staff already.")
          }
          submit="Add to the staff"
          isEmptied
        >
          <Field label="Email" name="email" type="email" required autocomplete="off" hint="Of their own account." />
        </Form>
      </section>
      <section class="panel half" aria-labelledby="remove-staff">
        <h2 id="remove-staff">Remove somebody</h2>
        <Form
          label="Remove somebody"
          document={RemoveStaffDocument}
          input={input}
          onDone={({ removeVenueStaff: { venue } }) =>
            tell(namesOf(before, venue?.staff), "is no longer on the staff.", "Nobody on the staff has this address.")
          }
          submit="Remove from the staff"
          isEmptied
          isFinal
        >
          <Field
            label="Email"
            name="email"
            type="email"
            required
            autocomplete="off"
            hint="They lose their rights at once."
          />
        </Form>
      </section>
    </>
  );
}

/** Of those who are in the one list and not in the other. */
function namesOf(some: Staff | null | undefined, others: Staff | null | undefined): string[] {
  const known = new Set(others?.map(({ id }) => id));
  return (some ?? []).filter(({ id }) => !known.has(id)).map(({ name }) => name);
}
