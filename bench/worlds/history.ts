import { apiClient } from "../../src/cli/client.js";
import { codeOf, TICKETS, type Totals } from "../load/crowd.js";
import { type File, importFiles } from "../load/import-files.js";
import {
  countScans,
  type Evening,
  GATES,
  planEvenings,
  SCAN_HEADER,
  scanLines,
  TICKET_TYPES,
  ticketLines,
  VENUES,
} from "./evening.js";
import { mutate } from "./mutate.js";
import { issueTickets, makeEvent, makeVenue, type Owner, registerOwner, type Venue } from "./organizer.js";

export interface HeldEvening extends Evening {
  readonly venueId: string;
  readonly eventId: string;
}

/** An event of which nothing is scanned but what a lone device will. */
export interface Tonight {
  readonly deviceToken: string;
}

export interface History {
  readonly ownerToken: string;
  readonly venueIds: readonly string[];
  readonly evenings: readonly HeldEvening[];
  /** At the first of the venues. */
  readonly tonight: Tonight;
  readonly scans: number;
  readonly tickets: number;
  /** Such as `1,000 scans in 0:12, 83/s`. */
  readonly told: readonly string[];
}

interface Device {
  readonly id: string;
  readonly token: string;
}

type HistoryVenue = Venue & { readonly devices: readonly Device[] };

const CAPACITY = 20_000;

/** Twelve months at twenty venues, through the import. `signal` ends it between two files. */
export async function makeHistory(apiUrl: string, scans: number, signal: AbortSignal): Promise<History> {
  const owner = await registerOwner(apiUrl);
  const venues = await inTurn(Array.from({ length: VENUES }, (_, number) => () => openVenue(owner, `Arena ${number}`)));
  const planned = planEvenings(scans);
  const evenings = await inTurn(planned.map((evening) => () => holdEvening(owner, venues, evening)));
  const tonight = await openTonight(owner, venues[0] as HistoryVenue);
  const destination = { apiUrl, token: owner.token, signal };
  const tickets = sum(evenings, (evening) => evening.tickets);
  const ticketFiles = evenings.map(ticketFile);
  const scanned = sum(evenings, (evening) => countScans(evening).scans);
  const scanFiles = venues.map((venue) => scanFile(venue, evenings));
  const told = [
    await importFiles(destination, { unit: "tickets", total: tickets, files: ticketFiles }),
    await importFiles(destination, { unit: "scans", total: scanned, files: scanFiles }),
  ];
  return {
    ownerToken: owner.token,
    venueIds: venues.map(({ id }) => id),
    evenings,
    tonight,
    scans: scanned,
    tickets,
    told,
  };
}

/** The same on a database where there is nothing else. */
export async function makeTonightAlone(apiUrl: string): Promise<Tonight> {
  const owner = await registerOwner(apiUrl);
  return openTonight(owner, await openVenue(owner, "Arena"));
}

/** Throws unless the API counts at the end what the files said. */
export async function checkHistory(apiUrl: string, { ownerToken, venueIds, evenings }: History): Promise<void> {
  const document = "query($id: ID!) { venue(id: $id) { occupancy { inside entries exits refusals } } }";
  const client = apiClient(apiUrl, ownerToken);
  for (const [number, id] of venueIds.entries()) {
    const { venue } = await client.request<{ venue: { occupancy: Totals } }>(document, { id });
    const { inside, entries, exits, refusals } = venue.occupancy;
    const counts = evenings.filter((evening) => evening.venue === number).map(countScans);
    const expected = sum(counts, ({ scans, automatic }) => scans + automatic);
    // Nobody is inside any more: who left unseen was checked out.
    if (inside === 0 && entries === exits && entries + exits + refusals === expected) continue;
    throw new Error(`venue ${number}, of ${expected} scans, counts ${JSON.stringify(venue.occupancy)}`);
  }
}

async function openVenue(owner: Owner, name: string): Promise<HistoryVenue> {
  const venue = await makeVenue(owner, { name, capacity: CAPACITY, gates: GATES });
  const call = ["enrollDevice", "EnrollDeviceInput", "device { id } token"] as const;
  const devices = venue.gateIds.map(async (gateId) => {
    const input = { gateId, name: "Scanner" };
    const { device, token } = await mutate<{ device: { id: string }; token: string }>(owner.client, call, input);
    return { id: device.id, token };
  });
  return { ...venue, devices: await Promise.all(devices) };
}

async function holdEvening(owner: Owner, venues: readonly HistoryVenue[], evening: Evening): Promise<HeldEvening> {
  const { id: venueId } = venues[evening.venue] as HistoryVenue;
  const { eventId } = await makeEvent(owner, venueId, {
    title: `Evening ${evening.number}`,
    types: TICKET_TYPES,
    quantity: evening.tickets,
    afterHours: (evening.doorsOpenAt.getTime() - Date.now()) / HOUR_MILLISECONDS + DOORS_BEFORE_START_HOURS,
  });
  return { ...evening, venueId, eventId };
}

const HOUR_MILLISECONDS = 3_600_000;
/** Those of `makeEvent`. */
const DOORS_BEFORE_START_HOURS = 1;

/** An event whose doors are open, with the tickets that a crowd has. */
async function openTonight(owner: Owner, { id, devices }: HistoryVenue): Promise<Tonight> {
  const { eventId, ticketTypeIds } = await makeEvent(owner, id, { title: "Tonight", quantity: TICKETS });
  const codes = Array.from({ length: TICKETS }, (_, ticket) => ({ code: codeOf(ticket) }));
  await issueTickets(owner, eventId, ticketTypeIds[0] ?? "", codes);
  return { deviceToken: devices[0]?.token ?? "" };
}

const ticketFile = (evening: HeldEvening): File => ({
  path: `/import/events/${evening.eventId}/tickets`,
  lines: ticketLines(evening),
});

const scanFile = ({ id, devices }: HistoryVenue, evenings: readonly HeldEvening[]): File => ({
  path: `/import/venues/${id}/scans`,
  lines: scanFileLines(
    evenings.filter(({ venueId }) => venueId === id),
    devices.map((device) => device.id),
  ),
});

function* scanFileLines(evenings: readonly Evening[], deviceIds: readonly string[]): Generator<string> {
  yield SCAN_HEADER;
  for (const evening of evenings) yield* scanLines(evening, deviceIds);
}

async function inTurn<Result>(steps: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const step of steps) results.push(await step());
  return results;
}

const sum = <Item>(items: readonly Item[], amount: (item: Item) => number): number =>
  items.reduce((total, item) => total + amount(item), 0);
