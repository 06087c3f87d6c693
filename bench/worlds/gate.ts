import { type ApiClient, apiClient } from "../../src/cli/client.js";
import { codeOf, type Totals } from "../load/crowd.js";
import { mutate } from "./mutate.js";
import { issueTickets, makeEvent, makeVenue, registerOwner } from "./organizer.js";

export interface World {
  readonly venueId: string;
  readonly ownerToken: string;
  /** Of the devices, one at each gate. */
  readonly tokens: readonly string[];
}

const GATES = ["North", "East", "South", "West"];
const SCANS_PER_CALL = 500;

/** One hot venue that never fills up, made through the public API. */
export async function makeWorld(url: string, tickets: number): Promise<World> {
  const owner = await registerOwner(url);
  const venue = await makeVenue(owner, { capacity: tickets, gates: GATES });
  const devices = venue.gateIds.map((gateId) =>
    mutate<{ token: string }>(owner.client, ["enrollDevice", "EnrollDeviceInput", "token"], {
      gateId,
      name: "Scanner",
    }),
  );
  const tokens = (await Promise.all(devices)).map(({ token }) => token);
  const show = await makeEvent(owner, venue.id, { quantity: tickets });
  const codes = Array.from({ length: tickets }, (_, ticket) => ({ code: codeOf(ticket) }));
  await issueTickets(owner, show.eventId, show.ticketTypeIds[0] ?? "", codes);
  await passOnce(apiClient(url, tokens[0] ?? null), tickets);
  return { venueId: venue.id, ownerToken: owner.token, tokens };
}

/**
 * Everybody has been in and out once. PostgreSQL keeps the plans it made for a statement's first runs, and those made on empty
 * tables would be bad ones: nobody's, and least of all a rival's, are to be measured.
 */
async function passOnce(device: ApiClient, count: number): Promise<void> {
  for (const direction of ["ENTRY", "EXIT"]) {
    const scannedAt = new Date(Date.now() - (direction === "ENTRY" ? 50 : 40) * 60_000).toISOString();
    const key = (ticket: number): string => `${direction}-${ticket}`;
    const scans = Array.from({ length: count }, (_, ticket) => ({
      key: key(ticket),
      code: codeOf(ticket),
      direction,
      scannedAt,
    }));
    for (let from = 0; from < count; from += SCANS_PER_CALL) {
      const input = { scans: scans.slice(from, from + SCANS_PER_CALL), sentAt: new Date().toISOString() };
      await device.request(
        "mutation($input: UploadScansInput!) { uploadScans(input: $input) { occupancy { inside } } }",
        { input },
      );
    }
  }
}

/** The venue's counts as the API tells them. */
export async function readTotals(url: string, { venueId, ownerToken }: World): Promise<Totals> {
  const document = "query($id: ID!) { venue(id: $id) { occupancy { inside entries exits refusals } } }";
  const { venue } = await apiClient(url, ownerToken).request<{ venue: { occupancy: Totals } }>(document, {
    id: venueId,
  });
  return venue.occupancy;
}
