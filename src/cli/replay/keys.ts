import { createHash } from "node:crypto";
import type { ScanLine } from "./scan-line.js";

/** Lines that are equal lie close together; the memory of a file of any length stays at a few megabytes. */
const REMEMBERED = 50_000;

/**
 * Makes the keys of a file's scans from what its lines say, so that the same file sent again counts once. Lines that are
 * equal in everything are told apart by their order; past 50,000 other lines, a repeat is taken for the same scan.
 */
export function scanKeys(): (scan: ScanLine) => string {
  const occurrences = new Map<string, number>();
  return (scan) => {
    const digest = digestOf(scan);
    const occurrence = (occurrences.get(digest) ?? 0) + 1;
    occurrences.delete(digest);
    occurrences.set(digest, occurrence);
    if (occurrences.size > REMEMBERED) forgetOldest(occurrences);
    return `${digest}-${occurrence}`;
  };
}

function digestOf({ code, gate, scannedAt, direction }: ScanLine): string {
  const content = JSON.stringify([code, gate, scannedAt.getTime(), direction]);
  return createHash("sha256").update(content).digest("base64url").slice(0, 32);
}

function forgetOldest(occurrences: Map<string, number>): void {
  const oldest = occurrences.keys().next();
  if (!oldest.done) occurrences.delete(oldest.value);
}
