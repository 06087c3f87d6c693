import type { ComponentType } from "preact";
import { BuySection } from "./buy/buy-section.js";
import { DevicesSection } from "./devices-section.js";
import { EventsSection } from "./events/events-section.js";
import { StaffSection } from "./staff-section.js";
import { VenueSection } from "./venue-section.js";

export interface SectionProps {
  readonly venueId: string;
}

export interface RenamingProps extends SectionProps {
  /** Told when the venue's name may be another. */
  readonly onRename: () => void;
}

interface Section {
  /** As the address has it. */
  readonly name: string;
  readonly label: string;
  readonly Content: ComponentType<RenamingProps>;
}

/** In the order of the navigation; the first is shown where the address names none. */
export const SECTIONS: readonly [Section, ...Section[]] = [
  { name: "venue", label: "Venue and gates", Content: VenueSection },
  { name: "devices", label: "Scanners", Content: DevicesSection },
  { name: "staff", label: "Staff", Content: StaffSection },
  { name: "events", label: "Events", Content: EventsSection },
  { name: "buy", label: "Try buying", Content: BuySection },
];
