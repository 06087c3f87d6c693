import type { Counted } from "./occupancy-after.js";

/** Something that others may be watching has changed. Told after the commit, as a hint to read again. */
export type Change = OccupancyChange | RightsChange | AvailabilityChange;

export interface OccupancyChange {
  readonly kind: "occupancy";
  readonly venueId: string;
  readonly version: number;
  /** What it did to the counts, where it did nothing else; otherwise they must be read. */
  readonly counted?: Counted;
}

/** Rights may have ended: of a user's session, a device, a venue's staff, or everybody's to read a venue's counts. */
export interface RightsChange {
  readonly kind: "rights";
  /** The session or device whose token works no more; null when a standing at a venue changed. */
  readonly credentialId: string | null;
}

/** Places of an event were held, paid, freed or added. */
export interface AvailabilityChange {
  readonly kind: "availability";
  readonly eventId: string;
}

export type Announce = (change: Change) => void;
