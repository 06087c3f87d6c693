import { VenueDocument } from "../generated/operations.js";
import { Gates } from "./gates.js";
import type { RenamingProps } from "./sections.js";
import { useReading } from "./use-live.js";
import { VenueSettings } from "./venue-settings.js";

export function VenueSection({ venueId, onRename }: RenamingProps) {
  const { data, error, read } = useReading(VenueDocument, { venueId });
  const venue = data?.venue;
  return (
    <>
      <p role="status" class="problem">
        {error && "The venue could not be read."}
      </p>
      {venue && <Gates venueId={venueId} gates={venue.gates} onChange={read} />}
      {venue && (
        <VenueSettings
          venue={venue}
          onChange={() => {
            read();
            onRename();
          }}
        />
      )}
    </>
  );
}
