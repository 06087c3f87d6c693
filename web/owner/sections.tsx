import type { ComponentType } from "preact";
import { BuySection } from "./buy/buy-section.js";
import { EventsSection } from "./events/events-section.js";
import { VenueSection } from "./venue-section.js";

export interface SectionProps {
  readonly venueId: string;
}

interface Section {
  /** As the address has it. */
  readonly name: string;
  readonly label: string;
  readonly Content: ComponentType<SectionProps>;
}

/** In the order of the navigation; the first is shown where the address names none. */
export const SECTIONS: readonly [Section, ...Section[]] = [
  { name: "venue", label: "Venue and gates", Content: VenueSection },
  { name: "events", label: "Events", Content: EventsSection },
  { name: "buy", label: "Buy", Content: BuySection },
];
