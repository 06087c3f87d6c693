import { type Scan, ScanDirection, ScanOutcome } from "../entities/scan.js";
import type { ScanQuarter } from "../entities/scan-quarter.js";
import { attemptField } from "./tally.js";

const QUARTER_MILLISECONDS = 15 * 60_000;

/** The start of the quarter of an hour that the moment is in. */
export const quarterOf = (at: Date): Date =>
  new Date(Math.floor(at.getTime() / QUARTER_MILLISECONDS) * QUARTER_MILLISECONDS);

/** Adds up what scans change in the sums of their quarter-hours. */
export class Quarters {
  private readonly byKey = new Map<string, ScanQuarter>();

  /** Those that change. */
  get rows(): ScanQuarter[] {
    return [...this.byKey.values()].filter(
      ({ entries, exits, refusals, inside }) => entries !== 0 || exits !== 0 || refusals !== 0 || inside !== 0,
    );
  }

  /** Counts a scan, or takes it back: the attempt at its gate, and its ticket's move from where it was inside. */
  count(scan: Scan, amount: 1 | -1): void {
    const field = attemptField(scan.direction, scan.outcome);
    if (field === null) return;
    this.of(scan, scan.gateId)[field] += amount;
    if (scan.outcome !== ScanOutcome.ACCEPTED || scan.ticketId === null) return;
    const to = scan.direction === ScanDirection.ENTRY ? scan.gateId : null;
    if (scan.beforeGateId === to) return;
    if (scan.beforeGateId !== null) this.of(scan, scan.beforeGateId).inside -= amount;
    if (to !== null) this.of(scan, to).inside += amount;
  }

  private of({ venueId, eventId, ticketTypeId, scannedAt }: Scan, gateId: string): ScanQuarter {
    const quarterAt = quarterOf(scannedAt);
    const key = `${quarterAt.getTime()} ${gateId} ${ticketTypeId}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const fresh = { venueId, quarterAt, gateId, eventId, ticketTypeId, entries: 0, exits: 0, refusals: 0, inside: 0 };
    this.byKey.set(key, fresh);
    return fresh;
  }
}
