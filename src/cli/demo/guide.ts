import type { World } from "./world.js";

/** All that somebody needs who wants to ask and subscribe by hand. */
export function guide(url: string, world: World): string {
  const { owner, staff, gates } = world;
  return `
Live board, signed in   ${new URL(`/board#token=${owner.token}&venue=${world.venueId}`, url)}
Owner's page, signed in ${new URL(`/owner#token=${owner.token}&venue=${world.venueId}`, url)}
Scanner at ${(gates[0]?.name ?? "").padEnd(12)} ${new URL(`/scan#device=${gates[0]?.deviceToken}&gate=${gates[0]?.id}`, url)}
Playground              ${url}
GraphQL over HTTP       ${url}
GraphQL over WS         ${url.replace(/^http/, "ws")}

Venue   ${world.venueId}  ${world.venueName}, capacity ${world.capacity.toLocaleString("en")}
Event   ${world.eventId}
${gates.map(({ id, name }) => `Gate    ${id}  ${name}`).join("\n")}

Owner   ${owner.email}  password ${owner.password}
Staff   ${staff.email}  password ${staff.password}
${gates.map(({ name, deviceToken }) => `Device at ${name.padEnd(6)} ${deviceToken}`).join("\n")}
${world.unused.map(({ type, code }) => `Unused ${type.padEnd(9)} ${code}`).join("\n")}

The owner's header, good until ${owner.expiresAt} (then log in again):
  {"authorization": "Bearer ${owner.token}"}

To paste into the browser:

  subscription Watch { occupancyChanged(venueId: "${world.venueId}") {
    inside capacity available entries exits refusals version gates { gate { name } inside } } }

  mutation Scan { recordScan(input: {key: "by-hand-1", code: "${world.unused[0]?.code}", direction: ENTRY, gateId: "${gates[0]?.id}"}) {
    scan { outcome reason ticket { ticketType { name } } } occupancy { inside } } }

  query Look { venue(id: "${world.venueId}") { name occupancy { inside theoretical entries exits refusals }
    events { nodes { title doorsOpenAt endsAt ticketTypes { name quantity sold } } } } }

  mutation LogIn { login(input: {email: "${owner.email}", password: "${owner.password}"}) { accessToken expiresAt } }

From another terminal:

  npm run replay -- examples/evening.csv --url ${url} --venue ${world.venueId} --token ${owner.token}
  npm run replay -- examples/evening.ndjson --url ${url} --token ${gates[0]?.deviceToken}
`;
}
