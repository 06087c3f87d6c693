import { AddGateDocument, type VenueQuery } from "../generated/operations.js";
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
        heads={["Gate"]}
        rows={gates}
        keyOf={({ id }) => id}
        cells={({ name }) => [name]}
        empty="No gate yet."
      />
      <Form
        label="New gate"
        document={AddGateDocument}
        input={(values) => ({ venueId, name: text(values, "name") })}
        onDone={onChange}
        submit="Add the gate"
        isEmptied
      >
        <Field label="Name of the gate" name="name" required hint="It can be neither renamed nor removed later." />
      </Form>
    </section>
  );
}
