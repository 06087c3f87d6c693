import { useState } from "preact/hooks";
import { UpdateVenueDocument, type VenueSettingsFragment } from "../generated/operations.js";
import { CheckField, Field } from "./field.js";
import { Form } from "./form.js";
import { isChecked, items } from "./values.js";
import { VenueFields, venueValues } from "./venue-fields.js";

interface VenueSettingsProps {
  readonly venue: VenueSettingsFragment;
  readonly onChange: () => void;
}

export function VenueSettings({ venue, onChange }: VenueSettingsProps) {
  const [isSaved, setSaved] = useState(false);
  return (
    <section class="panel" aria-labelledby="settings" onInput={() => setSaved(false)}>
      <h2 id="settings">Venue</h2>
      <Form
        label="Venue"
        document={UpdateVenueDocument}
        input={(values) => ({ venueId: venue.id, ...changes(venue, values) })}
        onDone={() => {
          setSaved(true);
          onChange();
        }}
        submit="Save"
      >
        <VenueFields venue={venue} />
        <Field
          label="Alert thresholds"
          name="alertThresholdPercents"
          autocomplete="off"
          hint="Percentages of the capacity that raise an alert, such as 80, 90, 100. None: no alerts."
          defaultValue={venue.alertThresholdPercents.join(", ")}
        />
        <CheckField
          label="Mail me each day's report"
          name="dailyReportMail"
          hint="The morning after."
          defaultChecked={venue.dailyReportMail ?? false}
        />
      </Form>
      <p role="status">{isSaved && "Saved."}</p>
    </section>
  );
}

/** What is not as it was read, alone: what somebody else has changed meanwhile stays. */
function changes(venue: VenueSettingsFragment, values: FormData): Partial<VenueSettingsFragment> {
  const settings = {
    ...venueValues(values),
    alertThresholdPercents: items(values, "alertThresholdPercents").map(Number),
    dailyReportMail: isChecked(values, "dailyReportMail"),
  };
  const names = Object.keys(settings) as (keyof typeof settings)[];
  const changed = names.filter((name) => JSON.stringify(settings[name]) !== JSON.stringify(venue[name]));
  return Object.fromEntries(changed.map((name) => [name, settings[name]]));
}
