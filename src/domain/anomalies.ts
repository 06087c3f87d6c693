import { sql } from "kysely";
import { v5 as uuidv5 } from "uuid";
import { type Anomaly, AnomalyEntity, AnomalyKind } from "../entities/anomaly.js";
import { type RefusalReason, ScanOutcome } from "../entities/scan.js";
import { type AnomalyRules, crossings, oddScans, skewedClocks } from "./anomaly-sources.js";
import { all, type List } from "./lists.js";
import type { PageOrder } from "./page.js";

export interface AnomalyFilter {
  /** Null: of every kind. */
  readonly kinds: readonly AnomalyKind[] | null;
  readonly eventId: string | null;
  readonly gateId: string | null;
  /** At or after. */
  readonly from: Date | null;
  /** Before, not at. */
  readonly to: Date | null;
}

const LATEST_FIRST: readonly PageOrder[] = [
  { column: "scanned_at", direction: "desc" },
  { column: "key", direction: "desc" },
  { column: "kind", direction: "desc" },
  { column: "scan_id", direction: "desc" },
];

/** A venue's anomalies. Only what is asked for is worked out: single scans tell of most kinds, of two several do. */
export function anomaliesOfVenue(rules: AnomalyRules, filter: AnomalyFilter): List<typeof AnomalyEntity> {
  const { kinds, eventId, gateId, from, to } = filter;
  const wanted = new Set(kinds ?? Object.values(AnomalyKind));
  const several = [
    ...(wanted.delete(AnomalyKind.CLOCK_SKEW) ? [skewedClocks(rules, filter)] : []),
    ...(wanted.delete(AnomalyKind.OVER_CAPACITY) ? [crossings(filter)] : []),
  ];
  const sources = wanted.size === 0 && several.length > 0 ? several : [oddScans(rules), ...several];
  const where = all([
    kinds && sql`t.kind = any(${[...kinds]}::text[])`,
    eventId && sql`t.event_id = ${eventId}`,
    gateId && sql`t.gate_id = ${gateId}`,
    from && sql`t.scanned_at >= ${from}`,
    to && sql`t.scanned_at < ${to}`,
  ]);
  return {
    name: `anomalies ${JSON.stringify(filter)}`,
    spec: { entity: AnomalyEntity, parentColumn: "venue_id", order: LATEST_FIRST, where, sources },
  };
}

/** The same anomaly has the same id whenever it is derived. */
export const anomalyId = ({ kind, scanId }: Pick<Anomaly, "kind" | "scanId">): string => uuidv5(kind, scanId);

/** What it is, for the staff at a door: a sentence that names nobody. */
export function anomalyMessage(anomaly: Anomaly): string {
  const { kind, scannedAt, beforeAt, reportedAt } = anomaly;
  switch (kind) {
    case AnomalyKind.DUPLICATE_ENTRY:
      return anomaly.outcome === ScanOutcome.ACCEPTED
        ? "A ticket came in that was inside already."
        : "A ticket wanted to come in that was inside already, and was turned away.";
    case AnomalyKind.EXIT_WITHOUT_ENTRY:
      return anomaly.ticketId === null
        ? "Somebody left with a code that no ticket has."
        : "A ticket left that was not inside.";
    case AnomalyKind.RAPID_REENTRY:
      return `A ticket came back ${duration(beforeAt, scannedAt)} after it had left.`;
    case AnomalyKind.INVALID_TICKET_ADMITTED:
      return `Somebody was let in without a network, ${WHY_INVALID[anomaly.conflict ?? ""] ?? "with a ticket that was not valid"}.`;
    case AnomalyKind.OVER_CAPACITY:
      return `With somebody who was let in without a network, more than ${anomaly.capacity} people were inside.`;
    case AnomalyKind.CLOCK_SKEW:
      return `The clock of a scanner was ${duration(reportedAt, scannedAt)} ${isBehind(anomaly) ? "slow" : "fast"}.`;
  }
}

const WHY_INVALID: Readonly<Partial<Record<RefusalReason | "", string>>> = {
  UNKNOWN_TICKET: "with a code that no ticket has",
  REVOKED: "with the old code of a ticket that was given to somebody else",
  WRONG_VENUE: "with a ticket for another venue",
  EVENT_CANCELLED: "to an event that was cancelled",
  CANCELLED: "with a ticket that was cancelled",
  EXPIRED: "with a reservation that had run out",
  NOT_PAID: "with a ticket that was not paid",
};

const isBehind = ({ reportedAt, scannedAt }: Anomaly): boolean => reportedAt !== null && reportedAt < scannedAt;

/** Whole minutes, or seconds below one. */
function duration(one: Date | null, other: Date): string {
  const seconds = Math.floor(Math.abs(other.getTime() - (one ?? other).getTime()) / 1_000);
  const [amount, unit] = seconds < 60 ? [seconds, "second"] : [Math.floor(seconds / 60), "minute"];
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}
