import type { Event, Person, Venue, World } from "./world.js";

export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

export const at = (latitude: number, longitude: number): Location => ({ latitude, longitude });

/** A venue there, and an event to come at it. */
export async function eventAt(
  world: World,
  owner: Person,
  location: Location | undefined,
  input: Record<string, unknown> = {},
): Promise<{ venue: Venue; event: Event }> {
  const venue = await world.venue({ location, gates: [] }, owner);
  return { venue, event: await venue.event(input) };
}
