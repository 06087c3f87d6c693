import { randomUUID } from "node:crypto";
import type { Client } from "./client.js";

/** What an online scan came to: the stored scan's outcome, or the code of the error by which it was not stored. */
export interface Outcome {
  readonly key: string;
  readonly code: string;
  readonly direction: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly capacityOverride: boolean;
  readonly replayed: boolean;
  /** Null where nothing is said to be stored. */
  readonly id: string | null;
}

const RECORD = `mutation ($input: RecordScanInput!) { recordScan(input: $input) {
  scan { id outcome reason capacityOverride } replayed userErrors { code } } }`;

interface Payload {
  readonly recordScan: {
    readonly scan: Pick<Outcome, "outcome" | "reason" | "capacityOverride"> & { readonly id: string };
    readonly replayed: boolean;
    readonly userErrors: readonly { readonly code: string }[];
  };
}

/** One online scan whose errors are answers too, as some who race must lose. */
export async function tryScan(
  client: Client,
  input: Record<string, unknown> & { code: string; direction?: string },
): Promise<Outcome> {
  const sent = { key: randomUUID(), direction: "ENTRY", ...input };
  const { body } = await client.request<Payload>(RECORD, { input: sent });
  const lost = { ...sent, id: null, reason: null, capacityOverride: false, replayed: false };
  const fault = body.errors?.[0]?.extensions?.code;
  if (fault !== undefined || body.data == null) return { ...lost, outcome: fault ?? "NO_DATA" };
  const { scan, replayed, userErrors } = body.data.recordScan;
  return userErrors[0] === undefined ? { ...lost, ...scan, replayed } : { ...lost, outcome: userErrors[0].code };
}

/** How often each outcome came, or its reason where it was refused. */
export function tallied(outcomes: readonly Outcome[]): Record<string, number> {
  const groups = Map.groupBy(outcomes, ({ outcome, reason }) => reason ?? outcome);
  return Object.fromEntries([...groups].map(([name, of]) => [name, of.length]));
}

/** `C0001` and so on. */
export const codes = (count: number, prefix = "C"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, "0")}`);
