import { expect, vi } from "vitest";
import type { Client } from "./client.js";
import type { TestGatehouse } from "./server.js";
import type { Venue } from "./world.js";
import { uploadScans } from "./world.js";

/** The first instant of the month of UTC so many months from now. */
export function monthStart(offset: number): number {
  const now = new Date();
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset);
}

export const tableOfMonth = (start: number): string =>
  `scans_${new Date(start).toISOString().slice(0, 7).replace("-", "_")}`;

/** Asks for the nightly task, and waits until it is done. */
export async function keepScanMonths({ sql }: TestGatehouse): Promise<void> {
  await sql("select graphile_worker.add_job('keep-scan-months')");
  await vi.waitFor(
    async () =>
      expect(await sql("select from graphile_worker.jobs where task_identifier = 'keep-scan-months'")).toEqual([]),
    { timeout: 60_000, interval: 100 },
  );
}

/** The months of the table of scans, and those in the archive. */
export async function monthsOf({ sql }: TestGatehouse): Promise<{ attached: string[]; archived: string[] }> {
  const attached = await sql<{ name: string }>(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'scans'::regclass order by 1",
  );
  const archived = await sql<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'archive' order by 1",
  );
  return { attached: attached.map(({ name }) => name), archived: archived.map(({ name }) => name) };
}

export interface OldScan {
  readonly gate: "A" | "B";
  readonly key: string;
  readonly code: string;
  readonly direction: "ENTRY" | "EXIT";
  readonly at: number;
}

const devices = new WeakMap<Venue, Map<string, Client>>();

/** The same one each time: its keys are its own. */
async function deviceAt(venue: Venue, gate: string): Promise<Client> {
  const known = devices.get(venue) ?? new Map<string, Client>();
  devices.set(venue, known);
  const client = known.get(gate) ?? (await venue.device(gate)).client;
  known.set(gate, client);
  return client;
}

/** Uploads what the gates' devices have kept; answers the codes of what was refused as an input, by the scans' keys. */
export async function sendOld(venue: Venue, scans: readonly OldScan[]): Promise<Map<string, readonly string[]>> {
  const answers = new Map<string, readonly string[]>();
  for (const [gate, its] of Map.groupBy(scans, (scan) => scan.gate)) {
    const client = await deviceAt(venue, gate);
    const results = await uploadScans(
      client,
      its.map(({ key, code, direction, at }) => ({ key, code, direction, scannedAt: new Date(at).toISOString() })),
    );
    results.forEach(({ userErrors }, index) => {
      answers.set(
        its[index]?.key ?? "",
        userErrors.map(({ code }) => code),
      );
    });
  }
  return answers;
}
