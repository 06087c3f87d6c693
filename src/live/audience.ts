import type { Standing } from "../domain/standing.js";

/** Who may be sent the same: those who stand alike at the venue that they watch. */
export interface Audience {
  readonly venueId: string;
  readonly standing: Standing;
}
