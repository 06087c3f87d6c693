import { apiClient } from "../../src/cli/client.js";
import { openScanChanger } from "../load/changers.js";
import { hurry } from "../load/changes.js";
import { type Crowd, TICKETS } from "../load/crowd.js";
import type { Occupancy } from "../servers/shared-state.js";
import type { Place } from "../suite.js";
import { makeWorld, type World } from "./gate.js";
import { mutate } from "./mutate.js";
import { OWNER_EMAIL } from "./organizer.js";
import { makePeople } from "./people.js";

export interface WatchedWorld extends World {
  /** Of signed-in users who have nothing to do with the venue. */
  readonly viewerTokens: readonly string[];
  /** The venue's counts when nothing has been measured yet. */
  readonly occupancy: Occupancy;
}

const VIEWERS = 50;
const PASSAGES = 10_000;

const QUERY = `query($id: ID!) {
  venue(id: $id) { occupancy { inside theoretical version gates { inside entries gate { name } } } }
}`;

/**
 * The gate's venue, with counts that everybody may see. Many have passed every gate already, so that the numbers, and with them
 * the rivals' messages, are as long as they are when it is measured.
 */
export async function makeWatchedWorld({ apiUrl, databaseUrl }: Place, crowd: Crowd): Promise<WatchedWorld> {
  const world = await makeWorld(apiUrl, TICKETS);
  const owner = apiClient(apiUrl, world.ownerToken);
  const input = { venueId: world.venueId, publicOccupancy: true };
  await mutate(owner, ["updateVenue", "UpdateVenueInput", "venue { id }"], input);
  const people = await makePeople(databaseUrl, VIEWERS, OWNER_EMAIL);
  const scanners = await Promise.all(world.tokens.map((token) => openScanChanger(apiUrl, token, crowd)));
  await hurry(scanners, PASSAGES);
  for (const scanner of scanners) scanner.close();
  const { venue } = await owner.request<{ venue: { occupancy: Occupancy } }>(QUERY, { id: world.venueId });
  return { ...world, viewerTokens: people.map(({ token }) => token), occupancy: venue.occupancy };
}
