import { EnrollDeviceDocument } from "../generated/operations.js";
import type { Enrolment } from "./enrolled-device.js";
import { Field, SelectField } from "./field.js";
import { Form } from "./form.js";
import { text } from "./values.js";

interface EnrollingProps {
  readonly gates: readonly { readonly id: string; readonly name: string }[];
  readonly onEnrolled: (enrolment: Enrolment) => void;
}

export function Enrolling({ gates, onEnrolled }: EnrollingProps) {
  return (
    <section class="panel" aria-labelledby="enrolling">
      <h2 id="enrolling">New scanner</h2>
      {gates.length === 0 ? (
        <p>The venue has no gate yet, and a scanner belongs to one.</p>
      ) : (
        <Form
          label="New scanner"
          document={EnrollDeviceDocument}
          input={(values) => ({ gateId: text(values, "gateId"), name: text(values, "name") })}
          onDone={({ enrollDevice: { device, token } }) => device && token !== null && onEnrolled({ device, token })}
          submit="Enrol the scanner"
          isEmptied
        >
          <SelectField label="Gate" name="gateId" required>
            {gates.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectField>
          <Field label="Name" name="name" required autocomplete="off" hint="Such as: Sam's phone." />
        </Form>
      )}
    </section>
  );
}
