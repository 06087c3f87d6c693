import { useEffect, useState } from "preact/hooks";
import type { PageProps } from "../kit/page.js";
import { Board } from "./board.js";
import { VenuePicker } from "./venue-picker.js";

/** The venue stands in the address, so that a wall screen opens at its own. */
export function BoardPage(props: PageProps) {
  const [venueId, setVenueId] = useState(venueInAddress);
  useEffect(() => {
    const read = () => setVenueId(venueInAddress());
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return venueId === null ? <VenuePicker /> : <Board key={venueId} {...props} venueId={venueId} />;
}

function venueInAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get("venue") || null;
}
