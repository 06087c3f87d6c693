import type { ApiClient } from "../client.js";
import { UsageError } from "./options.js";
import { type Checked, shown } from "./scan-line.js";

const GATE_ID = /^gat_[0-9a-z]{26}$/;

interface Gate {
  readonly id: string;
  readonly name: string;
}

/** From a file's word for a gate to the id that the API takes; null is the device's own. */
export type GateFinder = (gate: string) => Checked<string | null>;

/** Asks the API for what is needed to understand the gates of a file. Throws UsageError where that is not to be had. */
export async function findGates(
  client: ApiClient,
  { venue, event, gates }: { venue: string | null; event: string | null; gates: ReadonlyMap<string, string> },
): Promise<GateFinder> {
  const known = await gatesOf(client, venue, event);
  const { me } = await client.request<{ me: { id: string } | null }>("{ me { id } }", {}, { repeatable: true });
  return gateFinder({ known, own: me === null, names: gates });
}

async function gatesOf(client: ApiClient, venue: string | null, event: string | null): Promise<readonly Gate[] | null> {
  if (venue !== null) return gatesOfVenue(client, venue);
  return event === null ? null : gatesOfEvent(client, event);
}

async function gatesOfVenue(client: ApiClient, id: string): Promise<readonly Gate[]> {
  const document = "query Gates($id: ID!) { venue(id: $id) { gates { id name } } }";
  const { venue } = await client.request<{ venue: { gates: Gate[] } | null }>(document, { id }, { repeatable: true });
  if (venue === null) throw new UsageError(`There is no venue ${id}.`);
  return venue.gates;
}

async function gatesOfEvent(client: ApiClient, id: string): Promise<readonly Gate[] | null> {
  const document = "query Gates($id: ID!) { event(id: $id) { venue { gates { id name } } } }";
  const { event } = await client.request<{ event: { venue: { gates: Gate[] } } | null }>(
    document,
    { id },
    { repeatable: true },
  );
  // A device may scan for a draft, which it cannot see.
  return event?.venue.gates ?? null;
}

/**
 * `known`: the venue's gates; null when no venue was named. `own`: whether the scanner is a device, with a gate of its
 * own. `names`: from the file's words to the venue's.
 */
export function gateFinder({
  known,
  own,
  names,
}: {
  known: readonly Gate[] | null;
  own: boolean;
  names: ReadonlyMap<string, string>;
}): GateFinder {
  const ids = new Map(known?.flatMap(({ id, name }) => [[name.trim().toLowerCase(), id] as const, [id, id] as const]));
  return (written) => {
    const gate = names.get(written) ?? written;
    const id =
      ids.get(gate) ?? ids.get(gate.toLowerCase()) ?? (known === null && GATE_ID.test(gate) ? gate : undefined);
    if (id !== undefined) return { value: id };
    if (own && (known === null || gate === "")) return { value: null };
    if (gate === "") return { problem: "names no gate" };
    if (known === null) return { problem: `gate ${shown(gate)} is not an id (name its venue with --venue)` };
    return { problem: `gate ${shown(gate)} is none of the venue's: ${known.map(({ name }) => name).join(", ")}` };
  };
}
