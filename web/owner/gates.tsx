import { AddGateDocument, type VenueQuery } from "../generated/operations.js";
import { shownNumber } from "../kit/words.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { Table } from "./table.js";
import { text } from "./values.js";

interface GatesProps {
  readonly venueId: string;
  readonly gates: NonNullable<VenueQuery["venue"]>["gates"];
  readonly onChange: () => void;
}

export function Gates({ venueId, gates, onChange }: GatesProps) {
  return (
    <section class="panel" aria-labelledby="gates">
      <h2 id="gates">Gates</h2>
      <Table
        caption="Gates"
        heads={["Gate", "Inside", "Entries", "Exits", "Refused"]}
        rows={gates}
        keyOf={({ id }) => id}
        cells={({ name, occupancy }) => {
          const { inside = 0, entries = 0, exits = 0, refusals = 0 } = occupancy ?? {};
          return [name, ...[inside, entries, exits, refusals].map(shownNumber)];
        }}
        empty="None yet. People pass at a gate: without one nobody can be scanned."
      />
      <Form
        label="New gate"
        document={AddGateDocument}
        input={(values) => ({ venueId, name: text(values, "name") })}
        onDone={onChange}
        submit="Add the gate"
        isEmptied
      >
        <Field
          label="Name of the new gate"
          name="name"
          required
          autocomplete="off"
          hint="It can be neither renamed nor removed later: the scans at it are kept under it."
        />
      </Form>
    </section>
  );
}
