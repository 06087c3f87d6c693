import { useQuery } from "@urql/preact";
import { VenueDocument } from "../generated/operations.js";
import { Gates } from "./gates.js";
import type { SectionProps } from "./sections.js";

export function VenueSection({ venueId }: SectionProps) {
  const [{ data }, read] = useQuery({ query: VenueDocument, variables: { venueId } });
  const venue = data?.venue;
  return venue ? <Gates venueId={venueId} gates={venue.gates} onChange={read} /> : null;
}
