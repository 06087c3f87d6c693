import type { Example } from "./example.js";
import { ID } from "./stand-ins.js";

export const LIVE: readonly Example[] = [
  {
    group: "Live",
    title: "Watch a venue",
    query: `# The counts at once, then on every change. Scan in another browser window and watch this one.
subscription OccupancyChanged($venueId: ID!) {
  occupancyChanged(venueId: $venueId) {
    inside
    capacity
    available
    theoretical
    entries
    exits
    refusals
    version
    asOf
    gates { gate { name } inside }
    ticketTypes { ticketType { name } inside }
  }
}`,
    variables: { venueId: ID.venue },
  },
  {
    group: "Live",
    title: "Watch a gate",
    query: `# A person counts at the gate of their entry.
subscription GateOccupancyChanged($gateId: ID!) {
  gateOccupancyChanged(gateId: $gateId) {
    gate { name }
    inside
    entries
    exits
    refusals
    version
    asOf
  }
}`,
    variables: { gateId: ID.gate },
  },
];
