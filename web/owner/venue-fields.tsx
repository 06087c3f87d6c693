import type { VenueSettingsFragment } from "../generated/operations.js";
import { CheckField, Field, TextField } from "./field.js";
import { isChecked, number, text } from "./values.js";

const ZONES = "time-zones";

/** What a venue has from its making on; `venue`: as it is, or null for a new one. */
export function VenueFields({ venue }: { readonly venue: VenueSettingsFragment | null }) {
  const { timeZone: here } = Intl.DateTimeFormat().resolvedOptions();
  return (
    <>
      <Field label="Name" name="name" required defaultValue={venue?.name ?? ""} />
      <TextField label="Address" name="address" defaultValue={venue?.address ?? ""} />
      <Field
        label="Capacity"
        name="capacity"
        type="number"
        step={1}
        required
        hint="The most people who may be inside at once."
        defaultValue={venue?.capacity ?? ""}
      />
      <Field
        label="Time zone"
        name="timeZone"
        list={ZONES}
        required
        autocomplete="off"
        hint="Such as Europe/London: the clock that its events go by."
        defaultValue={venue?.timeZone ?? here}
      />
      <datalist id={ZONES}>
        {Intl.supportedValuesOf("timeZone").map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <Field
        label="Latitude"
        name="location.latitude"
        type="number"
        step="any"
        hint="In degrees, for who looks for events nearby. May be left out, with the longitude."
        defaultValue={venue?.location?.latitude ?? ""}
      />
      <Field
        label="Longitude"
        name="location.longitude"
        type="number"
        step="any"
        defaultValue={venue?.location?.longitude ?? ""}
      />
      <CheckField
        label="Anybody may read the counts"
        name="publicOccupancy"
        hint="Otherwise you, the staff and the scanners may."
        defaultChecked={venue?.publicOccupancy ?? false}
      />
    </>
  );
}

/** What the fields above say. A number that is missing or none at all becomes what the API refuses, at its field. */
export function venueValues(values: FormData) {
  const latitude = number(values, "location.latitude");
  const longitude = number(values, "location.longitude");
  const isSomewhere = latitude !== null || longitude !== null;
  return {
    name: text(values, "name"),
    address: text(values, "address"),
    capacity: number(values, "capacity") ?? Number.NaN,
    timeZone: text(values, "timeZone"),
    location: isSomewhere ? { latitude: latitude ?? Number.NaN, longitude: longitude ?? Number.NaN } : null,
    publicOccupancy: isChecked(values, "publicOccupancy"),
  };
}
