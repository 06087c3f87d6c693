import { CreateVenueDocument } from "../generated/operations.js";
import { TextField } from "./field.js";
import { Form } from "./form.js";
import { goTo } from "./route.js";
import { lines } from "./values.js";
import { VenueFields, venueValues } from "./venue-fields.js";

/** Goes on to the venue that was made. */
export function VenueCreation() {
  return (
    <details class="panel">
      <summary>New venue</summary>
      <Form
        label="New venue"
        document={CreateVenueDocument}
        input={(values) => ({ ...venueValues(values), gates: lines(values, "gates") })}
        onDone={({ createVenue: { venue } }) => venue && goTo({ venue: venue.id })}
        submit="Make the venue"
      >
        <VenueFields venue={null} />
        <TextField label="Gates" name="gates" hint="A name on each line. More can be added later." />
      </Form>
    </details>
  );
}
